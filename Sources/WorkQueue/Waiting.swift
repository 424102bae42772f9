import Base
import Redis

/// A wait for items, as a value: when to look whether there are any, when to have Redis hold the next one for this
/// process, and when to give up. Times are in ms, those of the monotonic clock.
package struct Waiting: Sendable {
    package enum Step: Equatable, Sendable {
        /// Asks for leases, since nothing says that there is nothing to lease.
        case lease
        /// Looks whether there is anything to lease.
        case look
        /// Has Redis hold the next item for this process; until then it is not time to look.
        case block(until: Int)
        /// Does nothing until then: the queue is paused, and nothing may be taken from it.
        case sleep(until: Int)
        /// Waits no longer.
        case giveUp(LeaseAnswer)
    }

    /// The last look that found nothing.
    private struct Look {
        var answer: LeaseAnswer
        var isPaused: Bool
        var time: Int
        /// ms from then until something can be had, if nobody does anything; nil if nothing will be.
        var due: Int?
    }

    private let wait: LeaseRequest.Wait
    private let deadline: Int?
    /// What there is to wait for; nil while leases are asked for.
    private var last: Look?
    private var looks = 0
    /// From how many looks on to ask again how many clients wait.
    private var countAt = 1
    /// How long it is until the next look.
    private var interval = Self.firstInterval

    /// The interval before it is known how many clients wait.
    private static var firstInterval: Int { 200 }
    /// How many looks one count of the waiting clients serves.
    private static var looksPerCount: Int { 16 }
    /// What each waiting client adds to the interval.
    private static var share: Int { 5 }
    private static var bounds: ClosedRange<Int> { 80...1000 }

    /// - Parameter deadline: when to give up even if nothing was found.
    package init(_ wait: LeaseRequest.Wait, deadline: Int? = nil) {
        self.wait = wait
        self.deadline = deadline
    }

    /// How long a waiting client waits between two looks: 5 ms for each that waits, so that all together look 200 times
    /// a second; but at least 80 ms, so that one of a few has what others released with a delay within 100 ms of its
    /// time, and looks 12 times a second; and at most a second, so that within a second each notices that the queue is
    /// drained or resumed. From 200 clients on, n of them look n times a second.
    /// - Parameter waiting: how many clients wait; nil if that is not to be known.
    package static func interval(waiting: Int?) -> Int {
        guard let waiting, waiting < bounds.upperBound / share else { return bounds.upperBound }
        return max(bounds.lowerBound, share * (waiting + 1))
    }

    /// Whether there was anything to wait for.
    package var isWaiting: Bool { last != nil }
    package var isPaused: Bool { last?.isPaused ?? false }
    /// Whether any look found nothing so far.
    package var hasLooked: Bool { looks > 0 }

    /// Notes that there was nothing to lease.
    /// - Parameter due: ms until something can be had; nil if nothing will be. If it is 0, though the queue is not paused,
    ///   all that was due has died, and the next call returns more.
    package mutating func found(_ answer: LeaseAnswer, isPaused: Bool, due: Int?, at now: Int) {
        if due == 0, !isPaused, answer != .drained { return hurry() }
        looks += 1
        last = Look(answer: answer, isPaused: isPaused, time: now, due: isPaused ? nil : due)
    }

    /// Notes that there may be something to lease.
    package mutating func hurry() { last = nil }

    /// Has the next look come now.
    package mutating func lookSoon() { last?.due = 0 }

    /// Whether it is worth it to ask how many clients wait.
    package var isCountDue: Bool { looks >= countAt }

    /// Takes in how many clients wait: nil if that is not to be known.
    package mutating func learn(waiting: Int?) {
        interval = Self.interval(waiting: waiting)
        countAt = looks + Self.looksPerCount
    }

    /// The time of the next look.
    package var lookAt: Int? {
        guard let last else { return nil }
        return last.time + min(interval, last.due ?? .max)
    }

    /// What to do at that time.
    package func next(_ now: Int) -> Step {
        guard let last, let lookAt else { return .lease }
        if wait == .none || wait == .untilDrained && last.answer == .drained { return .giveUp(last.answer) }
        if let deadline, last.time >= deadline { return .giveUp(last.answer) }
        let end = min(lookAt, deadline ?? .max)
        if now >= end { return .look }
        return last.isPaused ? .sleep(until: end) : .block(until: end)
    }
}

extension Queue {
    /// The command that waits for an item, which then lies in Q:arriving.
    /// - Parameter span: how long to wait at most, in ms.
    package func blockingMove(within span: Int) -> ByteList {
        ["BLMOVE", .bytes(name), .bytes(key(":arriving")), "RIGHT", "LEFT", .bytes(seconds(span))]
    }

    /// The item that such a command answers; nil when its time is up.
    package static func arrival(_ answer: Value) throws(Failure) -> Bytes? {
        switch answer {
        case .bytes(let item): return item
        case .null: return nil
        default: throw Value.unexpected("BLMOVE answers an item or nothing")
        }
    }
}

/// How many clients wait, by the answer to `INFO clients`; nil if it does not tell.
package func waitingClients(_ info: Value) -> Int? {
    guard case .bytes(let text) = info else { return nil }
    return ServerFacts(info: text, settings: nil).number("blocked_clients")
}

/// ms as Redis wants a timeout: seconds with three decimals. One ms would be none, and for ever, to Redis 6.2.
package func seconds(_ span: Int) -> Bytes { Bytes(inSeconds(max(2, span)).utf8) }
