import Base
import Shell
import WorkQueue

let grace = Option("", "grace", "TIME", "how long a rediswq item must lack its lease", Defaults.orphanGrace)

Program(
    "wq-reap", "QUEUE", "Return expired leases, and what rediswq clients left behind, to the queue.", [grace]
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let grace = try arguments.time(grace)
    var session = try arguments.session()
    let reaped = try session.reap(grace: grace)
    var output = Output.standard
    if !arguments.has(.quiet) {
        if reaped.requeued > 0 { output.write("requeued\t\(reaped.requeued)\n") }
        if reaped.dead > 0 { output.write("dead\t\(reaped.dead)\n") }
        if reaped.orphans > 0 { output.write("orphans\t\(reaped.orphans)\n") }
    }
    try output.flush()
    return .done
}
