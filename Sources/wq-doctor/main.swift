import Base
import Redis
import Shell
import WorkQueue

let replicas = Option("", "replicas", "N", "how many replicas must be connected")

Program(
    "wq-doctor", "[QUEUE]...", "Check a server, and queues, for what could lose work; 1 if something could.",
    [replicas],
    notes: """
        A line each: finding or unseen (it could not be looked at), what it is about,
        and what to do.
        """
).run { (arguments) throws(Failure) in
    var queues: [Queue] = []
    if !arguments.operands.isEmpty { queues = try arguments.queues() }
    let replicas = try arguments.count(replicas) ?? 0
    let server = try arguments.configuration.server()
    var connection = try arguments.connection(to: server, isProven: true)
    let facts = try connection.facts(timeout: server.commandTimeout)
    var findings = facts.findings(replicas: replicas)
    if let first = queues.first {
        var session = Session(first, server, connection)
        for queue in queues {
            session.queue = queue
            findings += try session.findings(facts)
        }
    }
    var output = Output.standard
    var answer = Exit.done
    if !arguments.has(.quiet) {
        output.write("server\t\(server.address.text)\t\(Secrets.known.hidden(in: facts.software))\n")
    }
    for finding in findings {
        if !finding.isUnseen { answer = .no }
        if !arguments.has(.quiet) {
            let text = Secrets.known.hidden(in: finding.text)
            output.write("\(finding.isUnseen ? "unseen" : "finding")\t\(finding.subject)\t\(text)\n")
        }
    }
    if answer == .done, !arguments.has(.quiet) {
        output.write(findings.isEmpty ? "sound\n" : "no findings\n")
    }
    try output.flush()
    return answer
}
