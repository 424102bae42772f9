import Base
import CPosix
import Redis
import WorkQueue

extension Arguments {
    /// All operands as queues.
    package func queues() throws(Failure) -> [Queue] {
        var queues = [try queue()]
        for index in 1..<max(1, operands.count) { queues.append(try Queue(Bytes(operands[index]))) }
        return queues
    }

    /// Shows the first queue's progress until it is drained: on a terminal, a line that is redrawn in place; elsewhere a line
    /// each interval, and for ever unless `untilDrained`.
    /// - Parameters:
    ///   - interval: in ms.
    ///   - isStrict: whether dead items keep a drained queue from being a success.
    /// - Throws: `.noQueue` in place of the end, if the queue was never used or is not the one that it was.
    package func watch(interval: Int, untilDrained: Bool, isStrict: Bool) throws(Failure) -> Exit {
        var session = try session()
        var census = try session.census()
        var progress = Progress(census)
        var output = Output.standard
        let isJSON = has(.json)
        let isTerminal = output.isTerminal
        var sighting = Sighting()
        var isLineOpen = false
        while true {
            let verdict = sighting.judge(census.sign)
            let ends = isTerminal || untilDrained
            if ends, verdict != .unused || census.isDrained, let why = session.queue.failure(verdict) {
                if isLineOpen { output.write("\n") }
                try output.flush()
                throw why
            }
            if isJSON {
                writeJSON([(session.queue, census)], to: &output)
            } else {
                let line = progress.line(census, width: isTerminal ? Int(wq_columns(STDOUT_FILENO)) : nil)
                if isTerminal { output.write(Output.emptyLine) }
                output.write(line)
                isLineOpen = isTerminal && !census.isDrained && !has(.quiet)
                if !isTerminal || census.isDrained { output.write("\n") }
            }
            if has(.quiet) { output.discard() }
            try output.flush()
            if ends, census.isDrained { return isStrict && census.dead > 0 ? .deadLeft : .done }
            Connection.sleep(interval)
            census = try session.census()
        }
    }

    /// Prints for each queue how many items were pushed, and how many there are in each state or were completed.
    /// - Parameter strays: how many items of each queue are in no state.
    /// - Returns: `.no` if the two differ in a queue, or there are strays.
    package func audit(_ counts: [(queue: Queue, census: Census)], strays: [Int]) throws(Failure) -> Exit {
        var answer = Exit.done
        var output = Output.standard
        var rows: [(queue: Queue, numbers: [(name: String, value: String)])] = []
        for ((queue, census), strays) in zip(counts, strays) {
            var parts: [(StaticString, Int)] = [
                ("pushed", census.total("pushed")), ("ready", census.ready), ("arriving", census.arriving),
                ("leased", census.leased), ("delayed", census.delayed), ("dead", census.dead),
                ("completed", census.total("completed")), ("dropped", census.total("dropped")),
                ("difference", census.difference),
            ]
            if strays > 0 { parts.insert(("stray", strays), at: parts.count - 1) }
            if has(.json) {
                output.write(jsonObject(parts.reduce(jsonMember("queue", queue.name)) { $0 + jsonMember($1.0, $1.1) }))
            }
            var numbers: [(name: String, value: String)] = []
            for (name, count) in parts { numbers.append((name: "\(name)", value: "\(count)")) }
            rows.append((queue: queue, numbers: numbers))
            if census.difference != 0 || strays != 0 { answer = .no }
        }
        if !has(.json) { writeNumbers(rows, naming: operands.count != 1, to: &output) }
        if has(.quiet) { output.discard() }
        try output.flush()
        return answer
    }
}
