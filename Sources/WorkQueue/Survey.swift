import Base
import Redis

/// Items of one kind that are not as they should be.
package struct Oddity: Sendable {
    /// As survey.lua calls it.
    package let what: Bytes
    /// How many there are.
    package var count = 0
    /// The IDs of the first of them.
    package var ids: [Bytes] = []
    /// The greatest number, and the ID and the owner that it belongs to.
    package var number = -1
    package var id: Bytes = []
    package var owner: Bytes = []
}

/// Looks at the queue that read every item, a page a call.
extension Session {
    /// How many IDs a command names at most.
    package static var named: Int { 50 }
    /// How many items one call looks at.
    private static var page: Int { 500 }

    /// What is not as it should be among the items in a state that has records.
    /// - Parameters:
    ///   - long: ms from which on a lease, or its holder, is long.
    ///   - many: how many failed attempts are many.
    ///   - limit: how many IDs of each kind to answer.
    package mutating func survey(
        _ state: State, long: Int, many: Int, naming limit: Int = Self.named
    ) throws(Failure) -> [Oddity] {
        var oddities: [Oddity] = []
        var skip = 0
        while true {
            var arguments = ByteList()
            arguments.append(state.name)
            for number in [skip, Self.page, long, many] { arguments.append(number) }
            let answer = try call(.survey, arguments).list()
            let looked = try answer.at(0).count(most: Self.page)
            if looked == 0 { return oddities }
            skip += looked
            for at in stride(from: 1, to: answer.count, by: 4) {
                let what = try answer.at(at).bytes()
                let index = oddities.firstIndex { $0.what == what } ?? oddities.count
                if index == oddities.count { oddities.append(Oddity(what: what)) }
                let id = try answer.at(at + 1).bytes()
                let number = try answer.at(at + 2).count(most: Value.largestExact)
                oddities[index].count += 1
                if oddities[index].ids.count < limit { oddities[index].ids.append(id) }
                if number > oddities[index].number {
                    oddities[index].number = number
                    (oddities[index].id, oddities[index].owner) = (id, try answer.at(at + 3).bytes())
                }
            }
        }
    }

    /// The IDs whose records no state refers to.
    package mutating func strays() throws(Failure) -> [Bytes] { try scan("items").fields }

    /// How many items are in no state: such records, and what lies in lists that pushes left behind.
    package mutating func strayCount(_ unfinished: [Bytes]) throws(Failure) -> Int {
        try strays().count + lengths(unfinished)
    }

    /// How many items the lists have.
    mutating func lengths(_ lists: [Bytes]) throws(Failure) -> Int {
        var count = 0
        for list in lists {
            append(["LLEN", .bytes(list)])
            count += try receive().count()
        }
        return count
    }

    /// The highest number of failed attempts of an item that is not dead, and the fields that have none.
    mutating func attempts() throws(Failure) -> (highest: Int, bad: [Bytes]) {
        let (highest, bad) = try scan("attempts")
        return (highest, bad)
    }

    private mutating func scan(_ hash: StaticString) throws(Failure) -> (highest: Int, fields: [Bytes]) {
        var cursor = Bytes("0")
        var (highest, fields): (Int, [Bytes]) = (0, [])
        repeat {
            var arguments = ByteList()
            arguments.append(hash)
            arguments.append(cursor)
            let answer = try call(.scan, arguments).list()
            cursor = try answer.at(0).bytes()
            highest = max(highest, try answer.at(1).count())
            for index in 2..<max(2, answer.count) { fields.append(try answer.at(index).bytes()) }
        } while !cursor.equals("0")
        // A hash that grows meanwhile may show a field twice.
        fields.sort { $0.lexicographicallyPrecedes($1) }
        return (highest, fields.indices.filter { $0 == 0 || fields[$0] != fields[$0 - 1] }.map { fields[$0] })
    }

    /// How many items died of each reason, the most frequent one first.
    package mutating func reasons() throws(Failure) -> [(reason: Bytes, count: Int)] {
        var reasons: [(reason: Bytes, count: Int)] = []
        try tally(.dead) { (reason, count) in
            if let index = reasons.firstIndex(where: { $0.reason == reason }) {
                reasons[index].count += count
            } else {
                reasons.append((reason: reason, count: count))
            }
        }
        reasons.sort { $0.count != $1.count ? $0.count > $1.count : $0.reason.lexicographicallyPrecedes($1.reason) }
        return reasons
    }

    /// How many owners have leases that are not over.
    package mutating func workers() throws(Failure) -> Int {
        var owners: [Bytes] = []
        try tally(.leased) { (owner, _) in owners.append(owner) }
        owners.sort { $0.lexicographicallyPrecedes($1) }
        return owners.indices.count { $0 == 0 || owners[$0] != owners[$0 - 1] }
    }

    /// Counts the dead by reason, or the leased by owner, a page at a time: the same name may come with several pages.
    private mutating func tally(_ state: State, _ add: (Bytes, Int) -> Void) throws(Failure) {
        var skip = 0
        while true {
            var arguments = ByteList()
            arguments.append(state.name)
            arguments.append(skip)
            arguments.append(Self.page)
            let answer = try call(.tally, arguments).list()
            let looked = try answer.at(0).count(most: Self.page)
            if looked == 0 { return }
            skip += looked
            for at in stride(from: 1, to: answer.count, by: 2) {
                add(try answer.at(at).bytes(), try answer.at(at + 1).count())
            }
        }
    }
}
