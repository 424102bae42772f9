import Base
import Shell
import WorkQueue

let verbose = Option("v", "verbose", "", "print how many items are in each state")
let strict = Option("", "strict", "", "exit with 4 if drained but some items are dead")
let wait = Option("", "wait", "", "wait until the queue is drained")
let timeout = Option("t", "timeout", "TIME", "wait up to TIME for that, then exit with 1")

Program(
    "wq-empty", "QUEUE", "Tell whether a queue is drained: 0 if nothing is left to do, 1 if something is.",
    [verbose, .json, strict, wait, timeout], lists: true
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let limit = try arguments.duration(timeout)
    let isWaiting = arguments.has(wait) || limit != nil
    var session = try arguments.session()
    let census = isWaiting ? try session.awaitDrained(timeout: limit) : try session.census()
    var output = Output.standard
    if arguments.has(.json) {
        writeJSON([(session.queue, census)], to: &output)
    } else if arguments.has(verbose) {
        let isTerminal = output.isTerminal
        for (state, count) in census.states {
            // The longest name has nine letters.
            let gap = isTerminal ? 11 - state.utf8CodeUnitCount : 1
            output.write(state)
            output.write(repeatElement(UInt8(ascii: isTerminal ? " " : "\t"), count: gap))
            output.write("\(count)\n")
        }
    }
    if arguments.has(.quiet) { output.discard() }
    try output.flush()
    guard census.isDrained else { return .no }
    var sighting = Sighting()
    if !isWaiting, !arguments.has(.quiet), let why = session.queue.failure(sighting.judge(census.sign)) {
        warn(why.message)
    }
    return arguments.has(strict) && census.dead > 0 ? .deadLeft : .done
}
