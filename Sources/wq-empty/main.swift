import Base
import Shell
import WorkQueue

let verbose = Option("v", "verbose", "", "print how many items are in each state")
let strict = Option("", "strict", "", "answer 4 if drained, but some items are dead")
let wait = Option("", "wait", "", "wait until the queue is drained")
let timeout = Option("t", "timeout", "TIME", "wait up to TIME until it is, then answer 1")

Program(
    "wq-empty", "QUEUE", "Tell whether a queue is drained: 0 if nothing is left to do, 1 if something is.",
    [verbose, .json, strict, wait, timeout]
).run { (arguments) throws(Failure) in
    try arguments.nothingElse()
    let limit = try arguments.duration(timeout)
    let isWaiting = arguments.has(wait) || limit != nil
    var session = try arguments.session()
    let census = isWaiting ? try session.awaitDrained(timeout: limit) : try session.census()
    var output = Output.standard
    if arguments.has(.json) {
        write([(session.queue, census)], as: .json, to: &output)
    } else if arguments.has(verbose) {
        for (state, count) in census.states { output.write("\(state)\t\(count)\n") }
    }
    if arguments.has(.quiet) { output.discard() }
    try output.flush()
    var sighting = Sighting()
    if census.isDrained, !isWaiting, !arguments.has(.quiet), let why = session.queue.failure(sighting.judge(census.sign)) {
        warn(why.message)
    }
    return census.isDrained ? (arguments.has(strict) && census.dead > 0 ? .deadLeft : .done) : .no
}
