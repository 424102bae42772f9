import Base
import CPosix
import Redis
import Shell
import WorkQueue

/// The line of status that a worker keeps on a terminal, of what Redis says of the whole queue. Times are in ms of the
/// monotonic clock.
struct StatusLine {
    /// What this worker did.
    struct Own {
        var done = 0
        var failed = 0
        var running = 0
        /// For how long.
        var span = 1
    }

    /// Whether there is such a line.
    let isThere: Bool
    /// When it was drawn last.
    private var drawnAt = monotonic()
    /// When to ask for the counts again.
    private(set) var countAt: Int
    private var progress: Progress?
    /// The line that the last counts gave.
    private var text: Bytes = []
    /// When the first of the delayed items is due, by Redis' clock in ms.
    private var due: Int?

    /// The time between two drawings, and between two questions for the counts.
    private static var interval: Int { 1000 }
    /// How soon the line is drawn again once something else was written in its place.
    private static var pause: Int { 100 }

    init(_ work: Work) {
        isThere = isatty(STDERR_FILENO) == 1 && !work.isQuiet && !work.logsJSON
        // The counts of one queue say little of several.
        countAt = isThere && !work.turns.areSeveral ? 0 : .max
    }

    /// When the line is to be drawn next.
    func wakeAt(_ outlet: Outlet) -> Int {
        isThere ? drawnAt + (outlet.hasStatus || outlet.isInLine ? Self.interval : Self.pause) : .max
    }

    /// Draws the line, unless the terminal belongs to another program now.
    mutating func draw(_ now: Int, _ own: Own, to outlet: inout Outlet) {
        drawnAt = now
        if !wq_is_in_foreground(STDERR_FILENO) { return }
        if text.isEmpty || progress == nil {
            let rate = own.done * TimeUnit.second / max(1, own.span)
            let line = filled(
                "% done  % failed  % running  %/s", String(own.done), String(own.failed), String(own.running),
                String(rate))
            text = Bytes(line.utf8.prefix(max(0, Int(wq_columns(STDERR_FILENO)) - 1)))
        }
        outlet.show(status: text)
    }

    /// The command that asks when the first of the delayed items is due, before the counts are asked for.
    mutating func question(_ queue: Queue, at now: Int) -> ByteList {
        countAt = now + Self.interval
        return ["ZRANGE", .bytes(queue.key(":delayed")), 0, 0, "WITHSCORES"]
    }

    mutating func learn(due answer: Value) {
        due = nil
        guard case .list(let first) = answer, first.count == 2, case .bytes(let time) = first[1] else { return }
        due = Bytes(time.prefix { $0 != UInt8(ascii: ".") }).decimal
    }

    /// Takes in the counts, and draws the line.
    mutating func learn(_ answer: Value, _ now: Int, _ own: Own, to outlet: inout Outlet) {
        do throws(Failure) {
            let census = try Census(try answer.list())
            if progress == nil { progress = Progress(census, fromStart: true) }
            var aside = Progress.Aside()
            aside.failed = own.failed
            aside.due = due.map { $0 - census.now }
            text = progress?.line(census, aside, width: Int(wq_columns(STDERR_FILENO))) ?? []
            draw(now, own, to: &outlet)
        } catch {
            askNoMore()
        }
    }

    /// Goes on without the counts, since this user may not ask for them.
    mutating func askNoMore() {
        countAt = .max
        progress = nil
    }

    /// Asks for the counts once more, since Redis did not know the script.
    mutating func askAgain() { countAt = 0 }
}
