import Base
import CPosix
import WorkQueue

extension Worker {
    /// Starts commands for the items that are held, as many as may run.
    mutating func launch() {
        if schedule.isEnding {
            for holding in held { giveBack(holding) }
            held = []
        }
        while !schedule.isEnding, intake.mayStart(stock, at: monotonic()) { begin(held.removeFirst()) }
    }

    /// Gives back an item whose command was not started.
    mutating func giveBack(_ holding: Holding) {
        taken -= 1
        settle(holding, .release(Release(delay: 0, isCharged: false, reason: Bytes("not begun"))))
    }

    private mutating func settle(_ holding: Holding, _ settlement: Settlement) {
        outcomes.append(Outcome(lease: holding.lease.id, settlement: settlement, end: holding.end))
    }

    private mutating func begin(_ holding: Holding) {
        let lease = holding.lease
        if let objection = launcher.objection(to: lease.item) { return refuse(holding, Bytes(objection)) }
        var (input, output, errors): (Feeding?, Capture?, Capture?)
        var theirs: [Int32] = [-1, -1, -1]
        var error: Int32 = 0
        if work.isInput {
            var ours: Int32 = -1
            if wq_pipe(&ours, &theirs[0], false) { input = Feeding(ours, lease.item) } else { error = wq_errno() }
        }
        let arrangement = work.arrangement
        let isCaptured = arrangement.isTagged || arrangement.isGrouped
        if isCaptured { output = capture(&theirs[1], lease, &error, remembers: false) }
        if isCaptured || work.hasReasonFromErrors {
            errors = capture(&theirs[2], lease, &error, remembers: work.hasReasonFromErrors)
        }
        input?.write()
        let slot = freeSlot()
        let process: Process
        do throws(SystemError) {
            defer { for end in theirs where end >= 0 { close(end) } }
            if error != 0 { throw SystemError(code: error) }
            process = try launcher.start(lease, slot: slot, standard: theirs)
        } catch {
            input?.finish()
            output?.finish(into: &self.output)
            errors?.finish(into: &self.errors)
            return fail(holding, error.code)
        }
        intake.started()
        let now = monotonic()
        jobs.append(
            Job(
                holding: holding, slot: slot, process: process, start: now, time: realtime(), input: input,
                output: output, errors: errors, limit: work.maxTime.plus(now) ?? .max,
                stopping: Stopping(grace: work.killAfter)))
    }

    private func capture(_ theirs: inout Int32, _ lease: Lease, _ error: inout Int32, remembers: Bool) -> Capture? {
        var ours: Int32 = -1
        guard wq_pipe(&ours, &theirs, true) else {
            error = wq_errno()
            return nil
        }
        return Capture(ours, work.arrangement, item: lease.item, remembers: remembers)
    }

    /// The lowest number from 1 on that no running command has.
    private func freeSlot() -> Int {
        var slot = 1
        while jobs.contains(where: { $0.slot == slot }) { slot += 1 }
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

    /// Settles the items of commands that have ended, once the processes that they left behind have ended, too.
    mutating func finishEnded() {
        var index = 0
        while index < jobs.count {
            if jobs[index].status == nil {
                index += 1
            } else if jobs[index].hasRemains {
                jobs[index].stop(nil, at: monotonic())
                index += 1
            } else {
                finish(jobs.remove(at: index))
            }
        }
    }

    private mutating func finish(_ ended: Job) {
        var job = ended
        job.input?.finish()
        job.output?.finish(into: &output)
        job.errors?.finish(into: &errors)
        let (fate, reason) = job.fate(work)
        switch fate {
        case .completed: settle(job.holding, .complete)
        case .released(let how): settle(job.holding, .release(how))
        case .lost: break
        }
        journal.note(job, fate, reason, to: &errors)
        if job.cannotRun {
            let failure = Failure(.badConfiguration, "\(reason.printable), which says that it cannot be run")
            end(.badConfiguration, failure)
        }
    }
}
