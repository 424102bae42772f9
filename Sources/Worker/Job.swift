import Base
import CPosix
import WorkQueue

/// Why a command is stopped.
enum Stop {
    /// It ran for too long.
    case tooLong
    /// Its lease is not held any more; or could not be renewed in time.
    case lost, unrenewed
    /// The worker ends.
    case ending
}

/// A command at work on an item.
struct Job {
    var holding: Holding
    let slot: Int
    let process: pid_t
    /// By the monotonic clock, and by the calendar's.
    let start: Int
    let time: Int
    var input: Feeding?
    var output: Capture?
    var errors: Capture?
    /// When it has run for too long.
    var limit: Int
    var stop: Stop?
    /// When its process group is killed.
    var killAt = Int.max
    /// How often it was.
    var kills = 0
    /// The status of the command, once it has ended; others of its process group may still be there.
    var ended: (code: Int32, bySignal: Bool)?

    /// Whether other processes of its group are left.
    var hasRemains: Bool { kill(-process, 0) == 0 }

    func signal(_ number: Int32) { kill(-process, number) }

    /// Asks the whole group to end.
    mutating func stop(_ why: Stop?, killAfter: Int) {
        if stop == nil { stop = why }
        guard killAt == Int.max else { return }
        signal(SIGTERM)
        // One that stopped itself would not hear it.
        signal(SIGCONT)
        killAt = monotonic() + killAfter
    }
}

/// What became of an item.
enum Fate {
    case completed
    case released(Release)
    /// Somebody else's by now: there is nothing to tell.
    case lost
}

extension Job {
    /// What the command's end means for its item.
    /// - Returns: also what a person is told.
    func fate(_ work: Work) -> (Fate, reason: Bytes) {
        let (code, bySignal) = ended ?? (0, false)
        if stop == .lost { return (.lost, Bytes("the lease was lost")) }
        if stop == .unrenewed { return (.lost, Bytes("the lease could not be renewed in time")) }
        var reason = work.name + (bySignal ? Bytes(": signal ") + signalName(code) : Bytes(": status \(code)".utf8))
        if stop == .tooLong {
            reason = work.name + Bytes(": still running after \(duration(work.maxTime))".utf8)
        } else if !bySignal, code == 0 {
            return (.completed, [])
        } else if stop == .ending {
            return (.released(Release(delay: 0, isCharged: false, reason: Bytes("the worker ended"))), reason)
        }
        if let line = errors?.lastLine, work.hasReasonFromErrors, !line.isEmpty { reason += Bytes(": ") + line }
        if stop == nil, !bySignal {
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
        guard stop == nil, let (code, bySignal) = ended, !bySignal else { return false }
        return code == Exit.cannotRun.rawValue || code == Exit.notFound.rawValue
    }
}

/// `KILL`, or its number where it has no common name.
private func signalName(_ number: Int32) -> Bytes {
    let names: [(Int32, StaticString)] = [
        (SIGHUP, "HUP"), (SIGINT, "INT"), (SIGQUIT, "QUIT"), (SIGILL, "ILL"), (SIGTRAP, "TRAP"), (SIGABRT, "ABRT"),
        (SIGBUS, "BUS"), (SIGFPE, "FPE"), (SIGKILL, "KILL"), (SIGUSR1, "USR1"), (SIGSEGV, "SEGV"), (SIGUSR2, "USR2"),
        (SIGPIPE, "PIPE"), (SIGALRM, "ALRM"), (SIGTERM, "TERM"), (SIGXCPU, "XCPU"), (SIGXFSZ, "XFSZ"),
        (SIGSYS, "SYS"),
    ]
    return names.first { $0.0 == number }.map { Bytes($0.1) } ?? Bytes("\(number)".utf8)
}
