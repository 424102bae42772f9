import Base
import CPosix
import Redis
import WorkQueue

/// Commands whose leases were dropped, released or completed by somebody else.
extension Worker {
    /// When Redis is to be asked next whether the leases of running commands are held; `Int.max` if never.
    var vigilAt: Int {
        mutating get {
            var start = Int.max
            for job in jobs where job.isOnVigil { start = min(start, job.start) }
            return vigil.wakeAt(start == .max ? nil : start)
        }
    }

    /// Asks for all commands that run for a while, in one call a queue, and for what waits behind them.
    mutating func keepVigil(_ now: Int) {
        if now < vigilAt || link.isOnVigil { return }
        for queue in 0..<turns.count {
            var leases = ByteList()
            for job in jobs where job.isOnVigil && job.holding.lease.queue == queue {
                for index in 0..<job.count { leases.append(job[index].lease.id) }
            }
            for holding in held where holding.lease.queue == queue { leases.append(holding.lease.id) }
            for start in stride(from: 0, to: leases.count, by: Self.mostWatched) {
                var some = ByteList()
                for index in start..<min(leases.count, start + Self.mostWatched) { some.append(leases[index]) }
                link.ask(.hold(some), command: vigil.question(turns[queue], some, at: now))
            }
        }
    }

    /// About how many leases one command asks at most.
    private static var mostWatched: Int { 1000 }

    /// Stops the commands whose leases are not held any more, and forgets what it has no lease of.
    mutating func noteDropped(_ leases: ByteList, _ answer: Value) {
        let now = monotonic()
        for index in vigil.judge(answer) where index < leases.count {
            let id = leases[index]
            if let place = place(of: id, from: Place(job: 0, index: 0)) {
                // One that has ended is about to tell what became of the item.
                if jobs[place.job].status == nil { jobs[place.job].lost(place.index, at: now) }
            } else if let one = held.firstIndex(where: { $0.lease.id.elementsEqual(id) }) {
                held.remove(at: one)
                taken -= 1
            }
        }
    }
}

/// Where a lease is among those of commands: of which job, and which of its items it has.
struct Place {
    var job: Int
    var index: Int
}

extension Worker {
    /// Where the lease is; nil if no command has its item.
    /// - Parameter start: where it is looked for first.
    mutating func place(of lease: ArraySlice<UInt8>, from start: Place) -> Place? {
        for step in 0..<jobs.count {
            let job = (start.job + step) % jobs.count
            if let index = jobs[job].index(of: lease, from: step == 0 ? start.index : 0) {
                return Place(job: job, index: index)
            }
        }
        return nil
    }
}

extension Job {
    /// Whether the command runs, and holds its lease as far as the worker knows.
    var isOnVigil: Bool { status == nil && stop == nil }
}
