import Base
import CPosix
import Shell

/// A command that stays in this process' group and session, so that it has the terminal as this process has it. A guard is
/// its parent, and stops all that descends from it, also when this process is killed.
struct Ward {
    private let guardian: pid_t
    /// How the guard ended.
    private var end: Status?
    /// The signals from the kernel, which sends those of the terminal's keys to the command, too.
    private var shared: [Int32] = []

    /// Starts the command, which is looked up in `PATH`.
    /// - Parameter grace: from TERM to KILL for what the command leaves behind, in ms.
    init(_ command: ByteList, grace: Int) throws(Failure) {
        // What is left if the guard is killed becomes a child of this process.
        wq_adopt_strays()
        var text = ByteList()
        for index in 0..<command.count { text.append(Bytes(command[index]) + [0]) }
        do throws(SystemError) {
            guardian = Process.withVectors(
                try Process.find(text.first), text, arguments: text.count, environment: Process.environment()
            ) { wq_start_guarded($0, $1, $2, Int32(clamping: grace)) }
            if guardian < 0 { throw SystemError(code: -guardian) }
            // While this process is stopped, nothing renews the lease.
            wq_stop_together()
        } catch {
            throw Self.failure(command, error.code)
        }
    }

    private static func failure(_ command: ByteList, _ code: Int32) -> Failure {
        let exit: Exit = code == ENOENT ? .notFound : .cannotRun
        return .system(exit, "cannot run \(command[0].printable)", errno: code)
    }

    /// How the command ended, once nothing of it is left.
    /// - Throws: `.notFound` or `.cannotRun` if it could not be started; `.no` if the guard was killed.
    mutating func ended(_ command: ByteList) throws(Failure) -> Status? {
        while let (child, status) = nextEnd() {
            if child == guardian { end = status }
        }
        guard let end else { return nil }
        if end.signal != nil {
            wq_kill_descendants(nil)
            throw Failure(.no, "the guard of the command was killed: the command was stopped")
        }
        var code: Int32 = 0
        var wasSignalled = false
        let error = wq_guarded_end(&code, &wasSignalled)
        if error != 0 { throw Self.failure(command, error) }
        return wasSignalled ? .signalled(code) : .exited(code)
    }

    /// Passes a signal on, unless the command got it, too.
    mutating func hear(_ signal: (number: Int32, isFromKernel: Bool)) {
        if signal.number == SIGCHLD { return }
        if signal.isFromKernel { shared.append(signal.number) } else { wq_order_signal(signal.number) }
    }

    /// Ends this process by the signal that ended the command, if both got it: the script that this process is part of must
    /// hear of Ctrl-C as well.
    func dieAlike(_ status: Status) {
        if let number = status.signal, shared.contains(number) { wq_die_by(number) }
    }
}
