import Base
import Shell
import WorkQueue
import Worker

let lease = Option("l", "lease", "TIME", "hold them for TIME from now: 10, 500ms, 5m (60s)")
let max = Option("", "max", "TIME", "with a COMMAND: renew for no longer than TIME")
let grace = Option("", "grace", "TIME", "with a COMMAND: time from TERM to KILL (10s)")

Program(
    "wq-renew", "QUEUE LEASE... [-- COMMAND...]",
    "Extend leases; with a COMMAND, run it and extend its lease until it ends.", [lease, max, grace, .nullLeases],
    command: .afterDashes,
    notes: "The lease - stands for those on standard input, a line each, up to its TAB."
).run { (arguments) throws(Failure) in
    var how = Renewing()
    how.duration = try arguments.duration(lease) ?? how.duration
    if how.duration == 0 { throw Failure(.usage, "--lease must not be 0: such a lease would be lost at once") }
    if arguments.command.isEmpty {
        if arguments.has(max) || arguments.has(grace) {
            throw Failure(.usage, "--max and --grace need a COMMAND, which follows --")
        }
        return try arguments.settle(.renew(how.duration))
    }
    how.max = try arguments.duration(max) ?? how.max
    how.grace = try arguments.duration(grace) ?? how.grace
    let leases = arguments.rest
    guard leases.count == 1, !leases.first.equals("-") else {
        throw Failure(.usage, "a COMMAND needs one lease, given by its ID")
    }
    holdSignals()
    var session = try arguments.session()
    return try session.keep(leases.first, how, while: arguments.command)
}
