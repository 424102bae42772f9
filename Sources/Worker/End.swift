import Base
import CPosix
import WorkQueue

/// How and when a worker ends. No new items are begun then.
struct Ending {
    /// Whether the queue is drained, where that decides.
    enum Look { case unneeded, unasked, asked, drained, busy }

    var exit: Exit
    var failure: Failure?
    /// When the commands that still run are stopped.
    var stopAt = Int.max
    var look = Look.unneeded
    /// Whether a signal asked for it.
    var isTermination = false
    /// Since when nothing runs any more.
    var quietSince: Int?
}

extension Worker {
    /// Ends when what runs has ended.
    mutating func end(_ exit: Exit, _ failure: Failure? = nil, unlessDrained: Bool = false) {
        guard ending == nil else { return }
        ending = Ending(exit: exit, failure: failure, look: unlessDrained ? .unasked : .unneeded)
    }

    /// Ends soon, since a signal asks for it; each further one hurries.
    mutating func terminate(_ signal: Int32) {
        let now = monotonic()
        if let ending, ending.isTermination {
            if now >= ending.stopAt { for index in jobs.indices { jobs[index].stopping.hurry(at: now) } }
            self.ending?.stopAt = now
            return
        }
        ending = Ending(
            exit: Exit(rawValue: 128 + signal), stopAt: now + work.grace, isTermination: true)
    }

    /// Begins the end when its time has come, and stops what has had its grace.
    mutating func tendEnding(_ now: Int) {
        if ending == nil {
            let isTimeUp = work.maxTotal.plus(start).map { now >= $0 } ?? false
            // While Redis is away nobody knows whether there is an item.
            let isIdle = jobs.isEmpty && waiter.isWaiting && (work.untilIdle.plus(idleSince).map { now >= $0 } ?? false)
            if isTimeUp || isIdle || taken >= work.maxItems && held.isEmpty && jobs.isEmpty {
                end(.no, unlessDrained: true)
            }
        }
        if let stopAt = ending?.stopAt, now >= stopAt {
            for index in jobs.indices { jobs[index].stop(.ending, at: now) }
        }
        let isQuiet = jobs.isEmpty && held.isEmpty
        if isQuiet, outcomes.isEmpty, let outage = link.outage, now - outage.since >= absence, ending == nil {
            end(outage.failure.exit, outage.failure)
        }
        if isQuiet, ending?.quietSince == nil { ending?.quietSince = now }
    }

    /// Whether everything is done and told.
    mutating func hasConcluded(_ now: Int) -> Bool {
        guard let ending, let quietSince = ending.quietSince, jobs.isEmpty, held.isEmpty else { return false }
        flushOutlets()
        let isPrinted = output.isEmpty && errors.isEmpty
        // One who was asked to end waits for a Redis that is away, or a reader that is slow, only with something to tell.
        var limit = quietSince + (ending.isTermination ? 2000 : absence + 2000)
        if ending.isTermination, hasUntold || !isPrinted { limit = max(limit, ending.stopAt) }
        let isLate = now >= limit
        if !isLate || link.isUp && !ending.isTermination {
            if hasUntold || link.asked > 0 || !lostCalls.isEmpty || waiter.isBlocked { return false }
            if ending.look == .unasked, link.isUp {
                self.ending?.look = .asked
                look()
                hear(false)
            }
            if ending.look == .unasked, !link.isUp { return false }
            if self.ending?.look == .asked { return false }
        }
        if self.ending?.look == .drained { self.ending?.exit = .done }
        return isPrinted || isLate && ending.isTermination
    }

    /// Whether Redis is not known to know what became of all items.
    var hasUntold: Bool { !outcomes.isEmpty || link.isSettling }
}
