import Base
import Shell
import WorkQueue
import Worker

let lease = Option("l", "lease", "TIME", "hold them for TIME from now: 10, 500ms, 5m, 1h", Defaults.lease)
let max = Option("", "max", "TIME", "with a COMMAND: renew for no longer than TIME")
let grace = Option("", "grace", "TIME", "with a COMMAND: from TERM to KILL when it must stop", Defaults.renewGrace)

Program(
    "wq-renew", "QUEUE LEASE... [-- COMMAND...]",
    "Extend leases; with a COMMAND, run it and extend its lease until it ends.", [lease, max, grace, .nullLeases],
    command: .afterDashes,
    notes: "The lease - stands for those on standard input, a line each, up to its TAB."
).run { (arguments) throws(Failure) in
    var how = Renewing()
    how.duration = try arguments.time(lease)
    if how.duration == 0 { throw Failure(.usage, "a lease of no time is lost at once") }
    if arguments.command.isEmpty {
        if arguments.has(max) || arguments.has(grace) {
            throw Failure(.usage, "--max and --grace are about a COMMAND, which follows --")
        }
        return try arguments.settle(.renew(how.duration))
    }
    how.max = try arguments.duration(max) ?? how.max
    how.grace = try arguments.time(grace)
    let leases = arguments.rest
    guard leases.count == 1, !leases.first.equals("-") else {
        throw Failure(.usage, "one lease, named, is kept while a COMMAND runs")
    }
    holdSignals()
    var session = try arguments.session()
    return try session.keep(leases.first, how, while: arguments.command)
}
