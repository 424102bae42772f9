import Base
import CPosix
import Redis
import WorkQueue

/// Writes a line a queue: name, ready, leased, delayed, dead, and words for how it is; as TAB-separated fields into a pipe, as
/// columns with a heading on a terminal.
package func writeSummary(_ counts: [(queue: Queue, census: Census)], to output: inout Output) {
    var rows: [[Bytes]] = []
    for (queue, census) in counts {
        var row = [queue.name.escaped(backslash: !output.isTerminal)]
        for count in [census.ready, census.leased, census.delayed, census.dead] { row.append(Bytes("\(count)".utf8)) }
        rows.append(row + [Bytes(census.words.utf8)])
    }
    guard output.isTerminal else {
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index > 0 { output.write("\t") }
                output.write(cell)
            }
            output.write("\n")
        }
        return
    }
    let heading = ["QUEUE", "READY", "LEASED", "DELAYED", "DEAD", "STATE"].map { Bytes($0.utf8) }
    let columns = Columns(width: Int(wq_columns(STDOUT_FILENO)), rows: [heading] + rows, leavingOut: [3, 2, 4, 1])
    for row in [heading] + rows {
        output.write(columns.line(row))
        output.write("\n")
    }
}

/// Writes how many items died of each reason, the queue in front where there are several.
package func writeReasons(
    _ reasons: [(reason: Bytes, count: Int)], of queue: Queue, naming: Bool, to output: inout Output
) {
    for (reason, count) in reasons {
        if naming {
            output.write(queue.name.escaped)
            output.write("\t")
        }
        output.write("\(count)\t")
        output.write(reason.isEmpty ? Bytes("-") : reason.escaped(backslash: !output.isTerminal))
        output.write("\n")
    }
}

/// What `wq-stat` asks of queues.
package struct Survey {
    package var counts: [(queue: Queue, census: Census)] = []
    /// For each of them, how many items are in no state, if that is asked for.
    package var strays: [Int] = []
    /// For each of them, how many items died of each reason, if that is asked for.
    package var reasons: [[(reason: Bytes, count: Int)]] = []
    private let wantsStrays: Bool
    private let wantsReasons: Bool

    package init(strays: Bool, reasons: Bool) { (wantsStrays, wantsReasons) = (strays, reasons) }

    fileprivate mutating func take(_ session: inout Session, _ keyspace: Keyspace?) throws(Failure) {
        let census = try session.census()
        if wantsStrays { strays.append(try session.strayCount(keyspace?.unfinished(of: session.queue) ?? [])) }
        if wantsReasons { reasons.append(try session.reasons()) }
        counts.append((queue: session.queue, census: census))
    }

    /// Whether all keys of the server must be looked through.
    fileprivate func needsKeyspace(_ names: [Queue]?) -> Bool { names == nil || wantsStrays }

    fileprivate func keyspace(
        _ server: Server, _ connection: inout Connection, _ names: [Queue]?
    ) throws(Failure) -> Keyspace? {
        guard needsKeyspace(names) else { return nil }
        return try Keyspace(server, &connection, queues: names == nil, items: wantsStrays)
    }
}

extension Arguments {
    /// Asks all of the queues that are named. Of those that there are, one that cannot be looked at hides no other.
    /// - Parameter names: nil for all that there are.
    /// - Returns: why one of all could not be looked at.
    package func look(_ names: [Queue]?, _ survey: inout Survey) throws(Failure) -> Failure? {
        let server = try configuration.server()
        var connection = try connection(to: server)
        let keyspace = try survey.keyspace(server, &connection, names)
        let queues = names ?? keyspace?.queues ?? []
        guard let first = queues.first else { return nil }
        var session = Session(first, server, connection)
        var failure: Failure?
        for queue in queues {
            session.queue = queue
            do throws(Failure) { try survey.take(&session, keyspace) } catch {
                let isOfQueue = [.badData, .badConfiguration, .notPermitted].contains(error.exit)
                guard names == nil, isOfQueue, error.cause != .unauthenticated else { throw error }
                if failure != nil { warn("\(queue.name.printable): \(error.message)") }
                failure = failure ?? Failure(error.exit, "\(queue.name.printable): \(error.message)", error.cause)
            }
        }
        return failure
    }
}
