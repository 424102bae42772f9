import Base
import Redis
import Shell
import WorkQueue

let prometheus = Option("", "prometheus", "", "print metrics in the text format of Prometheus")
let totals = Option("", "totals", "", "also count what was pushed, completed, ... so far")
let reasons = Option("", "reasons", "", "count dead items by the reason why they died")
let audit = Option("", "audit", "", "check that no item was lost or doubled; 1 if one was")
let watch = Option("", "watch", "", "show progress until the queue is drained")
let interval = Option("i", "interval", "TIME", "time between updates of --watch", Defaults.watchInterval)
let untilDrained = Option("", "until-drained", "", "with --watch: exit when drained, even into a pipe")
let strict = Option("", "strict", "", "with --watch: exit with 4 if some items are dead")

/// Prints what was asked for.
/// - Parameter isOverview: whether no queue was named.
func show(
    _ statistics: Statistics, _ arguments: borrowing Arguments, naming: Bool, isOverview: Bool, to output: inout Output
) {
    if arguments.has(reasons) {
        if arguments.has(.json) {
            for (row, reasons) in zip(statistics.counts, statistics.reasons) {
                writeJSON(reasons, of: row.queue, to: &output)
            }
        } else {
            writeReasons(statistics.counts.map { $0.queue }, statistics.reasons, naming: naming, to: &output)
        }
    } else if arguments.has(.json) {
        write(statistics.counts, as: .json, to: &output)
    } else if arguments.has(prometheus) {
        write(statistics.counts, as: .prometheus(workers: statistics.workers), to: &output)
    } else if isOverview, !arguments.has(totals) {
        writeSummary(statistics.counts, to: &output)
    } else {
        write(statistics.counts, as: .fields(naming: naming, totals: arguments.has(totals)), to: &output)
    }
}

Program(
    "wq-stat", "[QUEUE]...", "Count the items of queues by state; without QUEUE, a line for each queue.",
    [.json, prometheus, totals, reasons, audit, watch, interval, untilDrained, strict], lists: true
).run { (arguments) throws(Failure) in
    let names = arguments.operands.isEmpty ? nil : try arguments.queues()
    var ways = 0
    for option in [prometheus, totals, reasons, audit, watch] where arguments.has(option) { ways += 1 }
    if ways > 1 {
        throw Failure(.usage, "--prometheus, --totals, --reasons, --audit and --watch exclude each other")
    }
    if arguments.has(.json), arguments.has(prometheus) {
        throw Failure(.usage, "--json and --prometheus exclude each other")
    }
    if !arguments.has(watch), arguments.has(interval) || arguments.has(untilDrained) || arguments.has(strict) {
        throw Failure(.usage, "--interval, --until-drained and --strict need --watch")
    }
    if arguments.has(watch) {
        guard names?.count == 1 else { throw Failure(.usage, "--watch shows one queue") }
        let interval = try arguments.time(interval)
        if interval == 0 { throw Failure(.usage, "--interval must not be 0") }
        return try arguments.watch(
            interval: interval, untilDrained: arguments.has(untilDrained), isStrict: arguments.has(strict))
    }
    var statistics = Statistics(
        strays: arguments.has(audit), reasons: arguments.has(reasons), workers: arguments.has(prometheus))
    let server = try arguments.configuration.server()
    let failure = try statistics.look(server, try arguments.connection(to: server), names)
    var output = Output.standard
    var answer = Exit.done
    if arguments.has(audit) {
        answer = try arguments.audit(statistics.counts, strays: statistics.strays)
    } else if !arguments.has(.quiet) {
        show(statistics, arguments, naming: names?.count != 1, isOverview: names == nil, to: &output)
    }
    try output.flush()
    if let failure { throw failure }
    return answer
}
