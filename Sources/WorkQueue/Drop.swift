import Base
import Redis

/// Which items of a state are meant.
package struct Choice: Sendable {
    package let state: State
    /// What the item or its reason contains, and what the reason contains; empty for anything. Ready items have no reason.
    let text: Bytes
    let reason: Bytes

    package init(_ state: State, text: Bytes, reason: Bytes) {
        (self.state, self.text, self.reason) = (state, text, reason)
    }

    /// How many items one step looks at.
    fileprivate var batch: Int { state.isList ? Session.batch : Session.smallBatch }
}

/// What one call of weed.lua answered.
private struct Step {
    let dropped: Int
    let setAside: Int
    /// Where the next step begins; empty if there is none.
    let next: Bytes
    let entries: [Entry]

    static var standstill: Failure { Value.unexpected("there is more, and it is not looked at") }

    init(_ answer: [Value]) throws(Failure) {
        dropped = try answer.at(1).count(most: Session.batch)
        setAside = try answer.at(2).count(most: Session.batch)
        next = try answer.at(3).bytes()
        let now = try answer.at(4).time()
        var entries: [Entry] = []
        for at in stride(from: 5, to: answer.count, by: 4) {
            let (name, text) = (try answer.at(at).bytes(), try answer.at(at + 3).bytes())
            let state = State.allCases.first { name.equals($0.name) }
            guard let state, !state.isList else {
                var entry = Entry(state: state, item: text)
                entry.id = try answer.at(at + 1).bytes()
                entries.append(entry)
                continue
            }
            entries.append(
                Entry(
                    state: state, record: text, id: try answer.at(at + 1).bytes(),
                    time: try answer.at(at + 2).bounded(), now: now))
        }
        self.entries = entries
    }
}

extension Session {
    /// Removes the items with these IDs for good, whether they are leased, delayed or dead. Who works on a leased one
    /// loses the lease.
    /// - Returns: how many items were removed, and the IDs that no item has.
    package mutating func drop(_ ids: ByteList) throws(Failure) -> (dropped: Int, others: [Unsettled]) {
        let ids = ids.distinct
        let others = try settle(.drop, ids)
        return (ids.count - others.count, others)
    }

    /// Removes the items that are meant and that were there when it began, in steps.
    /// - Returns: how many items were removed.
    /// - Throws: `.unavailable` if an answer was lost with the connection, and Redis does not know any more what that step
    ///   did. The message of a failure tells how many were removed before.
    package mutating func drop(_ choice: Choice) throws(Failure) -> Int {
        var dropped = 0
        do throws(Failure) {
            var hasSetAside = false
            var place: Bytes = []
            repeat {
                let step = try weed(choice, place, drops: true)
                dropped += step.dropped
                hasSetAside = hasSetAside || step.setAside > 0
                if step.next == place, step.dropped + step.setAside == 0 { throw Step.standstill }
                place = step.next
            } while !place.isEmpty
            var reaped = Reaped()
            if hasSetAside { try reapExpired(&reaped) }
            return dropped
        } catch {
            guard dropped > 0 else { throw error }
            throw Failure(error.exit, "\(error.message) (\(count(dropped, "item")) had been dropped)", error.cause)
        }
    }

    /// Hands over the items that `drop` would remove, a page at a time, and removes none.
    package mutating func preview(_ choice: Choice, deliver: ([Entry]) throws(Failure) -> Void) throws(Failure) {
        var place: Bytes = []
        repeat {
            let step = try weed(choice, place, drops: false)
            if !step.entries.isEmpty { try deliver(step.entries) }
            if step.next == place { throw Step.standstill }
            place = step.next
        } while !place.isEmpty
    }

    /// Hands over the items that `drop` would remove, a page at a time, and removes none.
    /// - Returns: the IDs that no item has.
    package mutating func preview(
        _ ids: ByteList, deliver: ([Entry]) throws(Failure) -> Void
    ) throws(Failure) -> [Unsettled] {
        let ids = ids.distinct
        var unknown: [Unsettled] = []
        var next = 0
        while next < ids.count {
            var arguments: ByteList = ["", "", 0, 0, "ids", "", ""]
            for index in next..<min(ids.count, next + Self.smallBatch) { arguments.append(ids[index]) }
            let entries = try Step(try call(.weed, arguments).list()).entries
            if entries.isEmpty { throw Value.unexpected("nothing is known of an ID") }
            next += entries.count
            for entry in entries where entry.state == nil { unknown.append(Unsettled(id: entry.id, reason: .unknown)) }
            try deliver(entries.filter { $0.state != nil })
        }
        return unknown
    }

    /// Makes one step. If its answer is lost, it asks again what that was.
    private mutating func weed(_ choice: Choice, _ place: Bytes, drops: Bool) throws(Failure) -> Step {
        let token = try tokens.draw()
        var recovery = Recovery()
        var isRepeated = false
        while true {
            var arguments = ByteList()
            arguments.append(token.prefix(CallTokens.fieldDigits))
            arguments.append(token.dropFirst(CallTokens.fieldDigits))
            for flag in [isRepeated, drops] { arguments.append(flag ? 1 : 0) }
            arguments.append(choice.state.name)
            for text in [choice.text, choice.reason] { arguments.append(text) }
            arguments.append(choice.batch)
            arguments.append(place)
            send(.weed, arguments)
            do throws(Failure) {
                let answer = try receive().list()
                if try answer.at(0).bytes().equals("went") { return try Step(answer) }
            } catch {
                try recover(from: error, &recovery)
                isRepeated = isRepeated || error.isDisconnection || error.cause == .busy
                continue
            }
            throw Failure(
                .unavailable,
                "the connection broke, and Redis does not know any more whether the last step dropped items, up to"
                    + " \(choice.batch): see wq-stat, then run it again")
        }
    }
}

extension ByteList {
    /// The strings, each once.
    fileprivate var distinct: ByteList {
        let order = (0..<count).sorted {
            self[$0].elementsEqual(self[$1]) ? $0 < $1 : self[$0].lexicographicallyPrecedes(self[$1])
        }
        var isFirst = [Bool](repeating: true, count: count)
        for at in order.indices.dropFirst() {
            isFirst[order[at]] = !self[order[at]].elementsEqual(self[order[at - 1]])
        }
        var list = ByteList()
        for index in 0..<count where isFirst[index] { list.append(self[index]) }
        return list
    }
}
