import Base
import Shell
import WorkQueue

Program(
    "wq-complete", "QUEUE LEASE...",
    "Say that the work on leased items is done.", [.nullLeases],
    notes: "The lease - stands for those on standard input, a line each, up to its TAB."
).run { (arguments) throws(Failure) in
    try arguments.settle(.complete)
}
