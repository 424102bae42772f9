import Base
import Shell
import WorkQueue

/// The settings, for the end of the help: a line each.
func describeSettings() -> String {
    let column = 22
    var text = ""
    for setting in Setting.allCases {
        let form = setting.form
        let usual = setting.kind == .yesOrNo ? "" : " (\(setting.usual.printable))"
        text += text.isEmpty ? "" : "\n"
        text +=
            "\(form)\(String(repeating: " ", count: max(2, column - form.utf8.count)))\(setting.row.meaning)\(usual)"
    }
    return text
}

Program(
    "wq-config", "QUEUE [KEY=VALUE]...",
    "Show or set a queue's settings; KEY= brings back the default.", [], notes: describeSettings()
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
