import CPosix
import WorkQueue

/// How many items a worker asks for, how many go to one command, and when it may begin them: a value without a clock, a
/// process or a connection. Times are in ms of the monotonic clock.
struct Intake {
    /// What the worker has in hand.
    struct Stock {
        /// Commands that run.
        var running = 0
        /// Items that are leased and not begun; and how many of them are no suspects.
        var held = 0
        var unsuspected = 0
        /// Leases that were asked for in calls that are not answered.
        var asked = 0
        /// Items that were leased so far.
        var taken = 0
        /// How many of the items in hand are suspects.
        var suspects = 0
        /// Whether one of the items in hand is to be alone, and whether its command runs.
        var hasLone = false
        var isAlone = false
    }

    /// What becomes of an item whose command the system could not start.
    enum Verdict: Equatable {
        /// The item itself cannot be given to the command: this is a failed attempt.
        case refuse
        /// The system lacks something at the moment: the item goes back, and the worker pauses.
        /// `isNews` says whether a person should be told.
        case pause(isNews: Bool)
        /// The command cannot be run at all: the item goes back, and the worker ends.
        case end
    }

    /// How many commands run at once, how many items one has at most, how many are leased ahead (nil if their pace decides),
    /// and how many in all.
    private let jobs: Int
    private let batch: Int
    private let prefetch: Int?
    private let maxItems: Int
    private var pace = Pace()
    /// When an item was begun last.
    private var beganAt = 0
    /// No command is started before this; 0 if nothing is in the way.
    private var pausedUntil = 0
    /// Whether the last command that was started was alone.
    private var wasAlone = false
    /// Whether the last answer said that no more may be leased: then none is leased ahead, since others may begin it now.
    var isLimited = false

    /// How long the worker waits for a system that lacks memory, processes or descriptors.
    private static var pause: Int { 1000 }
    /// The most that are leased ahead by pace: what one call can give back, which keeps their order.
    private static var mostAhead: Int { Session.smallBatch }
    /// How long what was leased ahead by pace may lie while no item is begun: others may have time for it.
    private static var longestStall: Int { 1000 }

    init(_ work: Work) {
        jobs = work.jobs
        batch = work.batch
        prefetch = work.prefetch
        maxItems = work.maxItems
    }

    /// How many items may be leased ahead: by pace, as many as are begun in a tenth of a second beside those that run. They are
    /// whole batches, or the next one would be small.
    private func ahead(_ now: Int) -> Int {
        if let prefetch { return (prefetch + batch - 1) / batch * batch }
        return isLimited ? 0 : min(max(0, pace.done(now) - jobs * batch), Self.mostAhead) / batch * batch
    }

    /// For how many items there are commands that could begin, beside those for the suspects that are held: each has its own.
    private func places(_ stock: Stock) -> Int { (jobs - stock.running - (stock.held - stock.unsuspected)) * batch }

    /// How many more items the worker may lease.
    func room(_ stock: Stock, at now: Int) -> Int {
        if stock.hasLone { return 0 }
        let room = places(stock) + ahead(now) - stock.unsuspected
        return max(0, min(room, maxItems - stock.taken) - stock.asked)
    }

    /// How many items to ask for now. The worker leases ahead only when half of the items that were ahead are used up, so
    /// that one call asks for many.
    func wanted(_ stock: Stock, at now: Int) -> Int {
        if now < pausedUntil { return 0 }
        let isShort = stock.unsuspected + stock.asked < places(stock)
        return isShort || stock.held + stock.asked <= ahead(now) / 2 ? room(stock, at: now) : 0
    }

    /// Whether what was leased ahead is to be given back, since the items before it take longer than those before them.
    func isStalled(_ stock: Stock, at now: Int) -> Bool { now >= stallAt(stock) }

    private func stallAt(_ stock: Stock) -> Int {
        prefetch == nil && stock.unsuspected > 0 && stock.running >= jobs ? beganAt + Self.longestStall : .max
    }

    /// Whether the next item that is held may begin. Several that go together wait for what was asked for, but for no more.
    func mayStart(_ stock: Stock, at now: Int) -> Bool {
        if batch > 1, stock.asked > 0, stock.held < batch { return false }
        return stock.held > 0 && stock.running < jobs && !stock.isAlone && now >= pausedUntil
    }

    /// Whether these items may go to one command. A suspect goes alone, so that it takes no others along; and what failed before
    /// does not go with what did not, since it may fail again; and a command learns of one queue.
    static func goTogether(_ one: Lease, _ other: Lease) -> Bool {
        one.care == .none && other.care == .none && (one.attempt > 1) == (other.attempt > 1) && one.queue == other.queue
    }

    /// What a call for leases tells of the worker.
    func hands(_ stock: Stock) -> Hands {
        let lying = stock.unsuspected + stock.asked
        // Of several items of a command one counts as begun.
        let taken = stock.running + (stock.held - stock.unsuspected) + (lying + batch - 1) / batch
        // After an item that was alone it is the others' turn.
        let patience = wasAlone ? Hands.endlessPatience : taken == 0 ? 0 : Hands.longPatience
        // What was asked for may be suspects.
        let share = stock.asked > 0 ? 0 : max(0, Hands.share(of: jobs) - stock.suspects)
        return Hands(free: max(0, jobs - taken), share: share, patience: patience)
    }

    /// When a pause ends, or what lies is given back; `Int.max` if neither is to come.
    func wakeAt(_ stock: Stock, at now: Int) -> Int { min(pausedUntil > now ? pausedUntil : .max, stallAt(stock)) }

    /// Notes that an item was begun.
    mutating func began(at now: Int, alone: Bool = false) { (pausedUntil, beganAt, wasAlone) = (0, now, alone) }

    /// Notes that an item was settled.
    mutating func ended(at now: Int) { pace.note(now) }

    /// Decides what follows when the system could not start a command.
    /// - Parameter error: the errno.
    mutating func couldNotStart(_ error: Int32, at now: Int) -> Verdict {
        switch error {
        case E2BIG: return .refuse
        case EAGAIN, ENOMEM, EMFILE, ENFILE:
            defer { pausedUntil = now + Self.pause }
            return .pause(isNews: pausedUntil == 0)
        default: return .end
        }
    }
}

/// How many items a worker does in a tenth of a second.
struct Pace {
    /// Since when items are counted, how many there are since then, and how many there were in the span before.
    private var since = 0
    private var count = 0
    private var last = 0

    private static var span: Int { 100 }

    /// Notes that an item is done.
    mutating func note(_ now: Int) {
        if now >= since + Self.span {
            last = now < since + 2 * Self.span ? count : 0
            (since, count) = (now, 0)
        }
        count += 1
    }

    /// How many it did in the last tenth of a second, or in the one before if those were more.
    func done(_ now: Int) -> Int { now < since + 2 * Self.span ? max(count, last) : 0 }
}
