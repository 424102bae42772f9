import Base
import Shell
import WorkQueue

let all = Option("", "all", "", "put back all dead items")
let match = Option("", "match", "TEXT", "put back those whose item or reason has TEXT")
let reason = Option("", "reason", "TEXT", "put back those whose reason has TEXT")
let rate = Option("", "rate", "N", "put back at most N items a second")

Program(
    "wq-retry", "QUEUE [ID]...", "Put dead items back into the queue, with their attempts at zero.",
    [all, match, reason, rate, .json],
    notes: """
        The ID - alone stands for the IDs on standard input: a line each, up to its TAB.
        """
).run { (arguments) throws(Failure) in
    _ = try arguments.queue()
    let matches = arguments.has(match) || arguments.has(reason)
    let ways = (arguments.rest.isEmpty ? 0 : 1) + (arguments.has(all) ? 1 : 0) + (matches ? 1 : 0)
    guard ways == 1 else {
        throw Failure(.usage, "give IDs (wq-list --dead shows them), or --all, or --match or --reason or both")
    }
    let ids = try arguments.ids()
    let selection: Selection =
        matches || arguments.has(all)
        ? .matching(arguments.value(match) ?? [], reason: arguments.value(reason) ?? []) : .ids(ids)
    let rate = try arguments.count(rate)
    var session = try arguments.session()
    let (retried, unknown) = try session.retry(selection, rate: rate)
    var output = Output.standard
    if !arguments.has(.quiet) {
        let isJSON = arguments.has(.json)
        output.write(isJSON ? jsonObject(jsonMember("retried", retried)) : Bytes("\(retried)\n".utf8))
        for id in unknown {
            if isJSON {
                output.write(jsonObject(jsonMember("answer", Bytes("unknown")) + jsonMember("id", id)))
                continue
            }
            output.write("unknown\t")
            output.write(output.isTerminal ? id.escaped : id)
            output.write("\n")
        }
    }
    try output.flush()
    return unknown.isEmpty ? .done : .no
}
