import Base
import Shell
import WorkQueue
import Worker

let lease = Option("l", "lease", "TIME", "let the leases end TIME from now: 10, 500ms, 5m", Defaults.lease)
let maxTime = Option("", "max-time", "TIME", "with a COMMAND: stop it after TIME")
let killAfter = Option(
    "", "kill-after", "TIME", "with a COMMAND: time from TERM to KILL", Defaults.killAfter)

Program(
    "wq-renew", "QUEUE LEASE... [-- COMMAND...]",
    "Extend leases; with a COMMAND, run it and extend its lease until it ends.",
    [lease, maxTime, killAfter, .nullLeases, .json],
    command: .afterDashes,
    notes: Option.inputLeases
).run { (arguments) throws(Failure) in
    var how = Renewing()
    how.duration = try arguments.leaseTime(lease)
    if arguments.command.isEmpty {
        if arguments.has(maxTime) || arguments.has(killAfter) {
            throw Failure(.usage, "--max-time and --kill-after need a COMMAND, which follows --")
        }
        return try arguments.settle(.renew(how.duration))
    }
    how.maxTime = try arguments.duration(maxTime) ?? how.maxTime
    how.killAfter = try arguments.time(killAfter)
    let leases = arguments.rest
    guard leases.count == 1, !leases.first.equals("-") else {
        throw Failure(.usage, "a COMMAND needs one lease, given by its ID")
    }
    holdSignals()
    var session = try arguments.session()
    return try session.keep(leases.first, how, while: arguments.command)
}
