import Base
import CPosix
import Shell
import WorkQueue

/// The messages of a worker, its job log, and its status line.
struct Journal {
    private let program: Bytes
    private let queue: Bytes
    private let isJSON: Bool
    private let isQuiet: Bool
    /// The descriptor of the job log; -1 if there is none.
    private let joblog: Int32
    /// Whether a line of status is kept on the terminal.
    let hasStatusLine: Bool
    /// How many items were completed, and how many attempts failed.
    private(set) var done = 0
    private(set) var failed = 0
    private let start = monotonic()
    /// Why the job log cannot be written any more, if so.
    private(set) var failure: Failure?
    /// When the line of status is to be drawn next, in ms of the monotonic clock.
    private(set) var wakeAt: Int

    /// The time between two drawings of the line of status, in ms.
    private static var interval: Int { 1000 }
    /// What has a terminal go to the beginning of the line and empty it.
    private static var emptyLine: Bytes { Bytes("\r\u{1B}[K") }

    init(_ work: Work, program: Bytes, queue: Bytes) throws(Failure) {
        self.program = program
        self.queue = queue
        isJSON = work.logsJSON
        isQuiet = work.isQuiet
        hasStatusLine = isatty(STDERR_FILENO) == 1 && !work.isQuiet && !work.logsJSON
        wakeAt = hasStatusLine ? 0 : .max
        guard let path = work.joblog else {
            joblog = -1
            return
        }
        joblog = withCString(path) { wq_open_to_append($0) }
        if joblog < 0 { throw .system(.inputOutput, "cannot open \(path.printable)", errno: wq_errno()) }
    }

    /// Writes a message about the worker itself.
    func tell(_ level: StaticString, _ message: String, to outlet: inout Outlet) {
        guard isJSON else { return say(message, &outlet) }
        let message = Bytes(Secrets.known.hidden(in: message).utf8)
        outlet.write(head(level, "worker") + jsonMember("message", message) + Bytes("}\n"))
    }

    private func say(_ message: String, _ outlet: inout Outlet) {
        if hasStatusLine { outlet.write(Self.emptyLine) }
        outlet.write(program + Bytes(": \(Secrets.known.hidden(in: message))\n".utf8))
    }

    /// Notes the fate of an item whose command ran: in the job log, and in a message unless all went well.
    mutating func note(_ job: Job, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        let status = job.status ?? .exited(0)
        let span = monotonic() - job.start
        write(job.holding.lease, time: job.time, span: span, code: status.code, signal: status.signal ?? 0)
        let more = ",\"slot\":\(job.slot),\"seconds\":\(inSeconds(span)),\"exit\":\(status.code)"
        note(job.holding.lease, fate, reason, more: more + (status.signal.map { ",\"signal\":\($0)" } ?? ""), &outlet)
    }

    /// Notes the fate of an item whose command could not be run.
    mutating func note(_ lease: Lease, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        write(lease, time: realtime(), span: nil, code: nil, signal: 0)
        note(lease, fate, reason, more: "", &outlet)
    }

    private mutating func note(
        _ lease: Lease, _ fate: Fate, _ reason: Bytes, more: String, _ outlet: inout Outlet
    ) {
        var (level, event, what): (StaticString, StaticString, StaticString) = ("warning", "failed", "was given back")
        switch fate {
        case .completed:
            done += 1
            (level, event) = ("info", "completed")
        case .released(let how):
            if how.isCharged { failed += 1 }
            if how.isDead { (event, what) = ("dead", "is dead") }
            if !how.isCharged { event = "released" }
        case .lost:
            failed += 1
            (event, what) = ("lost", "was stopped")
        }
        if isJSON {
            var line =
                head(level, event) + jsonMember("lease", lease.id) + Bytes(",\"attempt\":\(lease.attempt)\(more)".utf8)
            if !reason.isEmpty { line += jsonMember("reason", reason) }
            outlet.write(line + jsonMember("item", lease.item) + Bytes("}\n"))
        } else if !isQuiet, !reason.isEmpty {
            say("\(lease.id.printable) (attempt \(lease.attempt)) \(what): \(reason.printable)", &outlet)
        }
    }

    private func head(_ level: StaticString, _ event: StaticString) -> Bytes {
        let time = timestamp(realtime())
        return Bytes("{\"time\":\"\(time)\",\"level\":\"\(level)\",\"event\":\"\(event)\"".utf8)
            + jsonMember("queue", queue)
    }

    /// A line of the job log, in one write so that several workers can share the file.
    private mutating func write(_ lease: Lease, time: Int, span: Int?, code: Int32?, signal: Int32) {
        if joblog < 0 || failure != nil { return }
        var line = Bytes("\(inSeconds(time))\t".utf8)
        line += Bytes("\(span.map { inSeconds($0) } ?? "-")\t\(lease.attempt)\t".utf8)
        line += Bytes("\(code.map { "\($0)" } ?? "-")\t\(signal)\t".utf8)
        line += lease.id + Bytes("\t") + lease.item.escaped(backslash: true) + Bytes("\n")
        let written = Descriptor(joblog).write(line[...])
        if written.error == 0 { return }
        failure = .system(.inputOutput, "cannot write the job log", errno: written.error)
        // Half a line is removed, unless somebody else wrote after it.
        let end = lseek(joblog, 0, SEEK_CUR)
        if written.count > 0, lseek(joblog, 0, SEEK_END) == end { ftruncate(joblog, end - written.count) }
    }

    /// Redraws the line of status.
    mutating func show(_ now: Int, running: Int, left: Int?, to outlet: inout Outlet) {
        wakeAt = now + Self.interval
        let span = max(1, now - start)
        var text = "\(done) done  \(failed) failed  \(running) running  \(done * TimeUnit.second / span)/s"
        if let left { text += done > 0 ? "  \(roughly(left * span / done)) left" : "  \(left) left" }
        let width = Int(wq_columns(STDERR_FILENO))
        outlet.write(Self.emptyLine + text.utf8.prefix(max(0, width - 1)) + Bytes("\r"))
    }

    /// Removes the line of status.
    func clear(_ outlet: inout Outlet) {
        if hasStatusLine { outlet.write(Self.emptyLine) }
    }
}
