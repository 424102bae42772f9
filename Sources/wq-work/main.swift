import Base
import Shell
import WorkQueue
import Worker

let jobs = Option("j", "jobs", "N", "run up to N commands at once (1; 0: one for each core)")
let lease = Option("l", "lease", "TIME", "lease items for TIME, and renew it meanwhile", Defaults.workLease)
let prefetch = Option("", "prefetch", "N", "lease N items ahead (by pace; 0: none)")
let input = Option("", "stdin", "", "give the item on standard input, not as an argument")
let also = Option("", "also", "QUEUE", "take items of this QUEUE, too, after the others")
let fair = Option("", "fair", "", "ask several queues in turn, not the first one first")
let batch = Option("", "batch", "N", "give a command up to N items (1)")
let feed = Option("", "feed", "", "COMMAND lives: it reads items and writes statuses")
let null = Option("0", "null", "", "where items are lines of input, end them with a NUL")
let deadOn = Option("", "dead-on", "STATUSES", "exit statuses that make an item dead, besides 65: 2,9")
let maxTime = Option("", "max-time", "TIME", "stop a command that runs longer than TIME")
let killAfter = Option("", "kill-after", "TIME", "time from TERM to KILL when a command is stopped", Defaults.killAfter)
let grace = Option("", "grace", "TIME", "on TERM, INT or QUIT, let commands run for TIME", Defaults.grace)
let reasonFromStderr = Option("", "reason-from-stderr", "", "keep the last line of standard error as the reason")
let forever = Option("w", "forever", "", "wait for more when the queue is drained")
let strict = Option("", "strict", "", "exit with 4 if drained but some items are dead")
let maxItems = Option("", "max-items", "N", "end after N items")
let maxTimeTotal = Option("", "max-time-total", "TIME", "begin no items after TIME, and end")
let untilIdle = Option("", "until-idle", "TIME", "end after TIME without an item")
let tag = Option("", "tag", "", "begin each line of output with the item and a TAB")
let group = Option("", "group", "", "print each command's output in one piece")
let dryRun = Option("", "dry-run", "", "print the commands for what is ready, and run none")
let joblog = Option("", "joblog", "FILE", "append a line for each item to FILE")
let json = Option("", "json", "", "write messages, and items for --feed, as JSON")
let heartbeat = Option("", "heartbeat-file", "FILE", "touch FILE each second")

extension Arguments {
    /// How items are written to commands that live; nil if commands end with their items.
    fileprivate func feedFormat() throws(Failure) -> Format? {
        guard has(feed) else {
            if has(null), !has(input) || !has(batch) {
                throw Failure(.usage, "--null is for --feed, and for --stdin with --batch")
            }
            return nil
        }
        for other in [batch, input, tag, group, dryRun] where has(other) {
            throw Failure(.usage, "--feed and --\(other.long) exclude each other")
        }
        if has(null), has(json) { throw Failure(.usage, "--null and --json exclude each other") }
        return has(json) ? .json : line
    }

    /// An item as a line.
    private var line: Format { .line(end: has(null) ? 0 : UInt8(ascii: "\n"), isTerminal: false) }

    /// Reads how many items a command gets at once, and how.
    fileprivate func readBatch(into work: inout Work) throws(Failure) {
        guard let most = try count(batch) else { return }
        if most > Work.largestBatch {
            throw Failure(.usage, "--batch takes a number up to \(Work.largestBatch), not '\(most)'")
        }
        work.batch = most
        if work.isInput {
            work.lines = line
        } else if most > 1, work.hasPlaceForOne {
            throw Failure(.usage, "with --batch, {} and the like must be words of their own behind COMMAND's name")
        }
    }
}

Program(
    "wq-work", "QUEUE [--] COMMAND [ARG]...", "Run a command for each item of a queue, until it is drained.",
    [
        jobs, lease, prefetch, also, fair, input, batch, feed, null, deadOn, maxTime, killAfter, grace,
        reasonFromStderr, forever, strict, maxItems, maxTimeTotal, untilIdle, tag, group, dryRun, joblog, json,
        heartbeat,
    ],
    command: .afterQueue, quiet: Option("q", "quiet", "", "no messages on single items, only warnings and errors"),
    notes: """
        The item is the last argument, or stands wherever COMMAND has {}. Of a path
        {.} has no extension, {/} is the last part, {/.} that without extension, and
        {//} the folder. It is in WQ_ITEM, too, beside WQ_LEASE, WQ_QUEUE, WQ_ATTEMPT
        and WQ_SLOT.
        The status of COMMAND decides: 0 completes the item, 75 returns it for later,
        65 makes it dead, any other is a failed attempt. Its standard input is empty.
        With --batch it gets several items, each an argument or with --stdin a line, and
        if it fails each is given to a command of its own, whose status decides.
        With --feed it reads items and writes such statuses, a line for each.
        """,
    lists: true
).run { (arguments) throws(Failure) in
    let turns = try arguments.turns(try arguments.queues(also), fair)
    if arguments.command.isEmpty { throw Failure(.usage, "a COMMAND is needed") }
    var work = Work(arguments.command, turns, owner: arguments.configuration.owner)
    work.jobs = try arguments.jobs(jobs) ?? work.jobs
    work.prefetch = try arguments.number(prefetch)
    work.duration = try arguments.leaseTime(lease)
    work.isInput = arguments.has(input)
    work.feed = try arguments.feedFormat()
    try arguments.readBatch(into: &work)
    if work.feed != nil, work.hasPlaceForItem {
        throw Failure(.usage, "with --feed the item is on standard input: COMMAND must have no {} or the like")
    }
    work.deadly += try arguments.statuses(deadOn)
    work.maxTime = try arguments.duration(maxTime) ?? work.maxTime
    if work.maxTime == 0 { throw Failure(.usage, "--max-time must not be 0: every command would fail at once") }
    work.killAfter = try arguments.time(killAfter)
    work.grace = try arguments.time(grace)
    work.hasReasonFromErrors = arguments.has(reasonFromStderr)
    work.isForever = arguments.has(forever)
    work.isStrict = arguments.has(strict)
    work.maxItems = try arguments.count(maxItems) ?? work.maxItems
    work.maxTotal = try arguments.duration(maxTimeTotal) ?? work.maxTotal
    work.untilIdle = try arguments.duration(untilIdle) ?? work.untilIdle
    work.arrangement.temporaryFolder = arguments.configuration.temporaryFolder
    work.arrangement.isTagged = arguments.has(tag)
    work.arrangement.isGrouped = arguments.has(group)
    work.joblog = arguments.value(joblog)
    work.heartbeat = arguments.value(heartbeat)
    work.logsJSON = arguments.has(json)
    work.isQuiet = arguments.has(.quiet)
    if arguments.has(dryRun) { return try arguments.rehearse(work) }
    return try arguments.run(work, program: "wq-work")
}
