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
        if let index = held.firstIndex(where: { $0.lease.care != .alone }) { return index }
        let situation = situation
        return situation.running == 0 && !situation.hasUntold && !situation.isAsking ? held.indices.first : nil
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
        outcomes.append(Outcome(lease: holding.lease.id, settlement: settlement, end: holding.end))
    }

    /// Gives the item to a command: to a new one, unless one that is fed waits for it.
    private mutating func begin(_ holding: Holding) {
        let lease = holding.lease
        if let objection = launcher.objection(to: lease.item) { return refuse(holding, Bytes(objection)) }
        if let command = nextIdle() { return put(holding, to: command) }
        // Each that waited turned out to be of no use, and takes up its place until it has ended.
        if jobs.count + idle.count >= work.jobs { return held.insert(holding, at: 0) }
        do throws(SystemError) { put(holding, to: try start(lease)) } catch { fail(holding, error.code) }
    }

    private mutating func put(_ holding: Holding, to command: Command) {
        var command = command
        let now = monotonic()
        if let feed = work.feed { command.ask(feed.record(holding.lease), at: now) }
        intake.began(at: now, alone: holding.lease.care == .alone)
        jobs.append(
            Job(
                holding: holding, command: command, start: now, time: realtime(), limit: work.maxTime.plus(now) ?? .max)
        )
    }

    private mutating func start(_ lease: Lease) throws(SystemError) -> Command {
        var (input, output, errors): (Feeding?, Capture?, Capture?)
        var (theirs, ours): ([Int32], Int32) = ([-1, -1, -1], -1)
        var error: Int32 = 0
        if work.isInput || work.isFed {
            if wq_pipe(&ours, &theirs[0], false) {
                input = Feeding(ours, work.isFed ? nil : lease.item)
            } else {
                error = wq_errno()
            }
        }
        var voice: Voice?
        if work.isFed {
            if wq_pipe(&ours, &theirs[1], true) { voice = Voice(ours) } else { error = wq_errno() }
        }
        if work.capturesOutput { output = capture(&theirs[1], lease, &error, remembers: false) }
        if work.capturesErrors {
            errors = capture(&theirs[2], lease, &error, remembers: work.hasReasonFromErrors)
        }
        captureTerminal(&output, &errors, &theirs, lease, &error)
        if !work.isFed { input?.write() }
        let slot = freeSlot()
        do throws(SystemError) {
            defer {
                if theirs[2] == theirs[1] { theirs[2] = -1 }
                for end in theirs where end >= 0 { close(end) }
            }
            if error != 0 { throw SystemError(code: error) }
            let process = try launcher.start(lease, slot: slot, standard: theirs, watch)
            var command = Command(slot: slot, process: process, stopping: Stopping(grace: work.killAfter))
            (command.input, command.output, command.errors, command.voice) = (input, output, errors, voice)
            return command
        } catch {
            input?.finish()
            voice?.finish()
            output?.finish(into: &self.output)
            errors?.finish(into: &self.errors)
            throw error
        }
    }

    private func capture(_ theirs: inout Int32, _ lease: Lease, _ error: inout Int32, remembers: Bool) -> Capture? {
        var ours: Int32 = -1
        guard wq_pipe(&ours, &theirs, true) else {
            error = wq_errno()
            return nil
        }
        return Capture(ours, work.arrangement, item: lease.item, remembers: remembers)
    }

    /// Has what the command would print on a terminal itself come through this process.
    private func captureTerminal(
        _ output: inout Capture?, _ errors: inout Capture?, _ theirs: inout [Int32], _ lease: Lease,
        _ error: inout Int32
    ) {
        let takesOutput = relay.output && output == nil && !work.isFed
        let takesErrors = relay.errors && errors == nil
        if takesOutput {
            output = captureTerminal(STDOUT_FILENO, &theirs[1], lease, &error)
            // One for both keeps their order.
            if takesErrors, relay.isShared { theirs[2] = theirs[1] }
        }
        if takesErrors, !takesOutput || !relay.isShared {
            errors = captureTerminal(STDERR_FILENO, &theirs[2], lease, &error)
        }
    }

    private func captureTerminal(_ like: Int32, _ theirs: inout Int32, _ lease: Lease, _ error: inout Int32) -> Capture?
    {
        var ours: Int32 = -1
        if error != 0 { return nil }
        if !wq_terminal(&ours, &theirs, like), !wq_pipe(&ours, &theirs, true) {
            error = wq_errno()
            return nil
        }
        return Capture(ours, work.arrangement, item: lease.item, remembers: false)
    }

    /// The lowest number from 1 on that no command has.
    private func freeSlot() -> Int {
        var slot = 1
        func isTaken() -> Bool { jobs.contains { $0.command.slot == slot } || idle.contains { $0.slot == slot } }
        while isTaken() { slot += 1 }
        return slot
    }

    /// Gives back, as failed, an item that this command cannot take.
    private mutating func refuse(_ holding: Holding, _ reason: Bytes) {
        let release = Release(reason: reason)
        settle(holding, .release(release))
        journal.note(holding.lease, .released(release), reason, to: &errors)
    }

    /// Decides about an item whose command could not be started.
    /// - Parameter error: the errno.
    private mutating func fail(_ holding: Holding, _ error: Int32) {
        let why = "cannot run \(work.command.first.printable): \(describe(errno: error))"
        switch intake.couldNotStart(error, at: monotonic()) {
        case .refuse: refuse(holding, Bytes(why.utf8))
        case .pause(let isNews):
            giveBack(holding)
            if isNews { journal.tell("error", why, to: &errors) }
        case .end:
            giveBack(holding)
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
        switch fate {
        case .completed: settle(job.holding, .complete)
        case .released(let how): settle(job.holding, .release(how))
        case .lost, .settled: break
        }
        intake.ended(at: monotonic())
        journal.note(job, fate, reason, to: &errors)
        if let failure = journal.failure { schedule.failed(failure) }
        keepIdle(job)
    }
}
