import Base
import Redis

/// An item that is held, and by which ID.
package struct Lease: Equatable, Sendable {
    /// `<n>.<random>`: n counts up per queue.
    package var id: Bytes
    /// 1 for the first time the item is tried.
    package var attempt: Int
    package var item: Bytes

    package init(id: Bytes, attempt: Int, item: Bytes) {
        self.id = id
        self.attempt = attempt
        self.item = item
    }

    /// Reads ID, attempt and item of each.
    package static func read(_ list: [Value], from start: Int) throws(Failure) -> [Lease] {
        var leases: [Lease] = []
        leases.reserveCapacity(list.count / 3)
        var index = start
        while index < list.count {
            leases.append(
                Lease(
                    id: try list.at(index).bytes(), attempt: try list.at(index + 1).integer(),
                    item: try list.at(index + 2).bytes()))
            index += 3
        }
        return leases
    }
}

/// What to lease, and how long to wait for it.
package struct LeaseRequest: Sendable {
    package enum Wait: Equatable, Sendable {
        case none
        case forever
        /// Until there is something, or the queue is drained.
        case untilDrained
    }

    /// How many items at most.
    package var count = 1
    /// For how long, in ms.
    package var duration = Defaults.lease.milliseconds
    package var owner: Bytes
    package var wait = Wait.none
    /// The longest wait, in ms.
    package var timeout: Int?
    /// Whether the process stops itself, as by SIGSTOP, between taking an item that it waited for and leasing it: a way
    /// to try what happens when it is killed there.
    package var stopsBeforeAdopting = false

    package init(owner: Bytes) { self.owner = owner }

    /// The arguments of a call of `lease`, or of `adopt`.
    /// - Parameters:
    ///   - count: how many items this call asks for.
    ///   - token: the call's token, see `LeaseCall`.
    ///   - item: the item that arrived, for `adopt`.
    package func arguments(count: Int, token: Bytes, adopting item: Bytes? = nil) -> ByteList {
        var list: ByteList = [.bytes(token), .number(count), .number(duration), .bytes(owner)]
        if let item { list.append(item) }
        return list
    }
}

/// How an attempt to lease ended.
package enum LeaseAnswer: Equatable, Sendable {
    case leased
    /// Nothing is to be had: others hold it, it is not due yet, or the queue is paused.
    case nothing
    /// There is nothing left to do.
    case drained
}

/// A lease script's answer.
package enum Grant {
    case leases([Lease], more: Int)
    /// ms until something is due; nil if nothing is.
    case nothing(LeaseAnswer, paused: Bool, due: Int?)
    case gone

    package init(_ value: Value) throws(Failure) {
        let list = try value.list()
        let state = try list.at(0).bytes()
        let number = try list.at(1).integer()
        let isPaused = state.equals("paused")
        if state.equals("leased") {
            self = .leases(try Lease.read(list, from: 2), more: try list.at(1).count())
        } else if state.equals("gone") {
            self = .gone
        } else if isPaused || state.equals("drained") || state.equals("busy") || state.equals("ready") {
            self = .nothing(
                state.equals("drained") ? .drained : .nothing, paused: isPaused, due: number < 0 ? nil : number)
        } else {
            throw Value.unexpected("a queue is in no such state")
        }
    }
}

/// A lease or adopt that was sent. What it grants is found by its token, should the answer get lost.
package struct LeaseCall {
    package let token: Bytes
    /// In ms of the monotonic clock.
    package let started: Int

    package init() throws(Failure) {
        token = try randomHex(6)
        started = monotonic()
    }

    /// How many leases recall looks at in a call.
    package static var batch: Int { 1000 }

    /// The arguments of recall.
    /// - Parameters:
    ///   - duration: that of the leases, in ms.
    ///   - skip: how many leases were looked at.
    package func recalling(_ duration: Int, _ skip: Int) -> ByteList {
        [
            .bytes(token), .number(monotonic() - started), .number(duration), .number(skip), .number(Self.batch),
        ]
    }
}
