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
    /// The items, leased or not, are removed unfinished.
    case drop

    /// The script that does it.
    package var script: Script {
        switch self {
        case .complete: .complete
        case .renew: .renew
        case .release: .release
        case .drop: .drop
        }
    }

    /// How many leases one call handles.
    package var batch: Int {
        if case .release = self { Session.smallBatch } else { Session.batch }
    }

    /// The arguments of the script, as the head of its file lists them, but for those that name the call.
    package func arguments(for leases: ByteList) -> ByteList {
        var list = ByteList()
        switch self {
        case .complete, .drop: break
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

    /// Whether Redis notes what a call answered. A renewal needs no note, since it may be done twice.
    fileprivate var isNoted: Bool { if case .renew = self { false } else { true } }
}

/// A call that settles leases, and that can be sent again if its answer is lost: Redis notes what it answered.
package struct SettleCall: Sendable {
    package let settlement: Settlement
    package let leases: ByteList
    /// What names the call (see `CallTokens`); empty if Redis need not note it.
    private let token: Bytes
    /// Whether an answer to the call was lost, so that Redis may have done it already.
    private var isRepeated = false

    package init(_ settlement: Settlement, _ leases: ByteList, token: Bytes) {
        (self.settlement, self.leases, self.token) = (settlement, leases, token)
    }

    /// Notes that an answer was lost.
    package mutating func wasLost() { isRepeated = true }

    /// The arguments of the script.
    package var arguments: ByteList {
        var list = ByteList()
        if !token.isEmpty {
            list.append(token.prefix(CallTokens.fieldDigits))
            list.append(token.dropFirst(CallTokens.fieldDigits))
            list.append(isRepeated ? 1 : 0)
        }
        list.append(contentsOf: settlement.arguments(for: leases))
        return list
    }
}

extension [SettleCall] {
    /// Notes what a failure in place of the answer to the first call means for the calls that were under way, since they
    /// are sent again. Most error replies say that the first one was not done, but a server that is busy may have said so
    /// in place of a greeting. The other answers are lost.
    mutating func wereLost(by failure: Failure) {
        let isAboutConnection = failure.isDisconnection || failure.cause == .busy
        for index in indices where index > 0 || isAboutConnection { self[index].wasLost() }
    }
}

/// Draws the tokens of a session's calls. Only the calls that are under way need their notes, so that the tokens of a
/// session begin with few different digits, and its notes replace each other.
package struct CallTokens: Sendable {
    private var fields: [Bytes] = []
    private var next = 0

    /// How many of the token's digits are the field of `Q:calls`, which has 4096 then.
    static var fieldDigits: Int { 3 }

    /// - Returns: 12 hexadecimal digits.
    /// - Throws: `.inputOutput` if the system gives no random bytes.
    mutating func draw() throws(Failure) -> Bytes {
        let token = try randomHex(LeaseCall.tokenBytes)
        if fields.count < Session.window {
            fields.append(Bytes(token.prefix(Self.fieldDigits)))
            return token
        }
        defer { next = (next + 1) % fields.count }
        return fields[next] + token.dropFirst(Self.fieldDigits)
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

/// A lease that was not settled, as far as is known.
package struct Unsettled: Equatable, Sendable {
    /// What is known of it.
    package enum Reason: CaseIterable, Sendable {
        /// The lease ran out, and someone else may have the item.
        case lost
        /// Redis knows no such lease.
        case unknown
        /// The answer was lost with the connection, and Redis, asked again, knows neither the lease nor the call any more.
        case doubtful

        /// The word of the scripts' answers and of the programs' output.
        package var word: StaticString {
            switch self {
            case .lost: "lost"
            case .unknown: "unknown"
            case .doubtful: "doubtful"
            }
        }
    }

    package var id: Bytes
    package var reason: Reason
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
            var calls = [try settleCall(settlement, batch)]
            send(settlement.script, calls[0].arguments)
            result = try answer(&calls) + result
            end = start
        }
        return result
    }

    /// Settles the leases that `input` gives, as they come.
    /// - Parameter report: takes the leases that were not held, a batch at a time; the batch may be empty.
    package mutating func settle<Source: RecordSource & ~Copyable>(
        _ settlement: Settlement, from input: inout Source, report: ([Unsettled]) throws(Failure) -> Void
    ) throws(Failure) {
        var underWay: [SettleCall] = []
        while true {
            let isIdle = !input.isReady()
            while !underWay.isEmpty, isIdle || underWay.count == Self.window {
                try report(try answer(&underWay))
            }
            var batch = ByteList()
            guard try input.read(into: &batch, limit: settlement.batch) else { break }
            let call = try settleCall(settlement, batch)
            underWay.append(call)
            if !input.isDone { makeKnown(settlement.script) }
            send(settlement.script, call.arguments)
            // `answer` meets a failure here again, and handles it.
            connection.flush()
        }
        while !underWay.isEmpty { try report(try answer(&underWay)) }
    }

    /// A call that was not sent yet. No more than `window` of them may be under way at once.
    package mutating func settleCall(_ settlement: Settlement, _ leases: ByteList) throws(Failure) -> SettleCall {
        SettleCall(settlement, leases, token: settlement.isNoted ? try tokens.draw() : [])
    }

    /// Waits for the answer to the first call. If that fails in a way that passes, it sends all calls again.
    private mutating func answer(_ calls: inout [SettleCall]) throws(Failure) -> [Unsettled] {
        var recovery = Recovery()
        while true {
            do throws(Failure) {
                let unsettled = try unsettled(try receive())
                calls.removeFirst()
                return unsettled
            } catch {
                try recover(from: error, &recovery)
                calls.wereLost(by: error)
                for call in calls { send(call.settlement.script, call.arguments) }
            }
        }
    }
}

/// Reads the answer to a settlement: a list of lease IDs, each followed by the word for what is known of it.
/// - Throws: `.unexpectedReply` if the answer has another shape.
package func unsettled(_ value: Value) throws(Failure) -> [Unsettled] {
    let list = try value.list()
    var result: [Unsettled] = []
    var index = 0
    while index < list.count {
        let word = try list.at(index + 1).bytes()
        guard let reason = Unsettled.Reason.allCases.first(where: { word.equals($0.word) }) else {
            throw Value.unexpected("a lease is in no such state")
        }
        result.append(Unsettled(id: try list.at(index).bytes(), reason: reason))
        index += 2
    }
    return result
}
