import Base
import CPosix
import WorkQueue

/// When and how a worker ends, as a value without a clock, a process or a connection. Times are in ms of the monotonic
/// clock.
struct Schedule {
    /// The state of the worker, on which decisions depend beside the time.
    struct Situation {
        /// Commands that run, or that left processes behind.
        var running = 0
        /// Items that are leased and not begun.
        var held = 0
        /// Items that were leased so far.
        var taken = 0
        /// Whether outcomes wait to be sent, and whether some were sent and not answered.
        var hasOutcomes = false
        var isSettling = false
        /// Whether leases were asked for and not answered, or a connection waits for an item.
        var isAsking = false
        /// Whether all output was written.
        var isPrinted = true
        /// Whether there is a connection.
        var isUp = true
        /// Whether there was nothing to lease at the last look.
        var isWaiting = false
        /// The time without good answers that lasts still: since when, and why.
        var outage: (since: Int, failure: Failure)?

        /// Whether Redis may not know yet what became of some item.
        var hasUntold: Bool { hasOutcomes || isSettling }
        /// Whether the worker has no item in hand.
        var isQuiet: Bool { running == 0 && held == 0 }
    }

    /// The end that was decided. No new item is begun any more.
    struct Ending: Equatable {
        /// The look by which the worker learns whether the queue is drained, if the exit status depends on that: whether it
        /// was sent, and the answer to it.
        enum Look { case unneeded, unasked, asked, drained, busy }

        var exit: Exit
        var failure: Failure?
        /// When the commands that still run are stopped.
        var stopAt = Int.max
        var look = Look.unneeded
        /// The exit status in place of `exit` if the look finds that the queue is drained.
        var success = Exit.done
        /// Whether a signal asked for it.
        var isTermination = false
        /// Since when nothing runs any more.
        var quietSince: Int?
    }

    enum Conclusion: Equatable {
        case notYet
        /// The queue is to be looked at first.
        case look
        case done
    }

    private let work: Work
    private let start: Int
    /// How long Redis may be away while nothing runs.
    private let absence: Int
    /// Since when there was nothing to do.
    private var idleSince: Int
    private(set) var ending: Ending?
    /// Why the queue was not the one that items were leased from, though the worker went on.
    private var gone: Failure?
    /// When a signal last asked for the end, if one did; repetitions of the same request do not count.
    private var signalledAt: Int?

    /// How long a worker that has nothing to tell Redis waits for its last answers and for a slow reader of its output.
    private static var patience: Int { 2000 }
    /// Signals that come so close together are one: some senders send each twice, or a second kind along with the first.
    private static var oneRequest: Int { 200 }
    /// The time between two looks whether the worker can end, once the end was decided.
    private static var interval: Int { 100 }

    init(_ work: Work, absence: Int, start: Int) {
        self.work = work
        self.absence = absence
        self.start = start
        idleSince = start
    }

    var isEnding: Bool { ending != nil }

    /// Decides to end when the commands that run have ended. The first decision stays.
    /// - Parameter unlessDrained: whether the exit status is 0 in place of this one if the queue is drained by then.
    mutating func end(_ exit: Exit, _ failure: Failure? = nil, unlessDrained: Bool = false) {
        guard ending == nil else { return }
        ending = Ending(exit: exit, failure: failure, look: unlessDrained ? .unasked : .unneeded)
    }

    /// Whether a reader that has not taken all output by now is not waited for: a signal asked for the end, and the grace is
    /// over.
    func hasLostPatience(_ now: Int) -> Bool {
        guard let ending, ending.isTermination else { return false }
        return now - Self.patience >= ending.stopAt
    }

    /// Whether a signal asked for the end.
    var isInterrupted: Bool { signalledAt != nil }

    /// Decides to end soon, since a signal asks for it; a second one ends the grace, and a third one waits for nothing.
    /// - Returns: whether commands that were told to stop are to be killed now.
    mutating func terminate(_ signal: Int32, at now: Int) -> Bool {
        if noteRequest(now), ending?.isTermination == true { return false }
        guard let ending, ending.isTermination else {
            self.ending = Ending(exit: .signalled(signal), stopAt: now + work.grace, isTermination: true)
            return false
        }
        self.ending?.stopAt = now
        return now >= ending.stopAt
    }

    /// Decides to end when what runs has ended, since the terminal is gone.
    mutating func hangUp(at now: Int) {
        if !noteRequest(now) { end(.no) }
    }

    /// Notes the time of a signal.
    /// - Returns: whether it is the same request as the one before.
    private mutating func noteRequest(_ now: Int) -> Bool {
        if let signalledAt, now - signalledAt <= Self.oneRequest { return true }
        signalledAt = now
        return false
    }

    /// Notes that output cannot be written: no success is told, and nothing more is begun.
    mutating func failed(_ why: Failure) {
        var ending = self.ending ?? Ending(exit: why.exit)
        if ending.failure != nil { return }
        (ending.exit, ending.success, ending.failure, ending.look) = (why.exit, why.exit, why, .unneeded)
        self.ending = ending
    }

