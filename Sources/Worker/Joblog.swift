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
    /// What is written to a log that is no file and whose reader may be slow.
    private var outlet: Outlet?
    private let owner: Bytes
    private let queues: [Bytes]
    /// Why it cannot be written any more, if so.
    private(set) var failure: Failure?

    private static var heading: StaticString {
        "start\tseconds\tattempt\tstatus\tsignal\tlease\tslot\towner\tqueue\titem\n"
    }

    /// How often, and with what pause in ms, the file's lock is tried. Whoever starts a worker may hold it, for as long as that
    /// runs.
    private static var tries: Int { 50 }
    private static var pause: Int32 { 10 }

    /// Returns nil if the file is a FIFO that nobody reads yet.
    /// - Throws: `.inputOutput` if the file cannot be opened.
    init?(_ work: Work) throws(Failure) {
        owner = work.owner
        queues = work.turns.queues.map { $0.name.escaped(backslash: true) }
        guard let path = work.joblog else {
            descriptor = -1
            return
        }
        descriptor = withCString(path) { wq_open_to_append($0) }
        if descriptor < 0 {
            let error = wq_errno()
            if error == ENXIO, withCString(path, { wq_is_fifo($0) }) { return nil }
            throw .system(.inputOutput, "cannot open \(path.printable)", errno: error)
        }
        if !wq_is_regular(descriptor) { outlet = Outlet(own: descriptor) }
        writeHeading()
        if let failure { throw failure }
    }

    /// Writes the heading of a new file: of several workers that begin at once, one does.
    private mutating func writeHeading() {
        var hasLock = wq_lock(descriptor)
        for _ in 1..<Self.tries where !hasLock {
            _ = wq_poll(-1, 0, Self.pause, false)
            hasLock = wq_lock(descriptor)
        }
        if lseek(descriptor, 0, SEEK_END) <= 0 { put(Bytes(Self.heading)) }
        if hasLock { wq_unlock(descriptor) }
    }

    /// The descriptor of a log whose reader is to take more; nil if nothing waits.
    var waiting: Int32? { outlet?.isEmpty == false ? descriptor : nil }

    /// Writes as much as a slow reader takes now.
    mutating func flush() {
        outlet?.flush()
        if let error = outlet?.failure, error != 0 { fail(error) }
    }

    private mutating func fail(_ error: Int32) {
        failure = .system(.inputOutput, "cannot write the job log", errno: error)
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
        let whence = owner + Bytes("\t") + queues[lease.queue] + Bytes("\t")
        put(Bytes(start.utf8) + whence + lease.item.escaped(backslash: true) + Bytes("\n"))
    }

    private mutating func put(_ line: Bytes) {
        if outlet != nil {
            outlet?.write(line)
            return flush()
        }
        let written = Descriptor(descriptor).write(line[...])
        if written.error == 0 { return }
        fail(written.error)
        // Half a line is removed, unless somebody else wrote after it.
        let end = lseek(descriptor, 0, SEEK_CUR)
        if written.count > 0, lseek(descriptor, 0, SEEK_END) == end { ftruncate(descriptor, end - written.count) }
    }
}
