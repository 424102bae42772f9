import Base
import Redis

/// What a holder can say of its leases.
package enum Settlement: Sendable {
    /// The work is done.
    case complete
    /// It goes on: the leases end that many ms from now.
    case renew(Int)
    /// It is given back unfinished.
    case release(Release)

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

    /// The arguments of the script.
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

/// How leases are given back unfinished.
package struct Release: Sendable {
    /// In ms; nil is the queue's back-off, which grows with the attempts (none if nothing is charged).
    package var delay: Int?
    /// Whether this counts as a failed attempt of the item.
    package var isCharged: Bool
    /// Whether the item is given up.
    package var isDead: Bool
    package var reason: Bytes

    package init(delay: Int? = nil, isCharged: Bool = true, isDead: Bool = false, reason: Bytes = []) {
        self.delay = delay
        self.isCharged = isCharged
        self.isDead = isDead
        self.reason = reason
    }
}

/// A lease that could not be settled, since it was not held.
package struct Unsettled: Equatable, Sendable {
    package var id: Bytes
    /// True if it was held and ran out: the item is or was someone else's. Else nobody knows the ID.
    package var isLost: Bool
}

extension Session {
    /// Settles the leases.
    /// - Returns: those that were not held.
    package mutating func settle(_ settlement: Settlement, _ leases: ByteList) throws(Failure) -> [Unsettled] {
        var result: [Unsettled] = []
        // From the last to the first, so that of items that go back the first is taken first again.
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

    /// Settles the leases that `input` gives, as they come, and reports those that were not held.
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
            send(settlement.script, list)
            // A failure here shows again where the answer is awaited.
            connection.flush()
        }
        while !underWay.isEmpty { try report(try answer(settlement, &underWay)) }
    }

    /// A call that was sent.
    private struct Call {
        let list: ByteList
        /// Whether it is not known if it was done, since an answer to it was lost.
        var isRepeated = false
    }

    /// Waits for the first call's answer. If the connection breaks, sends all of them again.
    private mutating func answer(_ settlement: Settlement, _ calls: inout [Call]) throws(Failure) -> [Unsettled] {
        var recovery = Recovery()
        while true {
            do throws(Failure) {
                let unsettled = try unsettled(try receive())
                let isRepeated = calls.removeFirst().isRepeated
                if case .renew = settlement { return unsettled }
                // What the lost call settled is unknown now.
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

/// Reads the answer to a settlement.
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
