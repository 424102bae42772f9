import Base
import CPosix
import WorkQueue

/// How a lease ended, which Redis does not know yet.
struct Outcome {
    var lease: Bytes
    /// The number of its queue.
    var queue: Int
    var settlement: Settlement
    /// When the lease ends, in ms of the monotonic clock; later, Redis need not be told any more.
    var end: Int
}

/// A call that tells Redis outcomes.
struct Settling {
    var call: SettleCall
    /// The number of the leases' queue.
    let queue: Int
    /// When the last of the leases ends, in ms of the monotonic clock.
    let end: Int
}

extension Worker {
    /// Tells outcomes: first, in the same calls as before, those whose answers were lost.
    /// - Returns: whether there were any.
    mutating func tellOutcomes() -> Bool {
        var hasTold = false
        // What commands that are fed answer meanwhile goes in one call when the last one was answered.
        let window = work.isFed ? 1 : Session.window
        while link.settling < window, let settling = lostSettlings.first ?? nextSettling() {
            if !lostSettlings.isEmpty { lostSettlings.removeFirst() }
            link.ask(.settle(settling), settling.call.arguments, in: turns[settling.queue])
            hasTold = true
        }
        return hasTold
    }

    /// A call for the first of the outcomes that are to be told, and for others that go with it.
    private mutating func nextSettling() -> Settling? {
        guard let first = outcomes.first else { return nil }
        var leases = ByteList()
        var others: [Outcome] = []
        var end = first.end
        // Of items that go back the last go first, so that the first is taken first again.
        var before = numberBeyondOneCall(first)
        for outcome in outcomes {
            let isSame = outcome.goes(with: first)
            if isSame { before -= 1 }
            if isSame, before < 0 {
                leases.append(outcome.lease)
                end = max(end, outcome.end)
            } else {
                others.append(outcome)
            }
        }
        do throws(Failure) {
            let call = try link.session.settleCall(first.settlement, leases)
            outcomes = others
            return Settling(call: call, queue: first.queue, end: end)
        } catch {
            self.end(error.exit, error)
            return nil
        }
    }

    /// How many outcomes of this kind there are beyond those that one call can tell.
    private mutating func numberBeyondOneCall(_ first: Outcome) -> Int {
        let most = first.settlement.batch
        if outcomes.count <= most { return 0 }
        return max(0, outcomes.reduce(-most) { $0 + ($1.goes(with: first) ? 1 : 0) })
    }

    /// Drops outcomes that Redis could not be told before their leases ended.
    mutating func forget(_ now: Int) {
        let late: StaticString = "Redis could not be told what became of % before it ended"
        for outcome in outcomes where now >= outcome.end {
            retract(outcome.lease, of: outcome.queue, outcome.settlement, late)
        }
        outcomes.removeAll { now >= $0.end }
        for settling in lostSettlings where now >= settling.end { retract(settling, late) }
        lostSettlings.removeAll { now >= $0.end }
    }

    /// Tells a person of the leases of a call that Redis refused for good.
    mutating func tellRefused(_ settling: Settling) {
        retract(settling, "Redis does not take what became of %: someone else gets the item when the lease ends")
    }

    /// Tells a person of the leases that were not settled.
    mutating func settled(_ unsettled: [Unsettled], _ settling: Settling) {
        for one in unsettled {
            let why: StaticString =
                switch one.reason {
                case .lost: "% was lost: its item goes, or went, to someone else"
                case .unknown:
                    "% is not known any more: somebody completed, released or removed it, or Redis lost it"
                case .doubtful:
                    """
                    the connection broke, and Redis does not know any more whether it heard what became of %: if it \
                    did not, someone else gets the item
                    """
                }
            retract(one.id, of: settling.queue, settling.call.settlement, why)
        }
    }

    private mutating func retract(_ settling: Settling, _ why: StaticString) {
        for index in 0..<settling.call.leases.count {
            retract(Bytes(settling.call.leases[index]), of: settling.queue, settling.call.settlement, why)
        }
    }

    /// Takes back what was told of an item: for all that is known, Redis did not do it.
    /// - Parameter why: a text with the lease in it.
    private mutating func retract(_ lease: Bytes, of queue: Int, _ settlement: Settlement, _ why: StaticString) {
        journal.retract(lease, of: queue, settlement, filled(why, "lease \(lease.printable)"), to: &errors)
    }
}

extension Outcome {
    /// Whether one call can tell both.
    fileprivate func goes(with other: Outcome) -> Bool {
        queue == other.queue && settlement.isSame(other.settlement)
    }
}

extension Settlement {
    /// Whether one call can settle leases of both, if they are of one queue.
    fileprivate func isSame(_ other: Settlement) -> Bool {
        switch (self, other) {
        case (.complete, .complete): true
        case (.release(let one), .release(let two)):
            one.delay == two.delay && one.isCharged == two.isCharged && one.isDead == two.isDead
                && one.reason == two.reason
        default: false
        }
    }
}
