import Base
import CPosix
import Shell
import WorkQueue

extension Worker {
    /// Starts commands for the items that are held, as many as may run.
    mutating func launch() {
        if schedule.isEnding {
            for holding in held { giveBack(holding) }
            held = []
        }
        while !schedule.isEnding, intake.mayStart(stock, at: monotonic()), let next = nextHeld {
            begin(held.remove(at: next))
        }
    }

    /// The item to begin next. One that is to be alone comes when nothing else is in hand, and Redis knows what became of all
    /// before it.
    private var nextHeld: Int? {
        mutating get {
            if let index = held.firstIndex(where: { $0.lease.care != .alone }) { return index }
            let situation = situation
            return situation.running == 0 && !situation.hasUntold && !situation.isAsking ? held.indices.first : nil
        }
    }

    /// Gives back an item whose command was not started.
    mutating func giveBack(_ holding: Holding) {
        taken -= 1
        settle(holding, .release(Release(delay: 0, isCharged: false, reason: Bytes("not begun"))))
    }

    /// Gives back what was leased ahead and has no command soon, since those that run take longer than others before.
    mutating func giveBackStalled(_ now: Int) {
        guard !held.isEmpty, intake.isStalled(stock, at: now) else { return }
        var kept: [Holding] = []
        for holding in held {
            if holding.lease.care == .none { giveBack(holding) } else { kept.append(holding) }
        }
        held = kept
    }

    private mutating func settle(_ holding: Holding, _ settlement: Settlement) {
        let lease = holding.lease
        outcomes.append(Outcome(lease: lease.id, queue: lease.queue, settlement: settlement, end: holding.end))
    }

    /// Gives the item, and others that go with it, to a command: to a new one, unless one that is fed waits for it.
    private mutating func begin(_ holding: Holding) {
        if let objection = launcher.objection(to: holding.lease.item) { return refuse(holding, Bytes(objection)) }
        if let command = nextIdle() { return put([holding], to: command) }
        // Each that waited turned out to be of no use, and takes up its place until it has ended.
        if jobs.count + idle.count >= work.jobs { return held.insert(holding, at: 0) }
        var batch = [holding]
        if work.batch > 1 { addCompany(to: &batch) }
        while true {
            do throws(SystemError) { return put(batch, to: try start(batch.map { $0.lease })) } catch {
                if error.code != E2BIG || batch.count == 1 { return fail(batch, error.code) }
                held.insert(contentsOf: batch[(batch.count / 2)...], at: 0)
                batch.removeLast(batch.count - batch.count / 2)
            }
        }
    }

    private mutating func put(_ batch: [Holding], to command: Command) {
        var command = command
        let (now, first) = (monotonic(), batch[0])
        if let feed = work.feed {
            let queue = turns.areSeveral ? turns[first.lease.queue] : nil
            command.ask(feed.record(first.lease, of: queue), at: now)
        }
        intake.began(at: now, alone: first.lease.care == .alone)
        let limit = work.maxTime.plus(now) ?? .max
        jobs.append(
            Job(first, Array(batch[1...]), command: command, start: now, time: realtime(), limit: limit))
    }

    /// Gives back, as failed, an item that this command cannot take.
    mutating func refuse(_ holding: Holding, _ reason: Bytes) {
        let release = Release(reason: reason)
        settle(holding, .release(release))
        journal.note(holding.lease, .released(release), reason, to: &errors)
    }

    /// Decides about items whose command could not be started.
    /// - Parameter error: the errno.
    private mutating func fail(_ batch: [Holding], _ error: Int32) {
        let why = "cannot run \(work.command.first.printable): \(describe(errno: error))"
        switch intake.couldNotStart(error, at: monotonic()) {
        case .refuse: for holding in batch { refuse(holding, Bytes(why.utf8)) }
        case .pause(let isNews):
            for holding in batch { giveBack(holding) }
            if isNews { journal.tell("error", why, to: &errors) }
        case .end:
            for holding in batch { giveBack(holding) }
            end(.badConfiguration, Failure(.badConfiguration, why))
        }
    }

    /// Settles the items of commands that have ended, with all that they left behind, or have answered.
    mutating func finishEnded() {
        var index = 0
        while index < jobs.count {
            if jobs[index].isAnswered || jobs[index].command.status != nil, clearUp(index, monotonic()) {
                finish(jobs.remove(at: index))
            } else {
                index += 1
            }
        }
        finishIdle()
    }

