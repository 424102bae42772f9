import Base
import Digest
import Shell
import WorkQueue

let orphanAfter = Option(
    "", "orphan-after", "TIME", "return rediswq items without a lease for TIME", Defaults.orphanAfter)
let strays = Option("", "strays", "", "search the whole queue for items in no state")

Program(
    "wq-reap", "QUEUE", "Return expired leases, and what rediswq clients left behind, to the queue.",
    [orphanAfter, strays, .json]
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let orphanAfter = try arguments.time(orphanAfter)
    var session = try arguments.session()
    let reaped = try session.reap(orphanAfter: orphanAfter, strays: arguments.has(strays), sha224: sha224)
    let counts: [(name: StaticString, count: Int)] = [
        ("requeued", reaped.requeued), ("dead", reaped.dead), ("orphans", reaped.orphans), ("strays", reaped.strays),
        ("lost", reaped.lost),
    ]
    if arguments.has(.quiet) { return .done }
    var output = Output.standard
    if arguments.has(.json) {
        output.write(jsonObject(counts.reduce([]) { $0 + jsonMember($1.name, $1.count) }))
    } else {
        for (name, count) in counts where count > 0 { output.write("\(name)\t\(count)\n") }
    }
    try output.flush()
    return .done
}
