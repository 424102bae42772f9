import Base
import Digest
import Redis
import Shell
import WorkQueue

let replicas = Option("", "replicas", "N", "how many replicas must be connected")

Program(
    "wq-doctor", "[QUEUE]...",
    "Check a server and its queues for what could lose work; 1 if something could.",
    [replicas],
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
    var answer = Exit.done
    if !arguments.has(.quiet) {
        output.write("server\t\(server.address.text)\t\(Secrets.known.hidden(in: examined.software))\n")
    }
    for finding in examined.findings {
        if !finding.isUnseen { answer = .no }
        if arguments.has(.quiet) { continue }
        let text = Secrets.known.hidden(in: finding.text)
        output.write("\(finding.isUnseen ? "unseen" : "finding")\t\(finding.subject)\t\(text)\n")
        for command in finding.commands { output.write("    \(command)\n") }
    }
    if answer == .done, examined.failure == nil, !arguments.has(.quiet) {
        output.write(examined.findings.isEmpty ? "sound\n" : "no findings\n")
    }
    try output.flush()
    if let failure = examined.failure { throw failure }
    return answer
}