    /// Decides to end if a limit is reached, or Redis was away for too long.
    /// - Returns: whether commands that still run have had their grace.
    mutating func tend(_ now: Int, _ situation: Situation) -> Bool {
        if !situation.isQuiet { idleSince = now }
        if hasReachedLimit(now, situation) { end(.no, unlessDrained: true) }
        if situation.isQuiet {
            if !situation.hasOutcomes, let outage = situation.outage, now - outage.since >= absence {
                end(outage.failure.exit, outage.failure)
            }
            if let ending, ending.quietSince == nil { self.ending?.quietSince = now }
        }
        return ending.map { now >= $0.stopAt } ?? false
    }

    private func hasReachedLimit(_ now: Int, _ situation: Situation) -> Bool {
        if let limit = work.maxTotal.plus(start), now >= limit { return true }
        // While Redis is away, nobody knows whether there is an item.
        if situation.running == 0, situation.isWaiting, let limit = work.untilIdle.plus(idleSince), now >= limit {
            return true
        }
        return situation.taken >= work.maxItems && situation.isQuiet
    }

    /// Notes that the queue is drained: only this worker may still have something to do.
    /// - Parameters:
    ///   - dead: how many items are dead.
    ///   - unused: what to say if nothing was ever pushed to the queue; nil if something was.
    mutating func sawDrained(_ situation: Situation, dead: Int = 0, unused: Failure? = nil) {
        let success: Exit = work.isStrict && dead > 0 ? .deadLeft : .done
        let unused = unused ?? gone
        if ending?.look == .busy {
            if let unused { ending?.failure = unused }
            ending?.look = .drained
            ending?.success = unused?.exit ?? success
        }
        guard situation.isQuiet, !situation.hasUntold, !work.isForever else { return }
        end(unused?.exit ?? success, unused)
    }

    /// Notes that the queue is not the one that items were leased from. Commands that run are finished, and the worker ends
    /// with the failure.
    /// - Parameter goesOn: whether the worker goes on with whatever queue there is; it ends with the failure where it would
    ///   end with success.
    mutating func sawGone(_ why: Failure, goesOn: Bool = false) {
        if goesOn {
            gone = gone ?? why
            return
        }
        if let ending, ending.look == .unneeded, ending.exit != .done, ending.exit != .deadLeft { return }
        let quietSince = ending?.quietSince
        ending = Ending(exit: why.exit, failure: why)
        ending?.quietSince = quietSince
    }

    /// Notes that items were leased after the queue had been drained.
    mutating func leased() { if ending?.exit == .done || ending?.exit == .deadLeft { ending = nil } }

    /// Notes that a look was answered, whatever the answer is.
    mutating func looked() { if ending?.look == .asked { ending?.look = .busy } }

    /// Notes that the look that was just answered told nothing.
    mutating func mustLookAgain() { if ending?.look == .busy { ending?.look = .unasked } }

    /// Notes that the connection broke: the queue may have changed since the last look.
    mutating func lostConnection() { if let ending, ending.look != .unneeded { self.ending?.look = .unasked } }

    /// Whether everything is done, and Redis told. The caller sends a look if only that is missing.
    mutating func conclude(_ now: Int, _ situation: Situation) -> Conclusion {
        guard let ending, let quietSince = ending.quietSince, situation.isQuiet else { return .notYet }
        // Without anything to tell, a worker that was asked to end waits neither for a Redis that is away nor for a reader
        // that is slow.
        var limit = quietSince + (ending.isTermination ? 0 : absence) + Self.patience
        if ending.isTermination, situation.hasUntold || !situation.isPrinted { limit = max(limit, ending.stopAt) }
        let isLate = now >= limit
        if !isLate || situation.isUp && !ending.isTermination {
            if situation.hasUntold || situation.isAsking || ending.look == .asked { return .notYet }
            if ending.look == .unasked {
                if situation.isUp { self.ending?.look = .asked }
                return situation.isUp ? .look : .notYet
            }
        }
        if ending.look == .drained { self.ending?.exit = ending.success }
        return situation.isPrinted || isLate && ending.isTermination ? .done : .notYet
    }

    /// When the schedule wants to be asked again; `Int.max` if only an event can change anything.
    func wakeAt(_ now: Int, _ situation: Situation) -> Int {
        if let ending { return ending.stopAt > now ? min(now + Self.interval, ending.stopAt) : now + Self.interval }
        let total = work.maxTotal.plus(start) ?? .max
        let isIdle = situation.running == 0 && situation.isWaiting
        return min(total, isIdle ? work.untilIdle.plus(idleSince) ?? .max : .max)
    }
}

extension Int {
    /// The sum; nil where this one stands for no limit.
    func plus(_ start: Int) -> Int? { self == .max ? nil : self + start }
}
