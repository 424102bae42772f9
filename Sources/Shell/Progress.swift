import Base
import WorkQueue

/// The line of progress of a queue, with a bar on a terminal.
package struct Progress {
    /// What only one program knows about the progress.
    package struct Aside: Sendable {
        /// How many attempts failed under it.
        package var failed = 0
        /// How many ms later the first of the delayed items is due; nil if that is not known.
        package var due: Int?

        package init() {}
    }

    private var previous: Census
    /// The counts when more items were left than before for the last time, or when the watch began.
    private var peak: Census
    private var hasGrown = false
    /// How many items needed no more work before all that counts here.
    private let before: Int

    /// How many columns the inside of the bar may have.
    private static var bar: ClosedRange<Int> { 5...40 }
    /// The columns of its brackets, of the space behind it, and of the last one, which stays free.
    private static var frame: Int { 4 }
    /// What stands between two parts of the line.
    private static var gap: Int { 2 }

    /// - Parameter fromStart: whether only what was left at these counts, or came later, is counted, not what was done before.
    package init(_ census: Census, fromStart: Bool = false) {
        previous = census
        peak = census
        before = fromStart ? census.total("completed") + census.dead : 0
    }

    /// Items that need no more work: completed, or dead.
    private func done(_ census: Census) -> Int { max(0, census.total("completed") + census.dead - before) }

    /// The line for these counts.
    /// - Parameter width: how many columns the terminal has, for a line with a bar that has room there; nil for a line without.
    package mutating func line(_ census: Census, _ aside: Aside = Aside(), width: Int?) -> Bytes {
        let all = done(census) + census.left
        let percent = all > 0 ? done(census) * 100 / all : 100
        var parts = [
            String(percent) + "%", filled("%/% done", String(done(census)), String(all)),
            filled("% leased", String(census.leased + census.rediswq)),
        ]
        if aside.failed > 0 { parts.append(filled("% failed", String(aside.failed))) }
        let dead = census.dead > 0 ? parts.count : nil
        if census.dead > 0 { parts.append(filled("% dead", String(census.dead))) }
        if census.delayed > 0 { parts.append(delayed(census, aside)) }
        parts += pace(census)
        var text: Bytes = []
        var columns = 0
        let room = width.map { max(0, $0 - 1) } ?? .max
        for (index, part) in parts.enumerated() {
            let space = index > 0 ? Self.gap : 0
            if columns + space + part.utf8.count > room { break }
            columns += space + part.utf8.count
            let isAlarm = index == dead && width != nil && Colour.isWanted
            text += Bytes(repeating: UInt8(ascii: " "), count: space)
            text += isAlarm ? Colour.red.paint(Bytes(part.utf8)) : Bytes(part.utf8)
        }
        return width.map { bar(percent, min(Self.bar.upperBound, $0 - columns - Self.frame)) + text } ?? text
    }

    private func bar(_ percent: Int, _ room: Int) -> Bytes {
        guard room >= Self.bar.lowerBound else { return [] }
        let filled = room * percent / 100
        return Bytes("[") + Bytes(repeating: UInt8(ascii: "#"), count: filled)
            + Bytes(repeating: UInt8(ascii: "."), count: room - filled) + Bytes("] ")
    }

    private func delayed(_ census: Census, _ aside: Aside) -> String {
        // Items that a push keeps back were never tried.
        let isRetry = census.total("released") + census.total("expired") > 0
        let seconds = max(1, ((aside.due ?? 0) + TimeUnit.second - 1) / TimeUnit.second)
        let form: StaticString =
            aside.due == nil ? "% delayed" : isRetry ? "% to be retried in %" : "% delayed, due in %"
        return filled(form, String(census.delayed), roughly(seconds * TimeUnit.second))
    }

    /// How many items a second need no more work, and when nothing will be left.
    private mutating func pace(_ census: Census) -> [String] {
        let span = census.now - previous.now
        let rate = filled(
            "%/s", String(span > 0 ? max(0, done(census) - done(previous)) * TimeUnit.second / span : 0))
        if census.left > previous.left { (peak, hasGrown) = (census, true) }
        previous = census
        // What only waits until it is due has no pace.
        if census.left == census.delayed { return [rate] }
        // The time that is left follows from the rate since the peak, which is steadier than that of the last interval.
        let (whole, gone) = (census.now - peak.now, peak.left - census.left)
        let (product, overflow) = census.left.multipliedReportingOverflow(by: whole)
        if gone > 0, whole > 0, !overflow {
            return [rate, filled("% left", roughly(max(TimeUnit.second, product / gone)))]
        }
        return [rate, gone <= 0 && hasGrown ? "grows" : "unknown left"]
    }
}
