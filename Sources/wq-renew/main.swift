import Base
import Shell
import WorkQueue
import Worker

let lease = Option("l", "lease", "TIME", "let the leases end TIME from now: 10, 500ms, 5m", Defaults.lease)
let max = Option("", "max", "TIME", "with a COMMAND: stop it after TIME")
let grace = Option("", "grace", "TIME", "with a COMMAND: time from TERM to KILL", Defaults.renewGrace)

Program(
    "wq-renew", "QUEUE LEASE... [-- COMMAND...]",
    "Extend leases; with a COMMAND, run it and extend its lease until it ends.", [lease, max, grace, .nullLeases],
    command: .afterDashes,
    notes: Option.inputLeases
).run { (arguments) throws(Failure) in
    var how = Renewing()
    how.duration = try arguments.leaseTime(lease)
    if arguments.command.isEmpty {
        if arguments.has(max) || arguments.has(grace) {
            throw Failure(.usage, "--max and --grace need a COMMAND, which follows --")
        }
        return try arguments.settle(.renew(how.duration))
    }
    how.max = try arguments.duration(max) ?? how.max
    how.grace = try arguments.time(grace)
    let leases = arguments.rest
    guard leases.count == 1, !leases.first.equals("-") else {
        throw Failure(.usage, "a COMMAND needs one lease, given by its ID")
    }
    holdSignals()
    var session = try arguments.session()
    return try session.keep(leases.first, how, while: arguments.command)
}
