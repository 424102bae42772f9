/// A lease that is renewed while somebody works on its item. Times are in ms of the monotonic clock.
package struct Holding: Sendable {
    /// The lease. If the caller knows only its ID, the other fields are empty.
    package private(set) var lease: Lease
    /// How long a renewal extends the lease, from the time of the renewal.
    package let duration: Int
    /// When this process takes the lease for ended: a little before Redis does.
    package private(set) var end: Int
    /// When the lease is to be renewed next.
    package private(set) var renewAt: Int
    /// Whether the lease is somebody else's by now. Then it is not renewed any more.
    package private(set) var isLost = false
    /// Whether that was so before the lease ended: somebody completed, released or dropped it.
    package private(set) var isSettled = false
    /// Since when only a renewal can say whether the lease is held still; nil if that is not in doubt.
    private var doubtedAt: Int?

    /// - Parameter start: when the call that granted the lease was sent.
    package init(_ lease: Lease, from start: Int, for duration: Int) {
        self.lease = lease
        self.duration = duration
        end = start + duration
        renewAt = start + Self.interval(duration)
    }

    /// The time between two renewals: a third of the lease's time, so that two of them may fail.
    package static func interval(_ duration: Int) -> Int { duration / 3 }
    /// How much earlier than necessary a lease may be renewed, if a call renews another one anyway.
    private static func slack(_ duration: Int) -> Int { duration / 12 }
    /// The pause after a renewal that failed: a tenth of the lease's time, within these bounds.
    private static var retryBounds: ClosedRange<Int> { 50...1000 }

    package func isDue(_ now: Int) -> Bool { now >= renewAt }

    /// Whether the lease will be due so soon that a call for others should renew it, too.
    package func isAlmostDue(_ now: Int) -> Bool { now + Self.slack(duration) >= renewAt }

    /// Whether the lease has ended as far as this process knows.
    package func hasEnded(_ now: Int) -> Bool { now >= end }

    /// Whether only a renewal can say if the lease is held still.
    package var isInDoubt: Bool { doubtedAt != nil }

    /// How long a try to renew may take, in ms, so that enough time is left for another try, or for stopping the command.
    package func patience(_ now: Int) -> Int { max(1, min(Self.interval(duration), end - now)) }

    /// Notes that a renewal was sent. Its answer may come later.
    package mutating func askedToRenew(at now: Int) { renewAt = now + Self.interval(duration) }

    /// Notes that Redis renewed the lease.
    /// - Parameter sent: when the renewal was sent.
    package mutating func renewed(at sent: Int) {
        if isLost { return }
        if let doubtedAt, sent < doubtedAt { return }
        doubtedAt = nil
        end = sent + duration
        renewAt = sent + Self.interval(duration)
    }

    /// Notes that a renewal failed. The next one follows after a short pause, or at the lease's end if that is earlier.
    package mutating func failedToRenew(at now: Int) {
        let pause = min(max(duration / 10, Self.retryBounds.lowerBound), Self.retryBounds.upperBound)
        renewAt = min(end, now + pause)
    }

    /// Sets the time of the next renewal, because the answer to the last one was lost or was an error.
    package mutating func renew(at time: Int) { if !isLost { renewAt = time } }

    /// Notes that this process slept for so long that the lease has ended; only a renewal can say whether it is held still.
    package mutating func doubt(at now: Int) {
        if isLost { return }
        end = now + duration
        renewAt = now
        doubtedAt = now
    }

    /// Notes that the lease is not held any more.
    /// - Parameter now: when that was noticed; nil if it does not matter whether the lease had ended.
    package mutating func lost(at now: Int? = nil) {
        if let now, !isLost, !isInDoubt, !hasEnded(now) { isSettled = true }
        isLost = true
        renewAt = .max
    }

    /// Has the item go to a command of its own, since one that had it and others failed.
    package mutating func suspect() { if lease.care == .none { lease.care = .few } }

    /// When the lease is to be looked at again.
    /// - Parameter mayRenew: whether it can be renewed then.
    package func wakeAt(mayRenew: Bool) -> Int { mayRenew ? min(end, renewAt) : end }
}
