import Base
import Digest
import Shell
import WorkQueue

let states = State.named.map { Option("", $0.name, "", $0.meaning) }
let producers = Option("", "producers", "", "pushes that hold the queue open")
let count = Option("n", "count", "N", "show at most N items of each state")
let long = Option("", "long", "", "into a pipe, also print since when it is in its state")

Program(
    "wq-list", "QUEUE",
    "Show the items of a queue, of all states if none is named.",
    states + [producers, count, long, .json], quiet: nil,
    notes: """
        Into a pipe it prints a line for each item, with TABs between the fields: ID,
        state, attempt, owner, ms that are left (dead: ms since then), with --long the
        time since when (UTC), reason, and the item with control characters escaped.
        A field that is not known is -.
        """,
    lists: true
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    var chosen: [State] = []
    for (state, option) in zip(State.named, states) where arguments.has(option) { chosen.append(state) }
    let isAll = chosen.isEmpty && !arguments.has(producers)
    if isAll { chosen = State.listed }
    let limit = try arguments.count(count) ?? Int.max
    var session = try arguments.session()
    var printer = EntryPrinter(json: arguments.has(.json), long: arguments.has(long), states: chosen)
    for state in chosen {
        try session.list(state, limit: limit, sha224: sha224) { (entries) throws(Failure) in
            try printer.print(entries)
        }
    }
    if isAll || arguments.has(producers) {
        let holds = try session.holds().prefix(limit).map { $0.entry }
        if !holds.isEmpty { try printer.print(holds) }
    }
    return .done
}
