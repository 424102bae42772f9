import Base
import Redis

/// A state that an item can be in.
package enum State: CaseIterable, Sendable {
    case ready, leased, delayed, dead, arriving, rediswq

    package var name: StaticString {
        switch self {
        case .ready: "ready"
        case .leased: "leased"
        case .delayed: "delayed"
        case .dead: "dead"
        case .arriving: "arriving"
        case .rediswq: "rediswq"
        }
    }

    /// Whether its items lie in a list, as they are; else they have records.
    fileprivate var isList: Bool { self == .ready || self == .arriving || self == .rediswq }
}

/// An item as it lies in the queue. What its state does not know is empty.
package struct Entry: Sendable {
    package var state: State
    package var id: Bytes
    package var attempt: Bytes
    package var owner: Bytes
    /// ms until the lease ends or the item is due (negative: that long ago), or ms since it died; nil if unknown.
    package var time: Int?
    package var reason: Bytes
    package var item: Bytes

    init(state: State, item: Bytes) {
        self.state = state
        (id, attempt, owner, reason) = ([], [], [], [])
        self.item = item
    }

    /// Reads `attempt TAB owner TAB since TAB reason TAB item`. A record that somebody damaged is an item as it is.
    init(state: State, record: Bytes) {
        var fields: [ArraySlice<UInt8>] = []
        var rest = record[...]
        while fields.count < 4, let tab = rest.firstIndex(of: 0x09) {
            fields.append(rest[..<tab])
            rest = rest[(tab + 1)...]
        }
        guard fields.count == 4, Self.isNumber(fields[0]), Self.isNumber(fields[2]) else {
            self.init(state: state, item: record)
            reason = Bytes("damaged record")
            return
        }
        self.init(state: state, item: Bytes(rest))
        (attempt, owner, reason) = (Bytes(fields[0]), Bytes(fields[1]), Bytes(fields[3]))
    }

    /// Whether Lua would write it back as it is.
    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool { text.count <= 14 && text.decimal != nil }
}

extension Session {
    /// Hands over the entries of a state, a page at a time: ready items in the order in which they will be taken,
    /// others by their time. The queue goes on working meanwhile, so an item that moves may be seen twice or not.
    /// - Parameter limit: how many at most.
    package mutating func list(
        _ state: State, limit: Int, deliver: ([Entry]) throws(Failure) -> Void
    ) throws(Failure) {
        let batch = state.isList ? Self.batch : Self.smallBatch
        var skip = 0
        var shown = 0
        while shown < limit {
            var arguments = ByteList()
            arguments.append(state.name)
            arguments.append(skip)
            arguments.append(min(batch, limit - shown))
            let page = try entries(state, try call(.list, arguments).list())
            if page.isEmpty { return }
            skip += page.count
            let entries = state == .rediswq ? try withLeases(page) : page
            shown += entries.count
            try deliver(entries)
            if !isLoaded(.list) { try load(.list) }
        }
    }

    private func entries(_ state: State, _ answer: [Value]) throws(Failure) -> [Entry] {
        let now = try answer.at(0).count(most: 1 << 53)
        var entries: [Entry] = []
        var index = 1
        while index < answer.count {
            switch state {
            case .ready, .arriving, .rediswq:
                entries.append(Entry(state: state, item: try answer.at(index).bytes()))
                index += 1
            case .leased, .delayed, .dead:
                var entry = Entry(state: state, record: try answer.at(index + 2).bytes())
                entry.id = try answer.at(index).bytes()
                // A score that somebody set may be infinite.
                let time = max(-1 << 53, min(1 << 53, try answer.at(index + 1).integer()))
                entry.time = state == .dead ? max(0, now - time) : time - now
                entries.append(entry)
                index += 3
            }
        }
        return entries
    }

    /// Adds to what rediswq clients took who holds it and for how long; leaves out the guard.
    private mutating func withLeases(_ page: [Entry]) throws(Failure) -> [Entry] {
        var held = page.filter { !$0.item.equals("wq:busy") }
        for entry in held {
            append(["GET", .bytes(leaseKey(entry.item[...]))])
            append(["PTTL", .bytes(leaseKey(entry.item[...]))])
        }
        for index in held.indices {
            if case .bytes(let session) = try receive() { held[index].owner = session }
            let left = try receive().integer()
            held[index].time = left >= 0 ? left : nil
            if left == -2 { held[index].reason = Bytes("no lease") }
        }
        return held
    }
}
