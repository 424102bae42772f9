import CPosix
import WorkQueue

/// How many items a worker asks for, and when it may begin them: a value without a clock, a process or a connection.
/// Times are in ms of the monotonic clock.
struct Intake {
    /// What the worker has in hand.
    struct Stock {
        /// Commands that run.
        var running = 0
        /// Items that are leased and not begun.
        var held = 0
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

    /// How many commands run at once, how many items are leased ahead, and how many are leased in all.
    private let jobs: Int
    private let prefetch: Int
    private let maxItems: Int
    /// No command is started before this; 0 if nothing is in the way.
    private var pausedUntil = 0
    /// Whether the last command that was started was alone.
    private var wasAlone = false

    /// How long the worker waits for a system that lacks memory, processes or descriptors.
    private static var pause: Int { 1000 }

    init(_ work: Work) {
        jobs = work.jobs
        prefetch = work.prefetch
        maxItems = work.maxItems
    }

    /// How many more items the worker may lease.
    func room(_ stock: Stock) -> Int {
        if stock.hasLone { return 0 }
        return max(0, min(jobs + prefetch - stock.running - stock.held, maxItems - stock.taken) - stock.asked)
    }

    /// How many items to ask for now. The worker leases ahead only when half of the items that were ahead are used up, so
    /// that one call asks for many.
    func wanted(_ stock: Stock, at now: Int) -> Int {
        if now < pausedUntil { return 0 }
        let isShort = stock.running + stock.held + stock.asked < jobs
        return isShort || stock.held + stock.asked <= prefetch / 2 ? room(stock) : 0
    }

    /// Whether the next item that is held may begin.
    func mayStart(_ stock: Stock, at now: Int) -> Bool {
        stock.held > 0 && stock.running < jobs && !stock.isAlone && now >= pausedUntil
    }

    /// What a call for leases tells of the worker.
    func hands(_ stock: Stock) -> Hands {
        let taken = stock.running + stock.held + stock.asked
        // After an item that was alone it is the others' turn.
        let patience = wasAlone ? Hands.endlessPatience : taken == 0 ? 0 : Hands.longPatience
        // What was asked for may be suspects.
        let share = stock.asked > 0 ? 0 : max(0, Hands.share(of: jobs) - stock.suspects)
        return Hands(free: max(0, jobs - taken), share: share, patience: patience)
    }

    /// When a pause ends; `Int.max` if there is none.
    func wakeAt(_ now: Int) -> Int { pausedUntil > now ? pausedUntil : .max }

    /// Notes that a command was started.
    mutating func started(alone: Bool = false) { (pausedUntil, wasAlone) = (0, alone) }

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
