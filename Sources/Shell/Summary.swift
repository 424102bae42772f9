import Base
import CPosix
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
