import Base
import Redis

/// What the holder of leases can do with them.
package enum Settlement: Sendable {
    /// The work is done, and the items are removed.
    case complete
    /// The work goes on, and the leases end this many ms from now.
    case renew(Int)
    /// The items go back to the queue unfinished.
    case release(Release)

    /// The script that does it.
    package var script: Script {
        switch self {
        case .complete: .complete
        case .renew: .renew
        case .release: .release
        }
    }

    /// How many leases one call handles.
    package var batch: Int {
        if case .release = self { Session.smallBatch } else { Session.batch }
    }

    /// The arguments of the script, as the head of its file lists them.
    package func arguments(for leases: ByteList) -> ByteList {
        var list = ByteList()
        switch self {
        case .complete: break
        case .renew(let duration): list.append(duration)
        case .release(let how):
            list.append(how.delay ?? -1)
            list.append(how.isCharged ? 1 : 0)
            list.append(how.isDead ? 1 : 0)
            list.append(oneField(how.reason))
        }
        list.append(contentsOf: leases)
        return list
    }
}

/// How items go back to the queue unfinished.
package struct Release: Sendable {
    /// How long the items are kept back, in ms. If it is nil, an attempt that is charged is followed by the queue's
    /// back-off, which grows with the attempts, and one that is not charged by no delay.
    package var delay: Int?
    /// Whether this counts as a failed attempt of the item.
    package var isCharged: Bool
    /// Whether the item is given up and becomes dead.
    package var isDead: Bool
    /// Why the holder gives the items back; the text is kept with them. Control characters become `_`.
    package var reason: Bytes

    package init(delay: Int? = nil, isCharged: Bool = true, isDead: Bool = false, reason: Bytes = []) {
        self.delay = delay
        self.isCharged = isCharged
        self.isDead = isDead
        self.reason = reason
    }
}

/// A lease that could not be settled, since nobody held it under this ID.
package struct Unsettled: Equatable, Sendable {
    package var id: Bytes
    /// True if the lease ran out, so that someone else may have the item; false if Redis does not know the ID.
    package var isLost: Bool
}

extension Session {
    /// Settles the leases.
    /// - Returns: the leases that were not held.
    /// - Throws: the failure of the session if Redis cannot be reached or refuses.
    package mutating func settle(_ settlement: Settlement, _ leases: ByteList) throws(Failure) -> [Unsettled] {
        var result: [Unsettled] = []
        // The last leases are settled first, so that of items that go back the first is taken first again.
        var end = leases.count
        while end > 0 {
            let start = max(0, end - settlement.batch)
            var batch = ByteList()
            for index in start..<end { batch.append(leases[index]) }
            let list = settlement.arguments(for: batch)
            var calls = [Call(list: list)]
            send(settlement.script, list)
            result = try answer(settlement, &calls) + result
            end = start
        }
        return result
    }

    /// Settles the leases that `input` gives, as they come.
    /// - Parameter report: takes the leases that were not held, a batch at a time; the batch may be empty.
    package mutating func settle<Source: RecordSource & ~Copyable>(
        _ settlement: Settlement, from input: inout Source, report: ([Unsettled]) throws(Failure) -> Void
    ) throws(Failure) {
        var underWay: [Call] = []
        while true {
            let isIdle = !input.isReady()
            while !underWay.isEmpty, isIdle || underWay.count == Self.window {
                try report(try answer(settlement, &underWay))
            }
            var batch = ByteList()
            guard try input.read(into: &batch, limit: settlement.batch) else { break }
            let list = settlement.arguments(for: batch)
            underWay.append(Call(list: list))
            if !input.isDone { makeKnown(settlement.script) }
            send(settlement.script, list)
            // `answer` meets a failure here again, and handles it.
            connection.flush()
        }
        while !underWay.isEmpty { try report(try answer(settlement, &underWay)) }
    }

    /// A call that was sent.
    private struct Call {
        /// The arguments of the script.
        let list: ByteList
        /// Whether an answer to the call was lost, so that Redis may have done it already.
        var isRepeated = false
    }

    /// Waits for the answer to the first call. If the connection breaks, it sends all calls again.
    private mutating func answer(_ settlement: Settlement, _ calls: inout [Call]) throws(Failure) -> [Unsettled] {
        var recovery = Recovery()
        while true {
            do throws(Failure) {
                let unsettled = try unsettled(try receive())
                let isRepeated = calls.removeFirst().isRepeated
                if case .renew = settlement { return unsettled }
                // Redis answers "unknown" to the repeated call for leases that the lost call settled.
                return isRepeated ? unsettled.filter { $0.isLost } : unsettled
            } catch {
                try recover(from: error, &recovery)
                for index in calls.indices {
                    if error.isDisconnection { calls[index].isRepeated = true }
                    send(settlement.script, calls[index].list)
                }
            }
        }
    }
}

/// Reads the answer to a settlement: a list of lease IDs, each followed by `lost` or `unknown`.
/// - Throws: `.unexpectedReply` if the answer has another shape.
package func unsettled(_ value: Value) throws(Failure) -> [Unsettled] {
    let list = try value.list()
    var result: [Unsettled] = []
    var index = 0
    while index < list.count {
        let word = try list.at(index + 1).bytes()
        let isLost = word.equals("lost")
        if !isLost, !word.equals("unknown") { throw Value.unexpected("a lease is in no such state") }
        result.append(Unsettled(id: try list.at(index).bytes(), isLost: isLost))
        index += 2
    }
    return result
}
