import Base
import CPosix
import WorkQueue

/// Why a command is stopped.
enum Stop {
    /// The command ran for too long.
    case tooLong
    /// The lease is not held any more; or it could not be renewed in time.
    case lost, unrenewed
    /// The worker ends.
    case ending
}

/// A command at work on an item. Times are in ms, those of the monotonic clock.
struct Job {
    var holding: Holding
    let slot: Int
    let process: Process
    let start: Int
    /// When the command started by the calendar, in ms since 1970.
    let time: Int
    var input: Feeding?
    var output: Capture?
    var errors: Capture?
    /// When the command will have run for too long; `Int.max` if there is no limit.
    let limit: Int
    var stopping: Stopping<Stop>
    /// How the command ended, once it has; others of its session may still be there.
    var status: Status?
    /// When nothing of the command was left, once that is so.
    var goneAt: Int?
    /// How much the worker must have written until the command's output is out, of standard output and errors.
    var marks = (output: 0, errors: 0)
    /// Since when the command, which was stopped together with the worker, waits for a renewal to say that its lease is held
    /// still; nil if it does not wait.
    var doubtedAt: Int?
    /// Whether the lease was found lost before it ended.
    var isSettled = false
    /// Why nobody can take its output any more: an errno, or 0.
    var outputError: Int32 = 0

    /// Why the command was stopped, if it was.
    var stop: Stop? { stopping.why }

    /// Whether other processes of its session are left that may still be stopped.
    var hasRemains: Bool { !stopping.isHopeless && !process.isGone }

    /// Whether the command's output goes through the worker.
    var isCaptured: Bool { output != nil || errors != nil }

    /// For how long before a signal to the worker a command's end by such a signal may be due to the same cause, in ms.
    private static var signalInterval: Int { 200 }

    /// Until when it is open whether the command ended by a signal that was sent to the worker, too; nil if it is not.
    var openUntil: Int? {
        guard let goneAt, stop == nil, status?.isByRequest == true else { return nil }
        return goneAt + Self.signalInterval
    }

    /// Asks the whole session to end; without a reason, what the command left behind.
    mutating func stop(_ why: Stop?, at now: Int) {
        stopping.begin(why)
        if why == .lost, doubtedAt == nil, !holding.hasEnded(now) { isSettled = true }
        // TERM wakes it.
        doubtedAt = nil
        if stop == .lost { holding.lost() }
        tend(now)
    }

    /// Has the command go on after the worker was stopped with it; if its lease has ended since, not before a renewal.
    mutating func resume(at now: Int) {
        if goneAt != nil { return }
        if stop == nil, holding.hasEnded(now) {
            holding.doubt(at: now)
            doubtedAt = now
        } else {
            process.send(SIGCONT)
        }
    }

    /// Notes a renewal.
    mutating func renewed(at sent: Int) {
        if let doubtedAt {
            // It was sent before the worker was stopped.
            if sent < doubtedAt { return }
            process.send(SIGCONT)
        }
        doubtedAt = nil
        holding.renewed(at: sent)
    }

    /// Sends what is due to a session that is stopped.
    mutating func tend(_ now: Int) {
        guard goneAt == nil, let step = stopping.step(at: now) else { return }
        stopping.reached(process.send(step.signal))
    }

    /// Why the command is to be stopped now; nil if it need not be, or is being stopped for that reason already.
    func mustStop(_ now: Int) -> Stop? {
        if stop == nil, now >= limit { return .tooLong }
        return stop != .lost && stop != .unrenewed && holding.hasEnded(now) ? .unrenewed : nil
    }

    /// When to look at the command again.
    /// - Parameter mayRenew: whether its lease can be renewed then.
    func wakeAt(_ now: Int, mayRenew: Bool) -> Int {
        var wake = stopping.wakeAt
        if goneAt != nil {
            wake = openUntil.map { $0 > now ? $0 : .max } ?? .max
        } else if status != nil {
            wake = now + Process.lookInterval
        }
        if stop == nil { return min(wake, limit, holding.wakeAt(mayRenew: mayRenew)) }
        return mayRenew ? min(wake, holding.renewAt) : wake
    }
}

/// What became of an item.
enum Fate {
    case completed
    case released(Release)
    /// The item is somebody else's by now: Redis is told nothing.
    case lost
    /// So it is, since somebody completed, released or dropped it while its lease lasted.
    case settled
}

extension Job {
    /// What the command's end means for its item.
    /// - Parameter isInterrupted: whether the worker was asked to end by a signal.
    /// - Returns: also what a person is told.
    func fate(_ work: Work, isInterrupted: Bool) -> (Fate, reason: Bytes) {
        let status = status ?? .exited(0)
        if stop == .lost { return (isSettled ? .settled : .lost, Bytes("the lease was lost")) }
        if stop == .unrenewed { return (.lost, Bytes("the lease could not be renewed in time")) }
        var reason =
            work.name
            + (status.signal.map { Bytes(": signal ") + signalName($0) } ?? Bytes(": status \(status.code)".utf8))
        if outputError != 0 { return free("its output could not be written", reason) }
        if stop == .tooLong {
            reason = work.name + Bytes(": still running after \(duration(work.maxTime))".utf8)
        } else if status == .exited(0) {
            return (.completed, [])
        } else if stop == .ending || isInterrupted && status.isByRequest {
            return free("the worker ended", reason)
        }
        if let line = errors?.lastLine, work.hasReasonFromErrors, !line.isEmpty { reason += Bytes(": ") + line }
        if stop == nil, case .exited(let code) = status {
            if work.deadly.contains(Int(code)) { return (.released(Release(isDead: true, reason: reason)), reason) }
            if code == Exit.tryAgain.rawValue {
                return (
                    .released(Release(delay: Defaults.later.milliseconds, isCharged: false, reason: reason)), reason
                )
            }
        }
        return (.released(Release(reason: reason)), reason)
    }

    /// The item goes back at once, since its command is not to blame.
    /// - Parameter end: how the command ended.
    private func free(_ why: StaticString, _ end: Bytes) -> (Fate, reason: Bytes) {
        (.released(Release(delay: 0, isCharged: false, reason: Bytes(why))), end + Bytes(": ") + Bytes(why))
    }
}
