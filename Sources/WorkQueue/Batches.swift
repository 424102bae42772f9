import Base

/// The calls by which many items are leased.
struct Batches {
    /// What the IDs of all these leases end with.
    var call: LeaseCall
    /// How many items no call has asked for yet.
    var unasked: Int
    /// How many items each call asks for that is under way.
    var asked: [Int] = []
    /// The best answer so far.
    var result = Grant.nothing(.nothing, .none, due: nil, Sign())
    var delivery = Delivery()
    var hands: Hands

    init(_ call: LeaseCall, _ count: Int) {
        self.call = call
        unasked = count
        // An item that is to be alone is given to the first call, if that is the only one.
        hands = Hands(
            free: 0, share: Hands.share(of: count), patience: count > Session.batch ? Hands.endlessPatience : 0)
    }

    /// Takes in the answer to a call for `count` items.
    mutating func take(_ grant: Grant, of count: Int, _ deliver: ([Lease]) throws(Failure) -> Void) {
        guard case .leases(let leases, let more, _) = grant else {
            if case .nothing = result { result = grant }
            unasked = 0
            return
        }
        result = grant
        delivery.hand(leases, deliver)
        for lease in leases where lease.care == .few { hands.share = max(0, hands.share - 1) }
        let isComplete = more == 0 || leases.contains { $0.care == .alone }
        unasked = !isComplete && delivery.failure == nil ? unasked + count - leases.count : 0
    }
}

/// The delivery of leases to the caller, and the leases that could not be delivered because it failed.
struct Delivery {
    private(set) var failure: Failure?
    private(set) var undelivered = ByteList()
    /// The IDs of all leases that were granted, delivered or not.
    private(set) var seen: [Bytes] = []

    mutating func hand(_ leases: [Lease], _ deliver: ([Lease]) throws(Failure) -> Void) {
        for lease in leases { seen.append(lease.id) }
        if failure == nil {
            do throws(Failure) { try deliver(leases) } catch { failure = error }
        }
        if failure != nil {
            for lease in leases { undelivered.append(lease.id) }
        }
    }
}
