/// A lease that is renewed while somebody works on its item. Times are in ms, those of the monotonic clock.
package struct Holding: Sendable {
    /// The lease. A caller that knows only its ID leaves the rest empty.
    package let lease: Lease
    /// For how long a renewal holds the lease.
    package let duration: Int
    /// When the lease ends, as far as this process knows: a little before Redis ends it.
    package private(set) var end: Int
    /// When the lease is to be renewed next.
    package private(set) var renewAt: Int
    /// Whether the lease is somebody else's by now. Then it is not renewed any more.
    package private(set) var isLost = false

    /// - Parameter start: when the call was sent that granted the lease.
    package init(_ lease: Lease, from start: Int, for duration: Int) {
        self.lease = lease
        self.duration = duration
        end = start + duration
        renewAt = start + Self.interval(duration)
    }

    /// How much of a lease's time passes between two renewals: a third, so that two of them may fail.
    package static func interval(_ duration: Int) -> Int { duration / 3 }
    /// How much earlier than necessary a lease is renewed in the company of one that is due.
    private static func slack(_ duration: Int) -> Int { duration / 12 }
    /// The pause after a renewal that failed: a tenth of the lease's time, within these bounds.
    private static var retryBounds: ClosedRange<Int> { 50...1000 }

    package func isDue(_ now: Int) -> Bool { now >= renewAt }

    /// Whether the lease will be due so soon that a call for others should renew it, too.
    private func isAlmostDue(_ now: Int) -> Bool { now + Self.slack(duration) >= renewAt }

    package func hasEnded(_ now: Int) -> Bool { now >= end }

    /// How long a try to renew may take, in ms, so that there can be another one, or the command be stopped in time.
    package func patience(_ now: Int) -> Int { max(1, min(Self.interval(duration), end - now)) }

    /// Notes that a renewal was sent, which may be answered later.
    package mutating func askedToRenew(at now: Int) { renewAt = now + Self.interval(duration) }

    /// Notes that Redis renewed the lease.
    /// - Parameter sent: when the renewal was sent.
    package mutating func renewed(at sent: Int) {
        if isLost { return }
        end = sent + duration
        renewAt = sent + Self.interval(duration)
    }

    /// Notes that a try failed. The next one comes in a moment, or at the lease's end if that is earlier.
    package mutating func failedToRenew(at now: Int) {
        let pause = min(max(duration / 10, Self.retryBounds.lowerBound), Self.retryBounds.upperBound)
        renewAt = min(end, now + pause)
    }

    /// Has the lease renewed at that time, since an answer was lost or refused.
    package mutating func renew(at time: Int) { if !isLost { renewAt = time } }

    /// Notes that the lease is not held any more.
    package mutating func lost() {
        isLost = true
        renewAt = .max
    }

    /// When the lease is to be looked at again.
    /// - Parameter mayRenew: whether it can be renewed then.
    package func wakeAt(mayRenew: Bool) -> Int { mayRenew ? min(end, renewAt) : end }

    /// Which of the leases one call is to renew: none before one of them is due; then also those that would be due soon.
    /// - Returns: at most `limit` indices.
    package static func due(_ holdings: [Holding], at now: Int, limit: Int) -> ArraySlice<Int> {
        guard holdings.contains(where: { $0.isDue(now) }) else { return [] }
        return holdings.indices.filter { holdings[$0].isAlmostDue(now) }.prefix(limit)
    }
}
