import Base
import CPosix
import WorkQueue

/// Commands that live, and are fed one item after the other.
extension Worker {
    /// Takes a command that waits for an item; nil if there is none.
    mutating func nextIdle() -> Command? {
        while let index = idle.firstIndex(where: { $0.isReady }) {
            // What it has said since its last answer would be taken for the next one.
            _ = idle[index].hear(at: monotonic())
            if idle[index].isReady { return idle.remove(at: index) }
        }
        return nil
    }

    /// Takes in what a command says of its item.
    mutating func hearAnswer(_ index: Int) {
        let now = monotonic()
        guard case .answer(let answer) = jobs[index].command.hear(at: now) else { return }
        // What it wrote to standard error before is about this item.
        jobs[index].command.errors?.read(into: &errors)
        jobs[index].answer(answer, at: now)
        mark(index)
    }

    /// Keeps the command of an item that was settled for the next one, if it lives.
    mutating func keepIdle(_ job: Job) {
        guard work.isFed, job.answer != nil else { return }
        if job.command.goneAt == nil {
            idle.append(job.command)
        } else if job.stop == nil {
            tellOfEnd(job.command)
        }
    }

    /// Does what is due by the clock for commands without an item.
    mutating func tendIdle(_ now: Int) {
        if let ending = schedule.ending, ending.isTermination { retire(now) }
        for index in idle.indices where idle[index].tend(now) {
            let why = "what \(work.name.printable) started cannot be killed"
            journal.tell("error", why, to: &errors)
        }
    }

    /// Ends the standard input of commands without an item, which have their grace to end by themselves.
    mutating func retire(_ now: Int) {
        let end = min(now + work.grace, schedule.ending?.stopAt ?? .max)
        for index in idle.indices { idle[index].retire(until: end) }
    }

    /// Forgets the commands without an item that have ended, with all that they left behind.
    mutating func finishIdle() {
        let now = monotonic()
        var index = 0
        while index < idle.count {
            if idle[index].status == nil {
                index += 1
            } else if idle[index].hasRemains {
                idle[index].stop(nil, at: now)
                index += 1
            } else {
                var command = idle.remove(at: index)
                watch.forget(command.slot)
                command.input?.finish()
                _ = command.hear(at: now)
                command.voice?.finish()
                command.errors?.finish(into: &errors)
                tellOfEnd(command)
            }
        }
    }

    /// Says how a command without an item ended, if it should have ended otherwise. It is no matter of any item.
    mutating func tellOfEnd(_ command: Command) {
        var text = work.name
        if let nonsense = command.nonsense {
            text += Bytes(" ") + nonsense.text
        } else if command.stop == .ending {
            if schedule.isInterrupted { return }
            text += Bytes(": still running \(duration(work.grace)) after the end of its input".utf8)
        } else {
            guard let status = command.status, status != .exited(0) else { return }
            if schedule.isInterrupted, status.isByRequest { return }
            text += Bytes(": ") + status.text + Bytes(", without an item")
        }
        if command.stop != nil { text += Bytes(": it was stopped") }
        journal.tell("warning", text.printable, to: &errors)
    }
}
