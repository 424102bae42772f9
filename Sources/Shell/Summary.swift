import Base
import CPosix
import WorkQueue

/// Writes a line for each queue: its name, how many items are ready, leased, delayed and dead, and words for its state. Into
/// a pipe these are TAB-separated fields, and on a terminal columns with a heading.
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
    // A narrow terminal does without DELAYED, LEASED, DEAD, READY, in this order.
    let columns = Columns(width: Int(wq_columns(STDOUT_FILENO)), rows: [heading] + rows, leavingOut: [3, 2, 4, 1])
    for row in [heading] + rows {
        output.write(columns.line(row))
        output.write("\n")
    }
}

/// Writes a JSON object for each reason: the queue, the reason, and how many items died of it.
package func writeJSON(_ reasons: [(reason: Bytes, count: Int)], of queue: Queue, to output: inout Output) {
    for (reason, count) in reasons {
        output.write(
            jsonObject(jsonMember("queue", queue.name) + jsonMember("reason", reason) + jsonMember("count", count)))
    }
}

/// Writes a line for each reason: how many items died of it, and the reason.
/// - Parameter naming: whether the queue's name stands in front.
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
