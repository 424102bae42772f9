import Base
import Redis

/// The right to work on an item for some time.
package struct Lease: Equatable, Sendable {
    /// `<n>.<token>`: n counts the IDs of the queue, and the token is that of the call (see `LeaseCall`).
    package var id: Bytes
    /// How often the item was tried, this time included: 1 at the first attempt.
    package var attempt: Int
    package var item: Bytes
    package var care = Care.none
    /// The number of its queue among those of the process.
    package var queue = 0

    /// What the holder owes the item's neighbours.
    package enum Care: Sendable {
        case none
        /// The item's last lease ran out: few of these are in hand beside others.
        case few
        /// This may well have killed its worker: nothing else is in hand while somebody works on it.
        case alone
    }

    package init(id: Bytes, attempt: Int, item: Bytes, care: Care = .none, queue: Int = 0) {
        self.id = id
        self.attempt = attempt
        self.item = item
        self.care = care
        self.queue = queue
    }

    /// Reads the leases of an answer, in which ID, attempt and item of each follow each other.
    /// - Parameters:
    ///   - start: the index of the first ID.
    ///   - queue: the number of the queue that they are of.
    /// - Throws: `.unexpectedReply` if an element is missing or has another type.
    package static func read(
        _ list: [Value], from start: Int, care: Care = .none, queue: Int
    ) throws(Failure) -> [Lease] {
        var leases: [Lease] = []
        leases.reserveCapacity(list.count / valuesPerLease)
        var index = start
        while index < list.count {
            leases.append(
                Lease(
                    id: try list.at(index).bytes(), attempt: try list.at(index + 1).integer(),
                    item: try list.at(index + 2).bytes(), care: care, queue: queue))
            index += valuesPerLease
        }
        return leases
    }

    /// The ID, the attempt and the item.
    private static var valuesPerLease: Int { 3 }
}

/// What the caller of `lease` has in hand, and could have, as far as it matters for suspects: items whose leases ran out.
package struct Hands: Equatable, Sendable {
    /// How many more items could begin at once; others are leased ahead.
    package var free: Int
    /// How many more suspects may be in hand beside other items.
    package var share: Int
    /// For how many ms an item that is to be alone must have been due before this caller is given it, although something
    /// else is ready.
    package var patience: Int

    package static var longPatience: Int { 60_000 }
    /// Longer than anything was due.
    package static var endlessPatience: Int { 1 << 50 }

    package init(free: Int, share: Int, patience: Int) {
        self.free = free
        self.share = share
        self.patience = patience
    }

    /// How many of the items in hand may be suspects.
    package static func share(of places: Int) -> Int { max(1, places / 4) }
}

/// What to lease, and how long to wait for it.
package struct LeaseRequest: Sendable {
    /// What to do if there is no item now.
    package enum Wait: Equatable, Sendable {
        /// The caller does not wait.
        case none
        /// The caller waits until there is an item, or until `timeout`.
        case forever
        /// The caller waits until there is an item, the queue is drained, or `timeout`.
        case untilDrained
    }

    /// The most items to lease.
    package var count = 1
    /// How long the leases last, in ms.
    package var duration = Defaults.lease.milliseconds
    package var owner: Bytes
    package var wait = Wait.none
    /// The longest wait, in ms; nil for no limit.
    package var timeout: Int?
    /// Whether the process stops itself with SIGSTOP between taking an item that it waited for and leasing it, so that a
    /// test can kill it there.
    package var stopsBeforeAdopting = false

    package init(owner: Bytes) { self.owner = owner }

    /// The arguments of a call of the script `lease` or, with an item, of `adopt`.
    /// - Parameters:
    ///   - count: the most items that this call leases.
    ///   - token: the token of the call (see `LeaseCall`).
    ///   - item: the item that arrived.
    ///   - isBack: whether there was an outage since the queue's last answer: then pushes that could not say that they are
    ///     still there hold the queue open once more.
    package func arguments(
        count: Int, token: Bytes, _ hands: Hands, adopting item: Bytes? = nil, isBack: Bool = false
    ) -> ByteList {
        var list: ByteList = [.bytes(token), .number(count), .number(duration), .bytes(owner)]
        if let item {
            list.append(item)
            list.append(hands.free)
        } else {
            list.append(hands.free)
            list.append(hands.share)
            list.append(hands.patience)
            if isBack { list.append(Defaults.pushHold.milliseconds) }
        }
        return list
    }
}

