import Base
import Shell
import WorkQueue

Program(
    "wq-config", "QUEUE [KEY=VALUE]...",
    "Show or set a queue's settings; KEY= brings back the default.", [],
    notes: """
        max-attempts=N        attempts after which an item is dead (10; 0: no limit)
        retry-delay=TIME      how long an item waits after its first failed attempt (1s)
        retry-delay-max=TIME  the delay doubles with each attempt, up to this (5m)
        paused=yes            hand out nothing, also to those who wait already
        sealed=yes            accept no more items
        open=yes              not drained, even if nothing is left: more is to come
        """
).run { (arguments) throws(Failure) in
    let words = arguments.rest
    var changes: [Change] = []
    for index in 0..<words.count { changes.append(try Change(words[index])) }
    var session = try arguments.session()
    let settings = try session.configure(changes)
    var output = Output.standard
    if changes.isEmpty, !arguments.has(.quiet) {
        for (setting, value, isDefault) in settings {
            output.write("\(setting.key)\t")
            output.write(value)
            output.write(isDefault ? "\tdefault\n" : "\n")
        }
    }
    try output.flush()
    return .done
}
