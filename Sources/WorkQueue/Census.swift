import Base
import Redis

/// How many items a queue has, by state, and what was done with it so far.
package struct Census: Sendable {
    package var isDrained: Bool
    /// How many items are in each state, in the order of `State.allCases`.
    private var counts: [Int]
    /// How many pushes hold the queue open.
    package var producers: Int
    /// By how many ms the lease that ends first is over; negative if it is still good, 0 if there is none.
    package var overdue: Int
    /// How many ms the lease that ends last is still good; nil if none is.
    package var longestLease: Int?
    /// How many items more have a record than are leased, delayed or dead; negative if records are missing.
    package var unreferenced: Int
    package var isPaused: Bool
    package var isSealed: Bool
    package var isOpen: Bool
    /// After how many failed attempts an item is dead; 0 if it never is.
    package var maxAttempts: Int
    /// Redis' clock, in ms.
    package var now: Int
    /// The counters that are no numbers.
    private(set) var broken: [Bytes] = []
    /// What the queue was given when it was first used; empty if it never was.
    private let epoch: Bytes
    private var counters: [(name: Bytes, count: Int)]
    /// The number of a pushed item, and when it was pushed.
    private var mark: (number: Int, time: Int)?

    package subscript(state: State) -> Int { counts[State.allCases.firstIndex(of: state)!] }

    package var ready: Int { self[.ready] }
    package var arriving: Int { self[.arriving] }
    package var leased: Int { self[.leased] }
    package var delayed: Int { self[.delayed] }
    package var dead: Int { self[.dead] }
    package var rediswq: Int { self[.rediswq] }

    /// The name and count of each state, then of the pushes that hold the queue open, in the order in which they are shown.
    package var states: [(name: StaticString, count: Int)] {
        var rows: [(name: StaticString, count: Int)] = []
        for (state, count) in zip(State.allCases, counts) { rows.append((name: state.name, count: count)) }
        rows.append((name: "producers", count: producers))
        return rows
    }

    /// What the queue is set to, and the times to mind, in ms, as they are shown after the states; `-` is unknown, or none.
    package var conditions: [(name: StaticString, value: String)] {
        [
            (name: "paused", value: isPaused ? "yes" : "no"), (name: "sealed", value: isSealed ? "yes" : "no"),
            (name: "open", value: isOpen ? "yes" : "no"),
            (name: "oldest_ready_ms", value: oldestReady.map { "\($0)" } ?? "-"),
            (name: "longest_lease_ms", value: longestLease.map { "\($0)" } ?? "-"),
        ]
    }

    /// Words for how the queue is, as a line a queue has them.
    package var words: String {
        var words = isDrained ? "drained" : "busy"
        if isPaused { words += ",paused" }
        if isSealed { words += ",sealed" }
        if isOpen { words += ",open" }
        if producers > 0 { words += ",producers" }
        return words
    }

    /// What only counts up, since the queue was made.
    package static var totals: [StaticString] {
        ["pushed", "leased", "completed", "released", "expired", "dead", "retried", "orphans", "dropped"]
    }

    package func total(_ name: StaticString) -> Int { counters.first { $0.name.equals(name) }?.count ?? 0 }

    /// What is left to do.
    package var left: Int { ready + arriving + leased + delayed + rediswq }

    /// For how many ms at least the oldest ready item has waited; nil if it is not known: the list holds nothing but
    /// items, so that a push marks one now and then, which tells nothing once it was taken, or if others than wq
    /// add items.
    package var oldestReady: Int? {
        guard ready > 0, difference == 0, let mark, total("pushed") - ready < mark.number else { return nil }
        return max(0, now - mark.time)
    }

    /// Items in the queue, done or dropped, less those pushed by wq: 0 in a queue that only wq uses. More were added, less
    /// taken by others; else an item was doubled or lost.
    package var difference: Int {
        ready + arriving + leased + delayed + dead + total("completed") + total("dropped") - total("pushed")
    }

    /// Reads the answer of the script.
    package init(_ answer: [Value]) throws(Failure) {
        let state = try answer.at(0).bytes()
        isDrained = state.equals("drained")
        if !isDrained, !state.equals("busy") { throw Value.unexpected("a queue is in no such state") }
        counts = []
        for index in State.allCases.indices { counts.append(try answer.at(1 + index).count()) }
        let rest = 1 + counts.count
        producers = try answer.at(rest).count()
        overdue = try answer.at(rest + 1).integer()
        let longest = max(0, try answer.at(rest + 2).bounded())
        longestLease = longest > 0 ? longest : nil
        unreferenced = try answer.at(rest + 3).count()
        isPaused = try answer.at(rest + 4).count(most: 1) == 1
        isSealed = try answer.at(rest + 5).count(most: 1) == 1
        isOpen = try answer.at(rest + 6).count(most: 1) == 1
        maxAttempts = max(0, try answer.at(rest + 7).bounded())
        now = try answer.at(rest + 8).time()
        epoch = try answer.at(rest + 9).bytes()
        counters = []
        var index = rest + 10
        while index < answer.count {
            let (name, value) = (try answer.at(index).bytes(), try answer.at(index + 1).bytes())
            if name.equals("mark"), let space = value.firstIndex(of: UInt8(ascii: " ")),
                let number = value[..<space].decimal, let time = value[(space + 1)...].decimal
            {
                mark = (number: number, time: time)
            }
            // Anybody can write anything into this hash.
            let isBroken = Self.isBroken(name, value)
            if isBroken { broken.append(name) }
            counters.append((name: name, count: isBroken ? 0 : value.decimal ?? 0))
            index += 2
        }
        unreferenced -= leased + delayed + dead
    }

    /// What tells whether the queue is still the one that it was: its epoch, and a number that only grows.
    package var sign: Sign { Sign(epoch: epoch, number: total("pushed"), dead: dead) }

    /// Whether Redis, or a script, could not go on counting from that value. Two fields are no counts: `mark` begins with a
    /// number, and `arriving` may be anything.
    private static func isBroken(_ name: Bytes, _ value: Bytes) -> Bool {
        if name.equals("arriving") { return false }
        guard name.equals("mark") || name.equals("elsewhere") || Self.totals.contains(where: { name.equals($0) }) else {
            return false
        }
        let number = name.equals("mark") ? Bytes(value.prefix { $0 != UInt8(ascii: " ") }) : value
        return number.decimal.map { $0 > largestCount } ?? true
    }

    /// The highest number that Lua writes without an exponent.
    static var largestCount: Int { 99_999_999_999_999 }
}

extension Session {
    /// Counts the queue's items; changes nothing.
    package mutating func census() throws(Failure) -> Census {
        let isBack = backSince.map { monotonic() - $0 < Defaults.pushHold.milliseconds } ?? false
        return try Census(try call(.census, isBack ? ["1"] : []).list())
    }

    /// Counts the queue's items once nothing is left to do, or the time is up.
    /// - Parameter timeout: the longest wait, in ms; nil if there is none.
    /// - Throws: `.noQueue` if the queue was never used, or is not the one that it was, and so has no items.
    package mutating func awaitDrained(timeout: Int?) throws(Failure) -> Census {
        let deadline = timeout.map { monotonic() + $0 }
        var pauses = Backoff(first: 10, longest: 1000)
        while true {
            let census = try census()
            let verdict = sighting.judge(census.sign)
            if census.isDrained || verdict != .unused, let failure = queue.failure(verdict) { throw failure }
            let left = deadline.map { $0 - monotonic() } ?? .max
            if census.isDrained || left <= 0 { return census }
            Connection.sleep(min(pauses.next(), left))
        }
    }
}
