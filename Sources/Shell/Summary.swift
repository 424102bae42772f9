import Base
import CPosix
import WorkQueue

/// Writes rows of texts: into a pipe as TAB-separated fields, and on a terminal as columns, with a heading if there is one.
/// - Parameters:
///   - first: the indices of the cells that a narrow terminal does without, in that order.
///   - alarm: whether the cell with this index tells of what was given up.
package func writeTable(
    _ rows: [[Bytes]], heading: [StaticString] = [], leavingOut first: [Int] = [], to output: inout Output,
    alarm: ([Bytes], Int) -> Bool = { _, _ in false }
) {
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
    let heading = heading.map { Bytes($0) }
    let shown = heading.isEmpty ? rows : [heading] + rows
    let least = shown.reduce(0) { max($0, $1.last?.count ?? 0) }
    let columns = Columns(
        width: Int(wq_columns(STDOUT_FILENO)), rows: shown, leavingOut: first, least: min(least, Columns.leastRoom))
    let isColoured = Colour.isWanted
    for row in shown {
        output.write(columns.line(row) { isColoured && alarm(row, $0) ? .red : .plain })
        output.write("\n")
    }
}

/// Writes a line for each queue: its name, how many items are ready, leased, delayed and dead, and words for its state.
package func writeSummary(_ counts: [(queue: Queue, census: Census)], to output: inout Output) {
    var rows: [[Bytes]] = []
    for (queue, census) in counts {
        var row = [queue.name.escaped(backslash: !output.isTerminal)]
        for count in [census.ready, census.leased, census.delayed, census.dead] { row.append(Bytes("\(count)".utf8)) }
        rows.append(row + [Bytes(census.words.utf8)])
    }
    // A narrow terminal does without DELAYED, LEASED, DEAD, READY, in this order.
    writeTable(
        rows, heading: ["QUEUE", "READY", "LEASED", "DELAYED", "DEAD", "STATE"], leavingOut: [3, 2, 4, 1], to: &output
    ) { row, index in index == 4 && row[index].decimal ?? 0 > 0 }
}

/// Writes a JSON object for each reason: the queue, the reason, and how many items died of it.
package func writeJSON(_ reasons: [(reason: Bytes, count: Int)], of queue: Queue, to output: inout Output) {
    for (reason, count) in reasons {
        output.write(
            jsonObject(jsonMember("queue", queue.name) + jsonMember("reason", reason) + jsonMember("count", count)))
    }
}

/// Writes a line for each number of a queue: its name, and the number.
/// - Parameter naming: whether the queue's name stands in front.
package func writeNumbers(
    _ counts: [(queue: Queue, numbers: [(name: String, value: String)])], naming: Bool, to output: inout Output
) {
    var rows: [[Bytes]] = []
    for (queue, numbers) in counts {
        for (name, value) in numbers {
            rows.append((naming ? [queue.name.escaped] : []) + [Bytes(name.utf8), Bytes(value.utf8)])
        }
    }
    writeTable(rows, to: &output) { row, index in
        index == row.count - 1 && row[index - 1].equals(State.dead.name) && row[index].decimal ?? 0 > 0
    }
}

/// Writes a line for each reason of each queue: how many items died of it, and the reason.
/// - Parameter naming: whether the queue's name stands in front.
package func writeReasons(
    _ queues: [Queue], _ counts: [[(reason: Bytes, count: Int)]], naming: Bool, to output: inout Output
) {
    var rows: [[Bytes]] = []
    for (queue, reasons) in zip(queues, counts) {
        for (reason, count) in reasons {
            let text = reason.isEmpty ? Bytes("-") : reason.escaped(backslash: !output.isTerminal)
            rows.append((naming ? [queue.name.escaped] : []) + [Bytes("\(count)".utf8), text])
        }
    }
    writeTable(rows, to: &output)
}
