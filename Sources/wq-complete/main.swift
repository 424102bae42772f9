import Base
import Shell
import WorkQueue

Program(
    "wq-complete", "QUEUE LEASE...",
    "Say that the work on leased items is done.", [.nullLeases, .json],
    notes: Option.inputLeases
).run { (arguments) throws(Failure) in
    try arguments.settle(.complete)
}
