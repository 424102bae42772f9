import Base
import CPosix

/// A small process that kills what the commands started if this process is killed. It shares a table of their sessions, and
/// reads it only then, so that a command costs it nothing.
struct Guard {
    private let sessions: UnsafeMutablePointer<wq_session>
    private let count: Int
    private var process: pid_t

    /// Starts the guard.
    /// - Parameter count: how many sessions there are at once, at most.
    /// - Throws: `.inputOutput` if there is no memory to share. A guard that cannot be started is no failure: see `failure`.
    init(of count: Int) throws(Failure) {
        guard let sessions = wq_share_sessions(Int32(clamping: count)) else {
            throw .system(.inputOutput, "cannot share memory", errno: wq_errno())
        }
        self.sessions = sessions
        self.count = count
        process = wq_start_guard(sessions, Int32(clamping: count))
    }

    /// Why there is no guard: an errno; 0 if there is one.
    var failure: Int32 { process < 0 ? -process : 0 }

    /// Where the session of the command in that slot, counted from 1, is noted.
    func session(_ slot: Int) -> UnsafeMutablePointer<wq_session> { sessions + (slot - 1) }

    /// Notes that the session of that slot is over.
    func forget(_ slot: Int) { session(slot).pointee.id = 0 }

    /// Notes the end of a child: if it was the guard, there is a new one.
    mutating func noteEnd(of child: pid_t) {
        if child == process { process = wq_start_guard(sessions, Int32(clamping: count)) }
    }

    /// Ends the guard.
    mutating func end() {
        if process > 0 { wq_end_guard(process) }
        process = 0
    }
}