/// How an attempt to lease ended.
package enum LeaseAnswer: Equatable, Sendable {
    /// Items were leased.
    case leased
    /// There is no item now: others hold those that are left, they are not due yet, or the queue is paused.
    case nothing
    /// No work is left in the queue.
    case drained
}

/// Why nothing may be leased although there may be items: then nobody has Redis hold the next item.
package enum Hindrance: Sendable {
    case none
    /// Somebody paused the queue.
    case paused
    /// As many items are leased as may be, at once or in some time.
    case limited

    init(_ state: Bytes) { self = state.equals("paused") ? .paused : state.equals("limited") ? .limited : .none }
}

/// The answer of the scripts `lease` and `adopt`.
package enum Grant {
    /// Items were leased; `more` items are still ready.
    case leases([Lease], more: Int, Sign)
    /// There is nothing to lease. `due` is how many ms later something becomes ready, or may be leased; nil if that is not known.
    case nothing(LeaseAnswer, Hindrance, due: Int?, Sign)
    /// The item to adopt is no longer in Q:arriving.
    case gone

    /// - Parameter queue: the number of the queue that was asked.
    /// - Throws: `.unexpectedReply` if the scripts do not give such an answer.
    package init(_ value: Value, queue: Int = 0) throws(Failure) {
        let list = try value.list()
        let state = try list.at(0).bytes()
        let number = try list.at(1).integer()
        let hindrance = Hindrance(state)
        if let care = Self.care(state) {
            let sign = Sign(epoch: try list.at(2).bytes(), number: try list.at(3).integer())
            self = .leases(try Lease.read(list, from: 4, care: care, queue: queue), more: try list.at(1).count(), sign)
        } else if state.equals("gone") {
            self = .gone
        } else if hindrance != .none || state.equals("drained") || state.equals("busy") || state.equals("ready") {
            let sign = Sign(
                epoch: try list.at(2).bytes(), number: try list.at(3).integer(), dead: try list.at(4).count())
            self = .nothing(
                state.equals("drained") ? .drained : .nothing, hindrance, due: number < 0 ? nil : number, sign)
        } else {
            throw Value.unexpected("a queue is in no such state")
        }
    }

    private static func care(_ state: Bytes) -> Lease.Care? {
        if state.equals("leased") { return Lease.Care.none }
        if state.equals("suspects") { return .few }
        return state.equals("alone") ? .alone : nil
    }
}

/// One or more calls of `lease` or `adopt` that share a token. If an answer is lost, `recall` finds the leases by the token.
package struct LeaseCall {
    /// Hexadecimal digits, with which the IDs of the leases end.
    package let token: Bytes
    /// When the first call was sent, in ms of the monotonic clock.
    package let started: Int
    /// The number of the queue among those of the process.
    package let queue: Int

    /// The random bytes of a token. 48 bits are enough, since a token must be unique only among the recent calls of a queue.
    static var tokenBytes: Int { 6 }

    /// - Throws: `.inputOutput` if the system gives no random bytes.
    package init(queue: Int = 0) throws(Failure) {
        self.queue = queue
        token = try randomHex(Self.tokenBytes)
        started = monotonic()
    }

    /// How many leases one call of `recall` looks at.
    package static var batch: Int { 1000 }

    /// The arguments of the script `recall`.
    /// - Parameters:
    ///   - duration: how long the leases last, in ms.
    ///   - skip: how many leases earlier calls looked at.
    ///   - patience: for how many ms its answer is waited for: so late it may run.
    package func recalling(_ duration: Int, skip: Int, patience: Int) -> ByteList {
        let elapsed = monotonic() - started + patience
        return [.bytes(token), .number(elapsed), .number(duration), .number(skip), .number(Self.batch)]
    }
}
