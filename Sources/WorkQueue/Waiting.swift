import Base
import Redis

/// A wait for items, as a value: when to look whether there are any, when to have Redis hold the next one for this
/// process, and when to give up. Times are in ms of the monotonic clock.
package struct Waiting: Sendable {
    /// What the caller does next.
    package enum Step: Equatable, Sendable {
        /// The caller asks for leases, since nothing says that there is nothing to lease.
        case lease
        /// The caller looks whether there is anything to lease.
        case look
        /// The caller has Redis hold the next item for it, and looks again at this time at the latest.
        case block(until: Int)
        /// The caller does nothing until this time: the queue is paused or limited, and nothing may be taken from it.
        case sleep(until: Int)
        /// The caller gives its connection up until this time: the server has few places for clients left, and whoever adds
        /// items needs one.
        case leave(until: Int)
        /// The caller waits no longer, and this is its answer.
        case giveUp(LeaseAnswer)
    }

    /// The last look that found nothing.
    private struct Look {
        var answer: LeaseAnswer
        var hindrance: Hindrance
        var time: Int
        /// How long after this look something becomes ready by itself, in ms; nil if nothing will.
        var due: Int?
    }

    private let wait: LeaseRequest.Wait
    private let deadline: Int?
    /// The last look; nil if there may be something to lease, so that the caller should ask for it.
    private var last: Look?
    private var looks = 0
    /// The number of looks after which the waiting clients are counted again.
    private var countAt = 1
    /// Whether the server has few places for clients left.
    private var isCrowded = false
    /// How long the next look comes after the last one.
    private var interval = Self.firstInterval
    /// How long after a refusal a limited queue is asked again, if it is not known when it will give something. Who waits so
    /// is not among the waiting clients that Redis counts.
    private var limitedInterval = Self.firstInterval

    /// The interval before it is known how many clients wait.
    private static var firstInterval: Int { 200 }
    /// How many looks follow a count of the waiting clients before the next count.
    private static var looksPerCount: Int { 16 }
    /// What each waiting client adds to the interval.
    private static var share: Int { 5 }
    /// The shortest and the longest interval between two looks.
    private static var bounds: ClosedRange<Int> { 80...1000 }

    /// How long a limited queue is left alone at most, in ms: so soon it is noticed that a limit was raised.
    private static var longestSleep: Int { 10_000 }

    /// - Parameter deadline: when to give up even if nothing was found.
    package init(_ wait: LeaseRequest.Wait, deadline: Int? = nil) {
        self.wait = wait
        self.deadline = deadline
    }

    /// How long a waiting client waits between two looks. Each waiting client adds 5 ms, so that all together look 200
    /// times a second. The interval is at least 80 ms: then a client looks 12 times a second, and if few wait, one of them
    /// has a delayed item within 100 ms of its time. It is at most a second, so that each client notices within a second
    /// that the queue is drained or resumed; from 200 clients on, n of them look n times a second.
    /// - Parameter waiting: how many clients wait; nil if that is unknown.
    package static func interval(waiting: Int?) -> Int {
        guard let waiting, waiting < bounds.upperBound / share else { return bounds.upperBound }
        return max(bounds.lowerBound, share * (waiting + 1))
    }

    /// Whether the last look found nothing to lease, and nothing has happened since.
    package var isWaiting: Bool { last != nil }
    /// Whether nothing may be taken from the queue.
    package var isHindered: Bool { (last?.hindrance ?? Hindrance.none) != Hindrance.none }
    /// Whether any look found nothing so far.
    package var hasLooked: Bool { looks > 0 }

    /// Notes that there was nothing to lease.
    /// - Parameter due: how many ms later something becomes ready, or may be leased; nil if that is not known. If it is 0 and
    ///   the queue is not hindered, all items that were due have died, and the next call returns more of them.
    package mutating func found(_ answer: LeaseAnswer, _ hindrance: Hindrance = .none, due: Int?, at now: Int) {
        if due == 0, hindrance == .none, answer != .drained { return hurry() }
        looks += 1
        last = Look(answer: answer, hindrance: hindrance, time: now, due: hindrance == .paused ? nil : due)
    }

    /// Notes that there may be something to lease.
    package mutating func hurry() { last = nil }

    /// Makes the next look due at once.
    package mutating func lookSoon() { last?.due = 0 }

    /// Whether it is time to ask how many clients wait.
    package var isCountDue: Bool { looks >= countAt }

    /// Adapts the interval to how many clients wait, and the way to wait to how many places are left.
    package mutating func learn(_ crowd: Crowd) {
        isCrowded = crowd.isFull
        interval = Self.interval(waiting: isCrowded ? nil : crowd.waiting)
        limitedInterval = Self.interval(waiting: isCrowded ? nil : crowd.connected)
        countAt = looks + (isCrowded ? 1 : Self.looksPerCount)
    }

    /// Whether the time to wait is over.
    package func isOver(_ now: Int) -> Bool { now >= deadline ?? .max }

    /// The time of the next look; nil if there is nothing to wait for.
    package var lookAt: Int? {
        guard let last else { return nil }
        if last.hindrance != .limited { return last.time + min(interval, last.due ?? .max) }
        return last.time + min(last.due ?? limitedInterval, Self.longestSleep)
    }

    /// What to do at this time.
    package func next(_ now: Int) -> Step {
        guard let last, let lookAt else { return .lease }
        if wait == .none || wait == .untilDrained && last.answer == .drained { return .giveUp(last.answer) }
        if let deadline, last.time >= deadline { return .giveUp(last.answer) }
        let end = min(lookAt, deadline ?? .max)
        // A look knows nothing of limits.
        if now >= end { return last.hindrance == .limited ? .lease : .look }
        if isCrowded { return .leave(until: end) }
        return last.hindrance == .none ? .block(until: end) : .sleep(until: end)
    }
}

extension Queue {
    /// The command that waits for an item and moves it to Q:arriving: BLMOVE.
    /// - Parameter span: the longest wait, in ms.
    package func blockingMove(within span: Int) -> ByteList {
        ["BLMOVE", .bytes(name), .bytes(key(":arriving")), "RIGHT", "LEFT", .bytes(seconds(span))]
    }

    /// Reads the answer to `blockingMove`: the item, or nil if the time was up.
    /// - Throws: `.unexpectedReply` for any other answer.
    package static func arrival(_ answer: Value) throws(Failure) -> Bytes? {
        switch answer {
        case .bytes(let item): return item
        case .null: return nil
        default: throw Value.unexpected("BLMOVE answers an item or nothing")
        }
    }
}

/// What is known of a server's clients.
package struct Crowd: Equatable, Sendable {
    /// How many clients wait; nil if that is unknown.
    package var waiting: Int?
    /// How many clients there are at all; nil if that is unknown.
    package var connected: Int?
    /// Whether nine tenths of the places for clients are taken, or more.
    package var isFull = false

    package init() {}

    /// Reads the answer to `INFO clients`.
    package init(_ info: Value) {
        guard case .bytes(let text) = info else { return }
        let facts = ServerFacts(info: text, settings: nil)
        waiting = facts.number("blocked_clients")
        connected = facts.number("connected_clients")
        guard let taken = connected, let places = facts.number("maxclients") else { return }
        isFull = taken > places - max(1, places / 10)
    }
}

/// The shortest timeout, in ms: Redis 6.2 takes 0.001 for 0, which means to wait forever.
private var shortestTimeout: Int { 2 }

/// A time in ms as Redis takes the timeout of a command: seconds with three decimals.
package func seconds(_ span: Int) -> Bytes { Bytes(inSeconds(max(shortestTimeout, span)).utf8) }
