import Base

/// How many attempts failed of the copies of an item that lie in the queue, as `Q:attempts` has it: see back.lua.
struct Failures {
    /// Copies with the same number of failed attempts.
    private struct Run {
        let failed: Int
        var copies: Int
    }

    private let item: Bytes
    /// The last run is about the copy that is taken first. Other copies never failed.
    private var runs: [Run] = []

    /// - Parameter text: runs of attempts, or of attempts x copies, with spaces between them.
    init(_ item: Bytes, _ text: Bytes) {
        self.item = item
        for word in text.split(separator: UInt8(ascii: " ")) {
            let numbers = word.split(separator: UInt8(ascii: "x"))
            guard let first = numbers.first, let failed = Bytes(first).decimal else { continue }
            let copies = numbers.count > 1 ? Bytes(numbers[1]).decimal ?? 1 : 1
            runs.append(Run(failed: failed, copies: copies))
        }
    }

    /// How many attempts of the next copy failed.
    mutating func next() -> Int {
        guard let last = runs.popLast() else { return 0 }
        if last.copies > 1 { runs.append(Run(failed: last.failed, copies: last.copies - 1)) }
        return last.failed
    }

    /// How many attempts failed of the item that comes next in a list.
    /// - Parameters:
    ///   - text: what is remembered of its copies: 0 if nothing.
    ///   - known: the items that came before it, of which something is remembered.
    static func next(of item: Bytes, _ text: Bytes, _ known: inout [Failures]) -> Int {
        if text.equals("0") { return 0 }
        let index = known.firstIndex { $0.item == item } ?? known.count
        if index == known.count { known.append(Failures(item, text)) }
        return known[index].next()
    }
}
