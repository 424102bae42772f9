import Base
import Redis

/// An item as it lies in the queue, or a push that holds the queue open. What its state does not know is empty.
package struct Entry: Sendable {
    /// nil for a push.
    package var state: State?
    package var id: Bytes
    package var attempt: Bytes
    package var owner: Bytes
    /// ms until the lease ends or the item is due (negative: that long ago), or ms since it died; nil if unknown.
    package var time: Int?
    /// When it got into its state, in ms of Redis' clock; nil if unknown.
    package var since: Int?
    /// How long ago that was, in ms; negative if it is in the future.
    package var age: Int?
    package var reason: Bytes
    package var item: Bytes

    /// What the state is called.
    package var name: Bytes { Bytes(state?.name ?? "producer") }

    init(state: State?, item: Bytes) {
        self.state = state
        (id, attempt, owner, reason) = ([], [], [], [])
        self.item = item
    }

    /// Reads a record of an item.
    /// - Parameter time: when the lease ends, the item is due or died.
    init(state: State, record: Bytes, id: Bytes, time: Int, now: Int) {
        self.init(state: state, record: record)
        self.id = id
        self.time = state == .dead ? max(0, now - time) : time - now
        age = since.map { now - $0 }
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
        // The record of an item that has none says 0.
        since = record.since.decimal.flatMap { $0 > 0 ? $0 : nil }
    }
}

/// A push that holds the queue open.
package struct Hold: Sendable {
    /// The member of Q:producers.
    let member: Bytes
    /// When the hold ends, in ms of Redis' clock, and how many ms that is from now.
    let until: Int
    let left: Int
    let id: Bytes
    /// Empty if unknown.
    let owner: Bytes

    init(member: Bytes, until: Int, now: Int) {
        (self.member, self.until, left) = (member, until, until - now)
        let tab = member.lastIndex(of: UInt8(ascii: "\t")) ?? member.endIndex
        (id, owner) = (Bytes(member[..<tab]), Bytes(member[tab...].dropFirst()))
    }

    /// As a line of a list.
    package var entry: Entry {
        var entry = Entry(state: nil, item: [])
        (entry.id, entry.owner, entry.time) = (id, owner, left)
        return entry
    }

    /// For messages.
    var shown: String { id.printable + (owner.isEmpty ? "" : " of \(owner.printable)") }
}

extension Session {
    /// Hands over the entries of a state, a page at a time: ready items in the order in which they will be taken,
    /// others by their time. The queue goes on working meanwhile, so an item that moves may be seen twice or not; one of
    /// those with records that stays where it is, is seen.
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - sha224: the SHA-224 of an item in hexadecimal digits, by which rediswq names the item's lease.
    package mutating func list(
        _ state: State, limit: Int, sha224: (ArraySlice<UInt8>) -> Bytes, deliver: ([Entry]) throws(Failure) -> Void
    ) throws(Failure) {
        if !state.isList { return try listRecords(of: state, limit: limit, deliver: deliver) }
        var (skip, shown) = (0, 0)
        var failures: [Failures] = []
        while shown < limit {
            let answer = try page(of: Bytes(state.name), after: skip, limit: min(Self.batch, limit - shown))
            let page = try entries(state, answer, &failures)
            if page.isEmpty { return }
            skip += page.count
            let entries = state == .rediswq ? try withLeases(page, sha224) : page
            shown += entries.count
            try deliver(entries)
        }
    }

    private mutating func listRecords(
        of state: State, limit: Int, deliver: ([Entry]) throws(Failure) -> Void
    ) throws(Failure) {
        var shown = 0
        // The last one, and its place in the order of times.
        var last: (id: Bytes, place: Bytes)?
        // Suspects are delayed items that lie apart.
        var name = Bytes(state.name)
        while shown < limit {
            let answer = try page(of: name, after: 0, last, limit: min(Self.smallBatch, limit - shown))
            let entries = try records(state, answer)
            guard let end = entries.last else {
                if state != .delayed || !name.equals(state.name) { return }
                (name, last) = (Bytes("suspects"), nil)
                continue
            }
            last = (end.id, try answer.at(1).bytes())
            shown += entries.count
            try deliver(entries)
        }
    }

