import Base
import Shell
import WorkQueue

Program(
    "wq-config", "QUEUE [KEY=VALUE]...",
    "Show or set a queue's settings; KEY= brings back the default.", [.json], quiet: nil, notes: Setting.help,
    lists: true
).run { (arguments) throws(Failure) in
    let words = arguments.rest
    var changes: [Change] = []
    for index in 0..<words.count { changes.append(try Change(words[index])) }
    var session = try arguments.session()
    let settings = try session.configure(changes)
    var output = Output.standard
    if changes.isEmpty {
        var rows: [[Bytes]] = []
        for (setting, value, isDefault) in settings {
            if arguments.has(.json) {
                let row = jsonMember("key", Bytes(setting.key)) + jsonMember("value", value)
                output.write(jsonObject(row + jsonMember("default", isDefault)))
            } else if output.isTerminal {
                rows.append([Bytes(setting.key), value.escaped + (isDefault ? Bytes(" (default)") : [])])
            } else {
                rows.append(
                    [Bytes(setting.key), value.escaped(backslash: true)] + (isDefault ? [Bytes("default")] : []))
            }
        }
        writeTable(rows, to: &output)
    }
    try output.flush()
    return .done
}
