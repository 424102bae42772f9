import Base
import Digest
import Redis
import Shell
import WorkQueue

let replicas = Option("", "replicas", "N", "how many replicas must be connected")

Program(
    "wq-doctor", "[QUEUE]...",
    "Check a server and its queues for what could lose work; 1 if something could.",
    [replicas, .json],
    notes: """
        It prints a line for each finding, and for each thing that it could not look at
        (unseen): the subject, what is wrong, and what to do. The commands that mend it
        follow on indented lines.
        """,
    lists: true
).run { (arguments) throws(Failure) in
    var queues: [Queue]?
    if !arguments.operands.isEmpty { queues = try arguments.queues() }
    let replicas = try arguments.count(replicas) ?? 0
    let server = try arguments.configuration.server()
    let connection = try arguments.connection(to: server, isProven: true)
    let examined = try examine(server, connection, queues, replicas, arguments.remoteURL(server), sha224: sha224)
    var output = Output.standard
    let isJSON = arguments.has(.json)
    func write(_ kind: StaticString, _ subject: String, _ text: String, _ commands: [String] = []) {
        let text = Secrets.known.hidden(in: text)
        if isJSON {
            let row = jsonMember("kind", Bytes(kind)) + jsonMember("subject", Bytes(subject.utf8))
            let list = commands.map { jsonString(Bytes($0.utf8)) ?? [] }.joined(separator: Bytes(","))
            let array = jsonMember("commands", json: Bytes("[") + list + Bytes("]"))
            output.write(jsonObject(row + jsonMember("text", Bytes(text.utf8)) + array))
        } else {
            output.write("\(kind)\t\(subject)\t\(text)\n")
            for command in commands { output.write("    \(command)\n") }
        }
    }
    write("server", server.address.text, examined.software)
    for finding in examined.findings {
        write(finding.isUnseen ? "unseen" : "finding", "\(finding.subject)", finding.text, finding.commands)
    }
    let answer = examined.findings.contains { !$0.isUnseen } ? Exit.no : .done
    if answer == .done, examined.failure == nil {
        let verdict: StaticString = examined.findings.isEmpty ? "sound" : "no findings"
        output.write(isJSON ? jsonObject(jsonMember("kind", Bytes(verdict))) : Bytes("\(verdict)\n".utf8))
    }
    if arguments.has(.quiet) { output.discard() }
    try output.flush()
    if let failure = examined.failure { throw failure }
    return answer
}