    /// Hands over the items that are ready, a page at a time, in the order in which they will be taken.
    /// - Parameter limit: how many at most.
    package mutating func readyItems(
        limit: Int, deliver: ([Bytes]) throws(Failure) -> Void
    ) throws(Failure) {
        var shown = 0
        while shown < limit {
            let answer = try page(of: Bytes(State.ready.name), after: shown, limit: min(Self.batch, limit - shown))
            var items: [Bytes] = []
            for index in stride(from: 1, to: answer.count, by: 2) { items.append(try answer.at(index).bytes()) }
            if items.isEmpty { return }
            shown += items.count
            try deliver(items)
        }
    }

    /// The answer of the script: items of the state after so many others, or after the last one.
    private mutating func page(
        of name: Bytes, after skip: Int, _ last: (id: Bytes, place: Bytes)? = nil, limit: Int
    ) throws(Failure) -> [Value] {
        var arguments = ByteList()
        arguments.append(name)
        arguments.append(skip)
        arguments.append(limit)
        if let last {
            arguments.append(last.id)
            arguments.append(last.place)
        }
        let answer = try call(.list, arguments).list()
        // Without the time it would be an empty page.
        _ = try answer.at(0).time()
        return answer
    }

    /// The pushes that hold the queue open, those that let go first before the others.
    package mutating func holds() throws(Failure) -> [Hold] {
        var arguments = ByteList()
        arguments.append("producers")
        arguments.append(0)
        arguments.append(Self.mostHolds)
        let answer = try call(.list, arguments).list()
        let now = try answer.at(0).time()
        var holds: [Hold] = []
        for at in stride(from: 1, to: answer.count, by: 2) {
            let until = max(0, try answer.at(at + 1).bounded())
            if until > now { holds.append(Hold(member: try answer.at(at).bytes(), until: until, now: now)) }
        }
        return holds
    }

    /// How many pushes are shown at most.
    private static var mostHolds: Int { 1000 }

    /// - Parameter failures: what is known of the ready items that failed before.
    private func entries(
        _ state: State, _ answer: [Value], _ failures: inout [Failures]
    ) throws(Failure) -> [Entry] {
        var entries: [Entry] = []
        var index = 1
        while index < answer.count {
            if state == .ready {
                var entry = Entry(state: state, item: try answer.at(index).bytes())
                let failed = Failures.next(of: entry.item, try answer.at(index + 1).bytes(), &failures)
                if failed > 0 { entry.attempt = Bytes("\(failed)".utf8) }
                entries.append(entry)
                index += 2
            } else {
                entries.append(Entry(state: state, item: try answer.at(index).bytes()))
                index += 1
            }
        }
        return entries
    }

    private func records(_ state: State, _ answer: [Value]) throws(Failure) -> [Entry] {
        let now = try answer.at(0).time()
        var entries: [Entry] = []
        for index in stride(from: 2, to: answer.count, by: 3) {
            entries.append(
                Entry(
                    state: state, record: try answer.at(index + 2).bytes(), id: try answer.at(index).bytes(),
                    time: try answer.at(index + 1).bounded(), now: now))
        }
        return entries
    }

    /// Adds to what rediswq clients took who holds it and for how long; leaves out the guard.
    private mutating func withLeases(
        _ page: [Entry], _ sha224: (ArraySlice<UInt8>) -> Bytes
    ) throws(Failure) -> [Entry] {
        var held = page.filter { !$0.item.equals(Queue.guardElement) }
        for entry in held {
            append(["GET", .bytes(leaseKey(sha224(entry.item[...])))])
            append(["PTTL", .bytes(leaseKey(sha224(entry.item[...])))])
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
