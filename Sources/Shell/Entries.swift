import Base
import CPosix
import WorkQueue

/// Prints entries: as TAB-separated fields into a pipe, as columns that fit on a terminal, or as JSON.
package struct EntryPrinter: ~Copyable {
    private var output = Output.standard
    private let isJSON: Bool
    /// Whether lines into a pipe say since when, too.
    private let isLong: Bool
    /// How many columns the terminal has; nil if standard output is no terminal.
    private let width: Int?
    /// The columns, fitted to the first entries and to those that may follow.
    private var columns: Columns?
    private let states: [State]

    /// - Parameters:
    ///   - states: the states of the entries that will come.
    ///   - long: whether lines into a pipe say since when, too.
    package init(json: Bool, long: Bool, states: [State]) {
        (isJSON, isLong) = (json, long)
        self.states = states
        width = Output.standard.isTerminal && !json ? Int(wq_columns(STDOUT_FILENO)) : nil
    }

    /// Prints the entries.
    /// - Throws: `.inputOutput` if that fails.
    package mutating func print(_ entries: [Entry]) throws(Failure) {
        if let width {
            writeRows(entries, width)
        } else {
            for entry in entries {
                if isJSON { writeJSON(entry) } else { writeFields(entry) }
            }
        }
        try output.flush()
    }

    private mutating func writeFields(_ entry: Entry) {
        for field in [entry.id, entry.name, entry.attempt, entry.owner] { writeField(field) }
        writeField(entry.time.map { Bytes("\($0)".utf8) } ?? [])
        if isLong { writeField(entry.since.map { Bytes(timestamp($0).utf8) } ?? []) }
        writeField(entry.reason)
        output.write(entry.item.escaped(backslash: true))
        output.write("\n")
    }

    private mutating func writeField(_ field: Bytes) {
        output.write(field.isEmpty ? Bytes("-") : field.escaped(backslash: true))
        output.write("\t")
    }

    /// The cells that a line leaves out first on a narrow terminal: SINCE, OWNER, TRY, TIME, STATE.
    private static var dispensable: [Int] { [5, 3, 2, 4, 1] }

    /// What was given up is red, and what is late yellow.
    private static func colour(_ row: [Bytes], _ index: Int) -> Colour {
        switch index {
        case 1 where row[index].equals(State.dead.name): .red
        case 4 where row[index].count > 1 && row[index].starts(with: "-"): .yellow
        default: .plain
        }
    }

    /// A row with cells of the usual widths, so that entries that come later have room.
    private static func usual(_ state: State) -> [Bytes] {
        [
            Bytes("100.0123456789ab"), Bytes(state.name), Bytes("10"), Bytes("worker-0"), Bytes("999ms"),
            Bytes("999ms"), [],
        ]
    }

    private mutating func writeRows(_ entries: [Entry], _ width: Int) {
        let heading = ["ID", "STATE", "TRY", "OWNER", "TIME", "SINCE", "ITEM"].map { Bytes($0.utf8) }
        var rows: [[Bytes]] = []
        for entry in entries {
            let times = [entry.time, entry.age].map { time in
                time.map { Bytes((($0 < 0 ? "-" : "") + roughly(abs($0))).utf8) } ?? []
            }
            let reason = entry.reason.isEmpty ? [] : Bytes("  (") + entry.reason.escaped + Bytes(")")
            let cells = [entry.id.escaped, entry.name, entry.attempt, entry.owner.escaped] + times
            rows.append(cells.map { $0.isEmpty ? Bytes("-") : $0 } + [entry.item.escaped + reason])
        }
        let isFirst = columns == nil
        let fitting = [heading] + rows + (states.count > 1 ? states.map(Self.usual) : [])
        let columns = columns ?? Columns(width: width, rows: fitting, leavingOut: Self.dispensable)
        self.columns = columns
        let isColoured = Colour.isWanted
        for row in (isFirst ? [heading] : []) + rows {
            output.write(columns.line(row) { isColoured ? Self.colour(row, $0) : .plain })
            output.write("\n")
        }
    }

    private mutating func writeJSON(_ entry: Entry) {
        var members = jsonMember("state", Bytes(entry.name))
        if !entry.id.isEmpty { members += jsonMember("id", entry.id) }
        if let attempt = entry.attempt.decimal { members += jsonMember("attempt", attempt) }
        if !entry.owner.isEmpty { members += jsonMember("owner", entry.owner) }
        if let time = entry.time { members += jsonMember(entry.state == .dead ? "age_ms" : "left_ms", time) }
        if let since = entry.since { members += jsonMember("since", Bytes(timestamp(since).utf8)) }
        if !entry.reason.isEmpty { members += jsonMember("reason", entry.reason) }
        if entry.state != nil { members += jsonMember("item", entry.item) }
        output.write(jsonObject(members))
    }
}
