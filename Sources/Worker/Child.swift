import Base
import CPosix

/// A command that was started, in a process group of its own.
struct Child {
    private let pid: pid_t

    /// Starts the command, which is looked up in `PATH`.
    /// - Throws: `.notFound` or `.cannotRun`, with why.
    init(_ command: ByteList) throws(Failure) {
        var words: [UnsafeMutablePointer<CChar>?] = []
        for index in 0..<command.count {
            words.append(
                withCString(command[index]) { strdup($0) })
        }
        words.append(nil)
        pid = wq_spawn(words)
        for word in words { free(word) }
        guard pid > 0 else {
            throw .system(pid == -ENOENT ? .notFound : .cannotRun, "cannot run \(command[0].printable)", errno: -pid)
        }
    }

    /// The status as a shell would call it, once the command has ended.
    func status() -> Int32? {
        var status: Int32 = 0
        guard wq_has_ended(pid, &status) else { return nil }
        return status
    }

    /// Whether none of the command's processes is left, after its status was taken.
    var isGone: Bool { wq_is_gone(pid) }

    /// Sends the signal to all processes of the command.
    func signal(_ number: Int32) { kill(-pid, number) }
}
