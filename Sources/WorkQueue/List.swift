import Base
import Redis

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

    /// Reads a record. One that somebody damaged is an item as it is.
    init(state: State, record text: Bytes) {
        guard let record = Record(text) else {
            self.init(state: state, item: text)
            reason = Bytes("damaged record")
            return
        }
        self.init(state: state, item: record.item)
        (attempt, owner, reason) = (record.attempt, record.owner, record.reason)
    }
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
