import Base
import Shell
import WorkQueue

let force = Option("", "force", "", "remove it even while leases are live")

Program("wq-purge", "QUEUE", "Remove a queue: its items, settings and counters.", [force], quiet: nil).run {
    (arguments) throws(Failure) in
    try arguments.nothingElse()
    var session = try arguments.session()
    guard let live = try session.purge(force: arguments.has(force)) else { return .done }
    throw Failure(
        .no,
        "\(session.queue.name.printable) has \(live) live \(live == 1 ? "lease" : "leases"): nothing was removed;"
            + " wait for the workers, or use --force")
}
