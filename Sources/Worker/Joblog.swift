import Base
import CPosix
import WorkQueue

/// The job log: a line of TAB-separated fields for each item, below a heading that a new file gets.
struct Joblog {
    /// What is known of a command that ran.
    struct Run {
        /// When it started, by the calendar, and for how long it ran, in ms.
        var time: Int
        var span: Int
        var slot: Int
        /// nil if there is none: the command was to answer, and ended without an answer.
        var status: Status?
    }

    /// -1 if there is none.
    private let descriptor: Int32
    private let owner: Bytes
    private let queue: Bytes
    /// Why it cannot be written any more, if so.
    private(set) var failure: Failure?

    private static var heading: StaticString {
        "start\tseconds\tattempt\tstatus\tsignal\tlease\tslot\towner\tqueue\titem\n"
    }

    /// - Throws: `.inputOutput` if the file cannot be opened.
    init(_ path: Bytes?, owner: Bytes, queue: Bytes) throws(Failure) {
        self.owner = owner
        self.queue = queue.escaped(backslash: true)
        guard let path else {
            descriptor = -1
            return
        }
        descriptor = withCString(path) { wq_open_to_append($0) }
        if descriptor < 0 { throw .system(.inputOutput, "cannot open \(path.printable)", errno: wq_errno()) }
        // Of several workers that begin at once, one writes the heading.
        wq_lock(descriptor)
        if lseek(descriptor, 0, SEEK_END) <= 0 { put(Bytes(Self.heading)) }
        wq_unlock(descriptor)
        if let failure { throw failure }
    }

    /// Writes a line, in one write so that several workers can share the file.
    /// - Parameter run: nil if the command could not be run.
    mutating func write(_ lease: Lease, _ run: Run?) {
        if descriptor < 0 || failure != nil { return }
        let status = run?.status
        let code = status.map { String($0.code) } ?? "-"
        let start = filled(
            "%\t%\t%\t%\t%\t%\t%\t", inSeconds(run?.time ?? realtime()), run.map { inSeconds($0.span) } ?? "-",
            String(lease.attempt), code, String(status?.signal ?? 0), lease.id.printable,
            run.map { String($0.slot) } ?? "-")
        let rest = owner + Bytes("\t") + queue + Bytes("\t") + lease.item.escaped(backslash: true) + Bytes("\n")
        put(Bytes(start.utf8) + rest)
    }

    private mutating func put(_ line: Bytes) {
        let written = Descriptor(descriptor).write(line[...])
        if written.error == 0 { return }
        failure = .system(.inputOutput, "cannot write the job log", errno: written.error)
        // Half a line is removed, unless somebody else wrote after it.
        let end = lseek(descriptor, 0, SEEK_CUR)
        if written.count > 0, lseek(descriptor, 0, SEEK_END) == end { ftruncate(descriptor, end - written.count) }
    }
}
