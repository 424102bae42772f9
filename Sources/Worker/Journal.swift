import Base
import CPosix
import Redis
import Shell
import WorkQueue

/// The messages of a worker, with its job log and its line of status.
struct Journal {
    private let program: Bytes
    private let queues: [Queue]
    private let isJSON: Bool
    private let isQuiet: Bool
    private var joblog: Joblog
    var status: StatusLine
    private var tally: Tally
    private let start = monotonic()

    init(_ work: Work, _ joblog: Joblog, program: Bytes) {
        self.program = program
        queues = work.turns.queues
        isJSON = work.logsJSON
        isQuiet = work.isQuiet
        status = StatusLine(work)
        tally = Tally(queues: queues.count)
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
        outlet.write(event(level, "worker", of: 0, jsonMember("message", message)))
    }

    private func say(_ message: String, _ outlet: inout Outlet) {
        if status.isThere { outlet.endLine() }
        outlet.write(program + Bytes(": \(Secrets.known.hidden(in: message))\n".utf8))
    }

    /// Notes the fate of an item whose command ran: in the job log, and in a message unless all went well.
    mutating func note(_ job: Job, _ lease: Lease, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        let (slot, status, span) = (job.command.slot, job.toldStatus, monotonic() - job.start)
        joblog.write(lease, Joblog.Run(time: job.time, span: span, slot: slot, status: status))
        note(lease, fate, reason, more: isJSON ? members(of: job) : [], &outlet)
    }

    /// Says that items whose command failed go one by one from here on.
    func tellParted(_ job: Job, _ count: Int, _ reason: Bytes, to outlet: inout Outlet) {
        if isJSON {
            let members = jsonMember("items", count) + members(of: job) + jsonMember("reason", reason)
            outlet.write(event("warning", "parted", of: job.holding.lease.queue, members))
        } else if !isQuiet {
            say("\(count) items go one by one, since a command with all of them failed: \(reason.printable)", &outlet)
        }
    }

    /// How the command ran, as members of a JSON object.
    private func members(of job: Job) -> Bytes {
        let (status, span) = (job.toldStatus, monotonic() - job.start)
        var members = jsonMember("slot", job.command.slot) + jsonMember("seconds", json: Bytes(inSeconds(span).utf8))
        if let status { members += jsonMember("exit", Int(status.code)) }
        if let signal = status?.signal { members += jsonMember("signal", Int(signal)) }
        return members
    }

    /// Notes the fate of an item whose command could not be run.
    mutating func note(_ lease: Lease, _ fate: Fate, _ reason: Bytes, to outlet: inout Outlet) {
        joblog.write(lease, nil)
        note(lease, fate, reason, more: [], &outlet)
    }

    private mutating func note(
        _ lease: Lease, _ fate: Fate, _ reason: Bytes, more: Bytes, _ outlet: inout Outlet
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
            var members = jsonMember("lease", lease.id) + jsonMember("attempt", lease.attempt) + more
            if !reason.isEmpty { members += jsonMember("reason", reason) }
            outlet.write(self.event(level, event, of: lease.queue, members + jsonMember("item", lease.item)))
        } else if !isQuiet, !reason.isEmpty {
            let whence = queues.count > 1 ? "\(queues[lease.queue].name.printable): " : ""
            say("\(whence)\(lease.id.printable) (attempt \(lease.attempt)) \(what): \(reason.printable)", &outlet)
        }
    }

    /// Notes that Redis does not have the settlement that was told of a lease.
    mutating func retract(
        _ lease: Bytes, of queue: Int, _ settlement: Settlement, _ why: String, to outlet: inout Outlet
    ) {
        if case .complete = settlement { tally.retractCompletion() }
        guard isJSON else { return say(why, &outlet) }
        let members = jsonMember("lease", lease) + jsonMember("reason", Bytes(why.utf8))
        outlet.write(event("warning", "lost", of: queue, members))
    }

    /// The line of an event: an object with these members behind those that all have.
    private func event(_ level: StaticString, _ event: StaticString, of queue: Int, _ members: Bytes) -> Bytes {
        let (level, event) = (Bytes("\(level)".utf8), Bytes("\(event)".utf8))
        let start = jsonMember("time", Bytes(timestamp(realtime()).utf8)) + jsonMember("level", level)
        return jsonObject(start + jsonMember("event", event) + jsonMember("queue", queues[queue].name) + members)
    }

    /// The queue of which Redis is to be asked after how many attempts an item is dead; nil if there is none.
    var queueWithoutLimit: Int? { isQuiet ? nil : tally.queueWithoutLimit }

    mutating func askedForLimit(of queue: Int) { tally.askedForLimit(of: queue) }
    /// Takes in after how many attempts an item is dead in each queue.
    mutating func learn(limit answer: Value, of queue: Int) { tally.learn(limit: answer, of: queue) }
    mutating func lostConnection() { tally.lostConnection() }

    /// What this worker did so far, with the number of its commands that run.
    func own(_ now: Int, running: Int) -> StatusLine.Own {
        StatusLine.Own(done: tally.done, failed: tally.failed, running: running, span: now - start)
    }

    /// Says what was done, in a last line, unless no command ended or single items are not told of.
    func conclude(to outlet: inout Outlet) {
        if tally.isEmpty || isQuiet { return }
        let seconds = inSeconds(monotonic() - start)
        if isJSON {
            let counts =
                jsonMember("done", tally.done) + jsonMember("failed", tally.failed) + jsonMember("dead", tally.dead)
            outlet.write(event("info", "ended", of: 0, counts + jsonMember("seconds", json: Bytes(seconds.utf8))))
        } else {
            say("\(tally.done) done, \(tally.failed) failed, \(tally.dead) dead in \(seconds) s", &outlet)
        }
    }
}
