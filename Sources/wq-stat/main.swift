import Base
import Shell
import WorkQueue

let json = Option("", "json", "", "one JSON object a queue and line, with totals")
let prometheus = Option("", "prometheus", "", "metrics in the text format of Prometheus")
let totals = Option("", "totals", "", "also what was pushed, completed, ... so far")
let audit = Option("", "audit", "", "check that no item was lost or doubled; 1 if one was")
let watch = Option("", "watch", "", "show progress until the queue is drained")
let interval = Option("i", "interval", "TIME", "time between updates of --watch", Defaults.watchInterval)
let exitDrained = Option("", "exit-drained", "", "exit when drained even if output is not a terminal")

Program(
    "wq-stat", "QUEUE...", "Count the items of queues by state.",
    [json, prometheus, totals, audit, watch, interval, exitDrained]
).run { (arguments) throws(Failure) in
    let queues = try arguments.queues()
    var ways = 0
    for option in [json, prometheus, totals, audit, watch] where arguments.has(option) { ways += 1 }
    if ways > 1 {
        throw Failure(.usage, "--json, --prometheus, --totals, --audit and --watch exclude each other")
    }
    if !arguments.has(watch), arguments.has(interval) || arguments.has(exitDrained) {
        throw Failure(.usage, "--interval and --exit-drained need --watch")
    }
    if arguments.has(watch) {
        guard queues.count == 1 else { throw Failure(.usage, "--watch shows one queue") }
        let interval = try arguments.time(interval)
        if interval == 0 { throw Failure(.usage, "--interval must not be 0") }
        return try arguments.watch(interval: interval, exitDrained: arguments.has(exitDrained))
    }
    var session = try arguments.session()
    var counts: [(queue: Queue, census: Census)] = []
    for queue in queues {
        session.queue = queue
        counts.append((queue: queue, census: try session.census()))
    }
    if arguments.has(audit) { return try arguments.audit(counts) }
    let format: StatisticsFormat =
        arguments.has(json)
        ? .json
        : arguments.has(prometheus)
            ? .prometheus : .fields(naming: queues.count > 1, totals: arguments.has(totals))
    var output = Output.standard
    if !arguments.has(.quiet) { write(counts, as: format, to: &output) }
    try output.flush()
    return .done
}
