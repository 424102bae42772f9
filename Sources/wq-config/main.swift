import Base
import Shell
import WorkQueue

Program(
    "wq-config", "QUEUE [KEY=VALUE]...",
    "Show or set a queue's settings; KEY= brings back the default.", [.json], quiet: nil, notes: Setting.help
).run { (arguments) throws(Failure) in
    let words = arguments.rest
    var changes: [Change] = []
    for index in 0..<words.count { changes.append(try Change(words[index])) }
    var session = try arguments.session()
    let settings = try session.configure(changes)
    var output = Output.standard
    if changes.isEmpty {
        for (setting, value, isDefault) in settings {
            if arguments.has(.json) {
                let row = jsonMember("key", Bytes(setting.key)) + jsonMember("value", value)
                output.write(jsonObject(row + jsonMember("default", isDefault)))
                continue
            }
            output.write("\(setting.key)\t")
            output.write(value)
            output.write(isDefault ? "\tdefault\n" : "\n")
        }
    }
    try output.flush()
    return .done
}
