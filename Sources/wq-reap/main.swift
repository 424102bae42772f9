import Base
import Digest
import Shell
import WorkQueue

let grace = Option("", "grace", "TIME", "how long an item of rediswq must lack its lease", Defaults.orphanGrace)
let strays = Option("", "strays", "", "search the whole queue for items in no state")

Program(
    "wq-reap", "QUEUE", "Return expired leases, and what rediswq clients left behind, to the queue.", [grace, strays]
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let grace = try arguments.time(grace)
    var session = try arguments.session()
    let reaped = try session.reap(grace: grace, strays: arguments.has(strays), sha224: sha224)
    var output = Output.standard
    if !arguments.has(.quiet) {
        if reaped.requeued > 0 { output.write("requeued\t\(reaped.requeued)\n") }
        if reaped.dead > 0 { output.write("dead\t\(reaped.dead)\n") }
        if reaped.orphans > 0 { output.write("orphans\t\(reaped.orphans)\n") }
        if reaped.strays > 0 { output.write("strays\t\(reaped.strays)\n") }
        if reaped.lost > 0 { output.write("lost\t\(reaped.lost)\n") }
    }
    try output.flush()
    return .done
}
