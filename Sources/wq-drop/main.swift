import Base
import Shell
import WorkQueue

let states: [(state: State, option: Option)] = [
    (.dead, Option("", "dead", "", "remove dead items")),
    (.delayed, Option("", "delayed", "", "remove items that become ready later")),
    (.ready, Option("", "ready", "", "remove items that wait")),
]
let match = Option("", "match", "TEXT", "of these, only what has TEXT in item or reason")
let reason = Option("", "reason", "TEXT", "of these, only what has TEXT in its reason")
let dryRun = Option("", "dry-run", "", "show what would be removed, and remove nothing")

extension Arguments {
    /// The choices that the options make; empty if items are named by their IDs.
    borrowing func choices() throws(Failure) -> [Choice] {
        var choices: [Choice] = []
        for (state, option) in states where has(option) {
            if state == .ready, has(reason) { throw Failure(.usage, "ready items have no reason") }
            choices.append(Choice(state, text: value(match) ?? [], reason: value(reason) ?? []))
        }
        guard choices.isEmpty != rest.isEmpty, !choices.isEmpty || !has(match) && !has(reason) else {
            throw Failure(
                .usage,
                "give IDs (wq-list shows them), or some of --dead, --delayed and --ready, with --match and --reason if you"
                    + " like")
        }
        return choices
    }
}

Program(
    "wq-drop", "QUEUE [ID]...", "Remove items for good: the named ones, or those of a state.",
    states.map { $0.option } + [match, reason, dryRun, .json],
    notes: """
        An ID is that of a dead, delayed or leased item: the command that works on it is
        stopped. The ID - alone stands for the IDs on standard input: a line each, up to
        its TAB.
        """
).run { (arguments) throws(Failure) in
    _ = try arguments.queue()
    let choices = try arguments.choices()
    let ids = try arguments.ids()
    var session = try arguments.session()
    var (dropped, others) = (0, [Unsettled]())
    var remainder = Remainder(.drop)
    if arguments.has(dryRun) {
        var printer = EntryPrinter(json: arguments.has(.json), long: false, states: choices.map { $0.state })
        func show(_ entries: [Entry]) throws(Failure) {
            if !arguments.has(.quiet) { try printer.print(entries) }
        }
        others = try session.preview(ids) { (entries) throws(Failure) in try show(entries) }
        for choice in choices {
            try session.preview(choice) { (entries) throws(Failure) in try show(entries) }
        }
    } else {
        if choices.isEmpty { (dropped, others) = try session.drop(ids) }
        for choice in choices { dropped += try session.drop(choice) }
        var output = Output.standard
        if !arguments.has(.quiet) {
            output.write(
                arguments.has(.json) ? jsonObject(jsonMember("dropped", dropped)) : Bytes("\(dropped)\n".utf8))
        }
        try output.flush()
    }
    try remainder.add(others, arguments)
    if let failure = remainder.failure { throw failure }
    return remainder.isEmpty ? .done : .no
}
