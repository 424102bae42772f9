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
    /// How the command ended, once it has; other processes of its group may still be there.
    var status: Status?

    /// Why the command was stopped, if it was.
    var stop: Stop? { stopping.why }

    /// Whether other processes of its group are left that may still be stopped.
    var hasRemains: Bool { !stopping.isHopeless && !process.isGone }

    /// Asks the whole group to end.
    /// - Parameter why: the reason; nil if the command has ended, and only what it left behind is stopped.
    mutating func stop(_ why: Stop?, at now: Int) {
        stopping.begin(why)
        if stop == .lost { holding.lost() }
        tend(now)
    }

    /// Sends the signal that is due, if one is, to a group that is being stopped.
    mutating func tend(_ now: Int) {
        if let step = stopping.step(at: now) { process.send(step) }
    }

    /// Why the command is to be stopped now; nil if it need not be, or is being stopped for that reason already.
    func mustStop(_ now: Int) -> Stop? {
        if stop == nil, now >= limit { return .tooLong }
        return stop != .lost && stop != .unrenewed && holding.hasEnded(now) ? .unrenewed : nil
    }

    /// When to look at the command again.
    /// - Parameter mayRenew: whether its lease can be renewed then.
    func wakeAt(_ now: Int, mayRenew: Bool) -> Int {
        let wake = status == nil ? stopping.wakeAt : now + Process.lookInterval
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
}

extension Job {
    /// What the command's end means for its item.
    /// - Returns: the fate, and the reason that a person is told and a dead item keeps; empty after success.
    func fate(_ work: Work) -> (Fate, reason: Bytes) {
        let status = status ?? .exited(0)
        if stop == .lost { return (.lost, Bytes("the lease was lost")) }
        if stop == .unrenewed { return (.lost, Bytes("the lease could not be renewed in time")) }
        var reason =
            work.name
            + (status.signal.map { Bytes(": signal ") + signalName($0) } ?? Bytes(": status \(status.code)".utf8))
        if stop == .tooLong {
            reason = work.name + Bytes(": still running after \(duration(work.maxTime))".utf8)
        } else if status == .exited(0) {
            return (.completed, [])
        } else if stop == .ending {
            return (.released(Release(delay: 0, isCharged: false, reason: Bytes("the worker ended"))), reason)
        }
        if let line = errors?.lastLine, work.hasReasonFromErrors, !line.isEmpty { reason += Bytes(": ") + line }
        if stop == nil, case .exited(let code) = status {
            if work.deadly.contains(Int(code)) { return (.released(Release(isDead: true, reason: reason)), reason) }
            if code == Exit.tryAgain.rawValue {
                return (
                    .released(Release(delay: Defaults.later.milliseconds, isCharged: false, reason: reason)), reason
                )
            }
            if code == Exit.cannotRun.rawValue || code == Exit.notFound.rawValue {
                return (.released(Release(delay: 0, isCharged: false, reason: reason)), reason)
            }
        }
        return (.released(Release(reason: reason)), reason)
    }

    /// Whether the command itself could not be run.
    var cannotRun: Bool {
        guard stop == nil, case .exited(let code) = status else { return false }
        return code == Exit.cannotRun.rawValue || code == Exit.notFound.rawValue
    }
}
