import Base
import Shell
import WorkQueue

let ready = Option("", "ready", "", "items that wait, the next one first")
let leased = Option("", "leased", "", "items that are being worked on")
let delayed = Option("", "delayed", "", "items that become ready later")
let dead = Option("", "dead", "", "items that were given up")
let arriving = Option("", "arriving", "", "items on their way to a program that waits")
let rediswq = Option("", "rediswq", "", "items that rediswq clients hold")
let count = Option("n", "count", "N", "at most N items of each state")
let json = Option("", "json", "", "one JSON object a line")

Program(
    "wq-list", "QUEUE",
    "Show the items of a queue, of all states if none is named.",
    [ready, leased, delayed, dead, arriving, rediswq, count, json], quiet: "print nothing; only the exit status tells",
    notes: """
        Into a pipe, the fields are separated by TABs: ID, state, attempt, owner,
        ms left (dead: ms since), reason, item with control characters escaped.
        What is not known is -.
        """
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let options: [(Option, State)] = [
        (ready, .ready), (leased, .leased), (delayed, .delayed), (dead, .dead), (arriving, .arriving),
        (rediswq, .rediswq),
    ]
    var states: [State] = []
    for (option, state) in options where arguments.has(option) { states.append(state) }
    if states.isEmpty { states = [.leased, .arriving, .rediswq, .ready, .delayed, .dead] }
    let limit = try arguments.count(count) ?? Int.max
    var session = try arguments.session()
    var printer = EntryPrinter(json: arguments.has(json), states: states)
    for state in states {
        try session.list(state, limit: limit) { (entries) throws(Failure) in
            if !arguments.has(.quiet) { try printer.print(entries) }
        }
    }
    return .done
}
