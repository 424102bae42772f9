import Base
import CPosix
import WorkQueue

/// Commands that have several items at once, all of which they do, or none.
extension Worker {
    /// Takes what else is held and goes to the same command as the first item.
    mutating func addCompany(to batch: inout [Holding]) {
        var kept: [Holding] = []
        for holding in held {
            if batch.count == work.batch || !Intake.goTogether(batch[0].lease, holding.lease) {
                kept.append(holding)
            } else if let objection = launcher.objection(to: holding.lease.item) {
                refuse(holding, Bytes(objection))
            } else {
                batch.append(holding)
            }
        }
        held = kept
    }

    /// Has the items of a command that had several, and failed, go on without each other, in commands of their own: only that
    /// shows which of them is to blame. If it was stopped because leases were lost, none of the others is.
    /// - Parameter reason: how it failed.
    mutating func part(_ job: Job, _ reason: Bytes) {
        let now = monotonic()
        var rest: [Holding] = []
        for index in 0..<job.count {
            if job[index].isLost || job[index].hasEnded(now) {
                let (fate, reason) = job.loss(of: job[index])
                conclude(job, index, fate, reason)
            } else {
                var holding = job[index]
                if !job.hasLoss { holding.suspect() }
                rest.append(holding)
            }
        }
        held.insert(contentsOf: rest, at: 0)
        if !job.hasLoss, !rest.isEmpty { journal.tellParted(job, rest.count, reason, to: &errors) }
    }
}
