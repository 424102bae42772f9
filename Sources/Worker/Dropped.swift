import Base
import CPosix
import Redis
import WorkQueue

/// Commands whose leases were dropped, released or completed by somebody else.
extension Worker {
    /// When Redis is to be asked next whether the leases of running commands are held; `Int.max` if never.
    var vigilAt: Int {
        var start = Int.max
        for job in jobs where job.isOnVigil { start = min(start, job.start) }
        return vigil.wakeAt(start == .max ? nil : start)
    }

    /// Asks for all commands that run for a while, in one call, and for what waits behind them.
    mutating func keepVigil(_ now: Int) {
        if now < vigilAt || link.isOnVigil { return }
        var leases = ByteList()
        for job in jobs where job.isOnVigil { leases.append(job.holding.lease.id) }
        for holding in held { leases.append(holding.lease.id) }
        link.ask(.hold(leases), command: vigil.question(link.session.queue, leases, at: now))
    }

    /// Stops the commands whose leases are not held any more, and forgets what it has no lease of.
    mutating func noteDropped(_ leases: ByteList, _ answer: Value) {
        let now = monotonic()
        for index in vigil.judge(answer) where index < leases.count {
            let id = leases[index]
            if let job = jobs.firstIndex(where: { $0.isOnVigil && $0.holding.lease.id.elementsEqual(id) }) {
                jobs[job].stop(.lost, at: now)
            } else if let one = held.firstIndex(where: { $0.lease.id.elementsEqual(id) }) {
                held.remove(at: one)
                taken -= 1
            }
        }
    }
}

extension Job {
    /// Whether the command runs, and holds its lease as far as the worker knows.
    var isOnVigil: Bool { status == nil && stop == nil }
}
