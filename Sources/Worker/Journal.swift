import Base
import CPosix
import Redis
import Shell
import WorkQueue

/// The messages of a worker, with its job log and its line of status.
struct Journal {
    private let program: Bytes
    private let queue: Bytes
    private let isJSON: Bool
    private let isQuiet: Bool
    private var joblog: Joblog
    var status: StatusLine
    private var tally = Tally()
    private let start = monotonic()

    init(_ work: Work, _ joblog: Joblog, program: Bytes, queue: Bytes) {
        self.program = program
        self.queue = queue
        isJSON = work.logsJSON
        isQuiet = work.isQuiet
        status = StatusLine(work)
        self.joblog = joblog
    }

    /// Why the job log cannot be written any more, if so.
    var failure: Failure? { joblog.failure }

    /// The descriptor of a job log whose reader is to take more; nil if nothing waits.
    var waiting: Int32? { joblog.waiting }

    /// Writes as much of the job log as its reader takes now.
    mutating func flush() { joblog.flush() }

    /// Writes a message about the worker itself.
    func tell(_ level: StaticString, _ message: String, to outlet: inout Outlet) {
        guard isJSON else { return say(message, &outlet) }
        let message = Bytes(Secrets.known.hidden(in: message).utf8)
        outlet.write(head(level, "worker") + jsonMember("message", message) + Bytes("}\n"))
    }

    private func say(_ message: String, _ outlet: inout Outlet) {
        if status.isThere { outlet.endLine() }
        outlet.write(program + Bytes(": \(Secrets.known.hidden(in: message))\n".utf8))
    }

    /// Notes the fate of an item whose command ran: in the job log, and in a message unless all went well.
    mutating func note(_ job: Job, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        let (slot, status, span) = (job.command.slot, job.toldStatus, monotonic() - job.start)
        joblog.write(job.holding.lease, Joblog.Run(time: job.time, span: span, slot: slot, status: status))
        var more = ",\"slot\":\(slot),\"seconds\":\(inSeconds(span))"
        if let status { more += ",\"exit\":\(status.code)" }
        if let signal = status?.signal { more += ",\"signal\":\(signal)" }
        note(job.holding.lease, fate, reason, more: more, &outlet)
    }

    /// Notes the fate of an item whose command could not be run.
    mutating func note(_ lease: Lease, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        joblog.write(lease, nil)
        note(lease, fate, reason, more: "", &outlet)
    }

    private mutating func note(
        _ lease: Lease, _ fate: Fate, _ reason: Bytes, more: String, _ outlet: inout Outlet
    ) {
        tally.note(lease, fate)
        var (level, event, what): (StaticString, StaticString, StaticString) = ("warning", "failed", "was given back")
        switch fate {
        case .completed: (level, event) = ("info", "completed")
        case .released(let how):
            if how.isCharged { what = "failed" } else { event = "released" }
            if how.isDead { (event, what) = ("dead", "is dead") }
        case .lost, .settled: (event, what) = ("lost", "was stopped")
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

    /// Notes that Redis does not have the settlement that was told of a lease.
    mutating func retract(_ lease: Bytes, _ settlement: Settlement, _ why: String, to outlet: inout Outlet) {
        if case .complete = settlement { tally.retractCompletion() }
        guard isJSON else { return say(why, &outlet) }
        outlet.write(
            head("warning", "lost") + jsonMember("lease", lease) + jsonMember("reason", Bytes(why.utf8)) + Bytes("}\n"))
    }

    private func head(_ level: StaticString, _ event: StaticString) -> Bytes {
        let time = timestamp(realtime())
        return Bytes("{\"time\":\"\(time)\",\"level\":\"\(level)\",\"event\":\"\(event)\"".utf8)
            + jsonMember("queue", queue)
    }

    /// Whether Redis is to be asked after how many attempts an item is dead.
    var needsLimit: Bool { tally.needsLimit && !isQuiet }

    mutating func askedForLimit() { tally.askedForLimit() }
    mutating func learn(limit answer: Value) { tally.learn(limit: answer) }
    mutating func lostConnection() { tally.lostConnection() }

    /// What this worker did so far, with the number of its commands that run.
    func own(_ now: Int, running: Int) -> StatusLine.Own {
        StatusLine.Own(done: tally.done, failed: tally.failed, running: running, span: now - start)
    }

    /// Says what was done, in a last line, unless no command ended or single items are not told of.
    func conclude(to outlet: inout Outlet) {
        if tally.isEmpty || isQuiet { return }
        let form: StaticString =
            isJSON
            ? ",\"done\":%,\"failed\":%,\"dead\":%,\"seconds\":%}\n" : "% done, % failed, % dead in % s"
        let text = filled(
            form, String(tally.done), String(tally.failed), String(tally.dead), inSeconds(monotonic() - start))
        if isJSON { outlet.write(head("info", "ended") + text.utf8) } else { say(text, &outlet) }
    }
}
