import Base
import Shell
import WorkQueue

let delay = Option("", "delay", "TIME", "try again after TIME, not after the queue's delay")
let reason = Option("", "reason", "TEXT", "say why; the text is kept with the item")
let dead = Option("", "dead", "", "give the items up: make them dead at once")
let noCharge = Option("", "no-charge", "", "do not count this as a failed attempt")

Program(
    "wq-release", "QUEUE LEASE...",
    "Give leased items back unfinished.", [delay, reason, dead, noCharge, .nullLeases, .json],
    notes: Option.inputLeases
).run { (arguments) throws(Failure) in
    if arguments.has(dead), arguments.has(delay) || arguments.has(noCharge) {
        throw Failure(.usage, "--dead goes with neither --delay nor --no-charge: a dead item is not tried again")
    }
    return try arguments.settle(
        .release(
            Release(
                delay: try arguments.duration(delay), isCharged: !arguments.has(noCharge),
                isDead: arguments.has(dead), reason: arguments.value(reason) ?? [])))
}