    /// Stops what a command left behind when it ended, and takes in its last output.
    /// - Returns: whether it is clear what the end of the command, or its answer, means for its item.
    private mutating func clearUp(_ index: Int, _ now: Int) -> Bool {
        if jobs[index].command.goneAt == nil, !jobs[index].isAnswered {
            if jobs[index].command.hasRemains {
                jobs[index].stop(nil, at: now)
                return false
            }
            takeIn(index, now)
        }
        if let time = jobs[index].openUntil, now < time, !schedule.isInterrupted { return false }
        if jobs[index].command.isCaptured, jobs[index].outputError == 0 {
            if output.hasReached(jobs[index].marks.output), errors.hasReached(jobs[index].marks.errors) { return true }
            jobs[index].outputError = output.failure != 0 ? output.failure : errors.failure
            if jobs[index].outputError == 0, schedule.hasLostPatience(now) { jobs[index].outputError = ETIMEDOUT }
            if jobs[index].outputError == 0 { return false }
            if mayGoOn(jobs[index]) { jobs[index].outputError = 0 }
        }
        return true
    }

    /// Whether it does not matter that the command's output was lost, which came through this process only since there is a
    /// terminal: a command that was content has done its work; and one that failed without its terminal has failed, unless a
    /// signal ended the worker, too.
    private func mayGoOn(_ job: Job) -> Bool {
        !work.capturesErrors && (job.status == .exited(0) || job.outputError == EIO && !schedule.isInterrupted)
    }

    /// Takes in the last output of a command of which nothing is left.
    private mutating func takeIn(_ index: Int, _ now: Int) {
        watch.forget(jobs[index].command.slot)
        jobs[index].command.goneAt = now
        hearAnswer(index)
        jobs[index].command.input?.finish()
        jobs[index].command.voice?.finish()
        if relay.isShared {
            jobs[index].command.output?.finish(into: &errors)
        } else {
            jobs[index].command.output?.finish(into: &output)
        }
        jobs[index].command.errors?.finish(into: &errors)
        mark(index)
    }

    /// Notes how much must be written until all is out that the command has printed so far.
    mutating func mark(_ index: Int) {
        if jobs[index].command.isCaptured {
            let hasPrinted = jobs[index].command.output?.hasPrinted ?? false
            let hasTold = jobs[index].command.errors?.hasPrinted ?? false
            if hasPrinted { jobs[index].marks.output = output.offered }
            if hasTold || hasPrinted && relay.isShared { jobs[index].marks.errors = errors.offered }
            flushOutlets()
        }
        if jobs[index].stop == nil, jobs[index].status != .exited(0) { lookAtOutput(index) }
    }

    /// A command may have failed because nobody takes its output, whatever it says itself.
    private mutating func lookAtOutput(_ index: Int) {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            let isOwn = descriptor == STDOUT_FILENO ? !work.capturesOutput && !work.isFed : !work.capturesErrors
            let error = isOwn ? wq_why_unwritable(descriptor) : 0
            if error == 0 { continue }
            // A worker may go on without its terminal, unless a signal ended it, too.
            if error == EIO {
                if schedule.isInterrupted { jobs[index].outputError = error }
                continue
            }
            jobs[index].outputError = error
            cannotWrite(descriptor, error)
        }
    }

    private mutating func finish(_ job: Job) {
        if job.isUntouched, job.outputError == 0 {
            tellOfEnd(job.command)
            return held.insert(job.holding, at: 0)
        }
        let (fate, reason) = job.fate(work, isInterrupted: schedule.isInterrupted)
        if let fate {
            for index in 0..<job.count { conclude(job, index, fate, reason) }
        } else {
            part(job, reason)
        }
        if let failure = journal.failure { schedule.failed(failure) }
        keepIdle(job)
    }

    /// Tells what became of one of the job's items.
    mutating func conclude(_ job: Job, _ index: Int, _ fate: Fate, _ reason: Bytes) {
        switch fate {
        case .completed: settle(job[index], .complete)
        case .released(let how): settle(job[index], .release(how))
        case .lost, .settled: break
        }
        intake.ended(at: monotonic())
        journal.note(job, job[index].lease, fate, reason, to: &errors)
    }
}
