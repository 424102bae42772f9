import Base
import WorkQueue

/// How `wq-stat` shows counts.
package enum StatisticsFormat: Equatable, Sendable {
    /// `state<TAB>count` a line, with the queue in front where there are several.
    case fields(naming: Bool, totals: Bool)
    /// A JSON object on a line for each queue.
    case json
    /// The text format of Prometheus 0.0.4. The workers of a queue are the owners of its leases.
    case prometheus(workers: [Int])
}

/// Writes the counts of queues.
package func write(
    _ counts: [(queue: Queue, census: Census)], as format: StatisticsFormat, to output: inout Output
) {
    switch format {
    case .fields(let naming, let totals):
        var rows: [(queue: Queue, numbers: [(name: String, value: String)])] = []
        for (queue, census) in counts {
            var numbers: [(name: String, value: String)] = []
            for (state, count) in census.states { numbers.append((name: "\(state)", value: "\(count)")) }
            for (name, value) in census.conditions { numbers.append((name: "\(name)", value: value)) }
            if totals {
                for name in Census.totals {
                    numbers.append((name: "total \(name)", value: "\(census.total(name))"))
                }
            }
            rows.append((queue: queue, numbers: numbers))
        }
        writeNumbers(rows, naming: naming, to: &output)
    case .json: writeJSON(counts, to: &output)
    case .prometheus(let workers): writeMetrics(counts, workers, to: &output)
    }
}

/// Writes a JSON object for each queue, on a line of its own.
package func writeJSON(_ counts: [(queue: Queue, census: Census)], to output: inout Output) {
    for (queue, census) in counts {
        var members = jsonMember("queue", queue.name) + jsonMember("drained", census.isDrained)
        for (state, count) in census.states { members += jsonMember(state, count) }
        members += jsonMember("paused", census.isPaused) + jsonMember("sealed", census.isSealed)
        members += jsonMember("open", census.isOpen)
        if let age = census.oldestReady { members += jsonMember("oldest_ready_ms", age) }
        if let time = census.longestLease { members += jsonMember("longest_lease_ms", time) }
        var totals: Bytes = []
        for name in Census.totals { totals += jsonMember(name, census.total(name)) }
        output.write(jsonObject(members + jsonMember("totals", json: jsonObject(totals).dropLast())))
    }
}

/// Writes metrics, each with a help, a type and a sample for each queue; times are in whole seconds.
private func writeMetrics(_ counts: [(queue: Queue, census: Census)], _ workers: [Int], to output: inout Output) {
    func family(_ name: StaticString, _ type: StaticString, _ help: StaticString) {
        output.write("# HELP wq_\(name) \(help)\n# TYPE wq_\(name) \(type)\n")
    }
    func sample(_ name: String, _ queue: Queue, _ state: StaticString?, _ value: Int) {
        output.write("wq_\(name){queue=\"")
        for byte in queue.name.escaped {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.write("\\") }
            output.write(CollectionOfOne(byte))
        }
        output.write("\"\(state.map { ",state=\"\($0)\"" } ?? "")} \(value)\n")
    }
    family("items", "gauge", "Items in the queue, by state.")
    for (queue, census) in counts {
        for state in State.allCases { sample("items", queue, state.name, census[state]) }
    }
    family("producers", "gauge", "Pushes that hold the queue open.")
    for (queue, census) in counts { sample("producers", queue, nil, census.producers) }
    family("workers", "gauge", "Owners of leases that are not over.")
    for (count, owners) in zip(counts, workers) { sample("workers", count.queue, nil, owners) }
    family("drained", "gauge", "1 if nothing is left to do, else 0.")
    for (queue, census) in counts { sample("drained", queue, nil, census.isDrained ? 1 : 0) }
    let settings: [(name: StaticString, help: StaticString, isSet: (Census) -> Bool)] = [
        ("paused", "1 if nothing is handed out, else 0.", { $0.isPaused }),
        ("sealed", "1 if nothing can be pushed, else 0.", { $0.isSealed }),
        ("open", "1 if a setting holds the queue open, else 0.", { $0.isOpen }),
    ]
    for setting in settings {
        family(setting.name, "gauge", setting.help)
        for (queue, census) in counts { sample("\(setting.name)", queue, nil, setting.isSet(census) ? 1 : 0) }
    }
    family("oldest_ready_seconds", "gauge", "How long at least the oldest ready item has waited, where it is known.")
    for (queue, census) in counts {
        if let age = census.oldestReady { sample("oldest_ready_seconds", queue, nil, age / TimeUnit.second) }
    }
    family("lease_overdue_seconds", "gauge", "How long the lease that ended first has been over; 0 if none is.")
    for (queue, census) in counts {
        sample("lease_overdue_seconds", queue, nil, max(0, census.overdue) / TimeUnit.second)
    }
    family("longest_lease_seconds", "gauge", "How long it is until the last lease ends; 0 if there is none.")
    for (queue, census) in counts {
        sample("longest_lease_seconds", queue, nil, (census.longestLease ?? 0) / TimeUnit.second)
    }
    for name in Census.totals {
        output.write("# HELP wq_items_\(name)_total Items \(name) since the queue was made.\n")
        output.write("# TYPE wq_items_\(name)_total counter\n")
        for (queue, census) in counts { sample("items_\(name)_total", queue, nil, census.total(name)) }
    }
}
