import Base
import CPosix
import Shell
import WorkQueue

/// How a lease is kept while a command runs.
package struct Renewing: Sendable {
    /// For how long each renewal holds the lease, in ms; it is renewed every third of that.
    package var duration = Defaults.lease.milliseconds
    /// After how long it is no longer renewed, in ms: a command that hangs must not hold its item for ever.
    package var max = Int.max
    /// How long the command has to end by itself once it must stop, in ms.
    package var grace = Defaults.renewGrace.milliseconds

    package init() {}
}

extension Session {
    /// Runs the command and renews the lease until it ends. When the lease cannot be held, or the command runs for too
    /// long, all its processes are stopped: two workers must not work on one item. Signals are passed on to it.
    /// - Returns: the command's status.
    /// - Throws: `.no` if the lease was lost, `.unavailable` if it could not be renewed in time.
    package mutating func keep(_ lease: Bytes, _ how: Renewing, while command: ByteList) throws(Failure) -> Exit {
        var kept = Kept(lease: lease, duration: how.duration, start: monotonic())
        if let failure = try renew(&kept) { throw failure }
        let child = try Child(command)
        let tooLong = monotonic() + min(how.max, Int.max / 2)
        var stopped: Failure?
        var killed = Int.max
        var hasEnded = false
        while true {
            if !hasEnded, let status = child.status() {
                if stopped == nil { return Exit(rawValue: status) }
                hasEnded = true
            }
            if hasEnded, let stopped, child.isGone { throw stopped }
            let now = monotonic()
            if stopped == nil, let why = now >= tooLong ? tooLongMessage(how) : try failureToRenew(&kept) {
                stopped = Failure(why.exit, why.message + ": it was stopped")
                child.signal(SIGTERM)
                killed = now + how.grace
            } else if stopped != nil, now >= killed {
                child.signal(SIGKILL)
                killed = Int.max
            } else if stopped != nil, now >= tooLong {
                // It has its grace, and its item with it.
                _ = try failureToRenew(&kept)
            }
            // The end of what is no child of this process, or was not until now, has no signal.
            let wake = hasEnded ? now + 20 : min(kept.next, stopped == nil ? tooLong : killed, now + 3_600_000)
            let signal = wq_wait_for_signal(Int32(clamping: max(0, wake - monotonic())))
            if signal != 0, signal != SIGCHLD { child.signal(signal) }
        }
    }

    private func tooLongMessage(_ how: Renewing) -> Failure {
        Failure(.no, "the command was still running after \(duration(how.max))")
    }

    /// Renews the lease if it is time to.
    /// - Returns: why it cannot be held any longer. Redis may be away for as long as the lease lasts.
    private mutating func failureToRenew(_ kept: inout Kept) throws(Failure) -> Failure? {
        guard monotonic() >= kept.next else { return nil }
        patience = kept.patience(monotonic())
        do throws(Failure) {
            return try renew(&kept)
        } catch {
            let now = monotonic()
            if now >= kept.end { return error }
            if error.isDisconnection {
                do throws(Failure) { try reconnect(timeout: kept.patience(now)) } catch {}
            }
            kept.next = min(kept.end, monotonic() + max(50, min(1000, kept.duration / 10)))
            return nil
        }
    }

    /// - Returns: the failure to end with, if the lease is not held any more.
    private mutating func renew(_ kept: inout Kept) throws(Failure) -> Failure? {
        let now = monotonic()
        var list = ByteList()
        list.append(kept.lease)
        if let one = try settle(.renew(kept.duration), list).first {
            kept.next = Int.max
            return Failure(.no, "the lease \(kept.lease.printable) \(one.isLost ? "was lost" : "is not known")")
        }
        kept.end = now + kept.duration
        kept.next = now + kept.duration / 3
        return nil
    }
}

/// A lease that is renewed; times in ms of the monotonic clock.
private struct Kept {
    let lease: Bytes
    let duration: Int
    /// When it ends, as far as is known here: a little before it does.
    var end: Int
    /// When to renew it.
    var next: Int

    init(lease: Bytes, duration: Int, start: Int) {
        self.lease = lease
        self.duration = duration
        end = start + duration
        next = start
    }

    /// How long a try may take, so that there can be another one, or the command be stopped in time.
    func patience(_ now: Int) -> Int { max(1, min(duration / 3, end - now)) }
}
