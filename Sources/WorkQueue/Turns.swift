import Base

/// The queues that one process takes items from, as a value: which of them is asked next, and what their answers mean
/// together. A round asks each queue once.
package struct Turns: Sendable {
    /// Why there is nothing to lease from a queue, or from any.
    package struct Nothing: Equatable, Sendable {
        package var answer: LeaseAnswer
        package var hindrance = Hindrance.none
        /// How many ms later something becomes ready; nil if nothing will.
        package var due: Int?
        package var sign = Sign()

        package init(_ answer: LeaseAnswer, hindrance: Hindrance = .none, due: Int? = nil, _ sign: Sign = Sign()) {
            (self.answer, self.hindrance, self.due, self.sign) = (answer, hindrance, due, sign)
        }
    }

    private struct Entry {
        let queue: Queue
        var sighting = Sighting()
        /// The answer of this round.
        var nothing: Nothing?
        /// How many outages there were before it last answered a call for leases.
        var outages = 0
    }

    private var entries: [Entry]
    /// Whether the queues are asked in turn, and not the first one first.
    private let isFair: Bool
    /// The queue that this round asks first.
    private var start = 0
    /// The queue on which to wait for an item.
    package private(set) var waitingPlace = 0
    /// What the queues told in the last round, if all were drained then.
    private var drained: [Sign] = []
    /// Whether all were drained in the last round, and another one must show whether they were at one moment.
    package private(set) var areDoubtful = false
    /// How many outages there were before the last answer.
    private var outages = 0

    /// - Parameters:
    ///   - queues: at least one; they are asked in this order.
    ///   - turn: the number of the queue that is asked first if they are asked in turn; nil if they are not.
    package init(_ queues: [Queue], turn: Int? = nil) {
        entries = queues.map { Entry(queue: $0) }
        isFair = turn != nil
        if let turn { start = turn % queues.count }
    }

    package var count: Int { entries.count }
    package var areSeveral: Bool { entries.count > 1 }
    package subscript(index: Int) -> Queue { entries[index].queue }
    package var queues: [Queue] { entries.map { $0.queue } }

    /// The queues in the order of this round.
    private var order: [Int] { entries.indices.map { (start + $0) % entries.count } }

    /// The queue that is asked next.
    package var next: Int { order.first { entries[$0].nothing == nil } ?? start }

    /// Notes that items were leased from the queue. The next round begins.
    package mutating func took(from index: Int) {
        begin()
        drained = []
        if isFair { start = (index + 1) % entries.count }
    }

    /// Notes that a queue gave less than was asked for.
    /// - Returns: whether this round goes on with another queue.
    package mutating func gaveAll(_ index: Int) -> Bool {
        entries[index].nothing = Nothing(.nothing, due: 0)
        return entries.contains { $0.nothing == nil }
    }

    /// Notes that the queue gave nothing.
    /// - Returns: what the answers mean together; nil if some queue was not asked yet. The queues are drained together if
    ///   each is in two rounds, and nothing was leased from any of them in between, nor was the connection lost: then all of
    ///   them were between the rounds. An item that somebody pushes to one and then completes in another shows itself by that.
    package mutating func found(_ nothing: Nothing, in index: Int) -> Nothing? {
        entries[index].nothing = nothing
        let all = entries.compactMap { $0.nothing }
        guard all.count == entries.count else { return nil }
        var whole = all[0]
        let left = all.filter { $0.answer != .drained }
        if areSeveral {
            whole = Nothing(left.isEmpty ? .drained : .nothing)
            whole.hindrance = Self.hindrance(left)
            whole.due = all.reduce(nil) { due, one in one.hindrance == .paused ? due : earlier(due, one.due) }
            waitingPlace = order.first { (entries[$0].nothing?.hindrance ?? Hindrance.none) == Hindrance.none } ?? 0
            let signs = left.isEmpty ? all.map { $0.sign } : []
            areDoubtful = left.isEmpty && signs != drained
            if areDoubtful { whole = Nothing(.nothing, due: 0) }
            drained = signs
        }
        begin()
        return whole
    }

    /// What hinders all of them; one that is only limited is asked again sooner.
    private static func hindrance(_ left: [Nothing]) -> Hindrance {
        if left.isEmpty || left.contains(where: { $0.hindrance == .none }) { return .none }
        return left.allSatisfy { $0.hindrance == .paused } ? .paused : .limited
    }

    private func earlier(_ one: Int?, _ other: Int?) -> Int? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    /// Begins a round.
    package mutating func begin() {
        for index in entries.indices { entries[index].nothing = nil }
    }

    /// Takes in what an answer tells of a queue.
    package mutating func judge(_ sign: Sign, in index: Int) -> Sighting.Verdict { entries[index].sighting.judge(sign) }

    /// How many items are dead in all queues, or just whether any is, as far as they told.
    package var dead: Int { entries.reduce(0) { $0 + $1.sighting.last.dead } }

    /// The queues to which nothing was ever pushed, as far as they told.
    package var unused: [Queue] { entries.filter { $0.sighting.last.epoch.isEmpty }.map { $0.queue } }

    /// Why "drained" cannot be the answer: nothing was ever pushed to any of the queues.
    package var failureIfUnused: Failure? { unused.count == count ? entries[0].queue.failure(.unused) : nil }

    /// Why a cluster does not have all the queues on one connection; nil if it does.
    package var failureInCluster: Failure? {
        if entries.allSatisfy({ $0.queue.isBeside(entries[0].queue) }) { return nil }
        return Failure(
            .badData, "in a cluster, queues that are taken from together need the same hash tag: {jobs}high, {jobs}low")
    }

    /// Whether there was an outage since the queue last answered a call for leases.
    /// - Parameter outages: how many there were so far.
    package func isBack(_ index: Int, after outages: Int) -> Bool { entries[index].outages < outages }

    /// Notes that the queue answered a call for leases.
    package mutating func heard(_ index: Int, after outages: Int) { entries[index].outages = outages }

    /// Begins the round anew if the connection was lost: Redis may have answered the questions before it with other data.
    package mutating func goOn(after outages: Int) {
        if outages == self.outages { return }
        self.outages = outages
        begin()
        drained = []
    }
}
