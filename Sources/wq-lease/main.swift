import Base
import Shell
import WorkQueue

let count = Option("n", "count", "N", "lease up to N items (1)")
let lease = Option("l", "lease", "TIME", "hold the items for TIME: 10, 500ms, 10s, 5m, 1h", Defaults.lease)
let timeout = Option("t", "timeout", "TIME", "wait up to TIME for an item")
let forever = Option("w", "forever", "", "wait for an item, however long it takes")
let untilDrained = Option("", "until-drained", "", "wait until there is an item, or the queue is drained")
let strict = Option("", "strict", "", "exit with 4 if drained but some items are dead")
let fair = Option("", "fair", "", "ask several queues in turn, not the first one first")
let null = Option("0", "null", "", "end each record with a NUL, not with a newline")
let sh = Option("", "sh", "", "print shell assignments for eval, a line each")

Program(
    "wq-lease", "QUEUE...", "Lease the next item of a queue and print LEASE<TAB>ITEM.",
    [count, lease, timeout, forever, untilDrained, strict, fair, null, sh, .json],
    quiet: nil,
    notes: """
        Of several queues, the first that has an item gives it, and each record begins
        with the name of its queue.
        """
).run { (arguments) throws(Failure) in
    var request = LeaseRequest(owner: arguments.configuration.owner)
    request.stopsBeforeAdopting = arguments.configuration.isStopped(before: "adopt")
    request.count = try arguments.count(count) ?? 1
    request.duration = try arguments.leaseTime(lease)
    request.timeout = try arguments.duration(timeout)
    if arguments.has(forever), request.timeout != nil {
        throw Failure(.usage, "--forever and --timeout cannot be given together")
    }
    request.wait =
        arguments.has(untilDrained)
        ? .untilDrained : arguments.has(forever) || request.timeout != nil ? .forever : .none
    var turns = try arguments.turns(try arguments.queues(), fair)

    var printer = try LeasePrinter(try arguments.format(sh: sh, null: null), turns.queues)
    holdSignals()
    var session = try arguments.session()
    let answer = try session.lease(request, from: &turns) { (leases) throws(Failure) in try printer.print(leases) }
    if let refusal = try printer.releaseRefused(&session) { throw refusal }
    if answer == .drained {
        for queue in turns.unused { if let why = queue.failure(.unused) { warn(why.message) } }
        if arguments.has(strict), turns.dead > 0 { return .deadLeft }
    }
    return Exit(answer)
}
