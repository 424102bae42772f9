import Base
import Shell
import WorkQueue

let count = Option("n", "count", "N", "lease up to N items (1)")
let lease = Option("l", "lease", "TIME", "hold the items for TIME: 10, 500ms, 10s, 5m, 1h", Defaults.lease)
let timeout = Option("t", "timeout", "TIME", "wait up to TIME for an item")
let wait = Option("w", "wait", "", "wait for an item forever")
let untilDrained = Option("", "until-drained", "", "wait until there is an item, or the queue is drained")
let strict = Option("", "strict", "", "answer 4 if drained, but some items are dead")
let null = Option("0", "null", "", "end each record with a NUL, not with a newline")
let format = Option("", "format", "FORMAT", "print records as line, sh (for eval) or json (line)")

Program(
    "wq-lease", "QUEUE", "Lease the next item of a queue and print LEASE<TAB>ITEM.",
    [count, lease, timeout, wait, untilDrained, strict, null, format],
    quiet: "write no message about items that cannot be printed"
).run { (arguments) throws(Failure) in
    var request = LeaseRequest(owner: arguments.configuration.owner)
    request.stopsBeforeAdopting = arguments.configuration.isStopped(before: "adopt")
    request.count = try arguments.count(count) ?? 1
    request.duration = try arguments.leaseTime(lease)
    request.timeout = try arguments.duration(timeout)
    if arguments.has(wait), request.timeout != nil {
        throw Failure(.usage, "--wait waits forever: it cannot be given together with --timeout")
    }
    request.wait =
        arguments.has(untilDrained)
        ? .untilDrained : arguments.has(wait) || request.timeout != nil ? .forever : .none
    try arguments.nothingElse()

    var printer = LeasePrinter(try Format(arguments.value(format), null: arguments.has(null)))
    holdSignals()
    var session = try arguments.session()
    let answer = try session.lease(request) { (leases) throws(Failure) in try printer.print(leases) }
    if let refusal = try printer.releaseRefused(&session) {
        if arguments.has(.quiet) { return refusal.exit }
        throw refusal
    }
    if answer == .drained, arguments.has(strict), session.sighting.last.dead > 0 { return .deadLeft }
    return Exit(answer)
}
