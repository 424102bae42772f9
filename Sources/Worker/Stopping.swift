import CPosix

/// What is sent to processes that are stopped.
enum StopStep: Equatable {
    /// TERM, which a process may handle.
    case terminate
    /// KILL, which no process survives.
    case kill

    var signal: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .kill: SIGKILL
        }
    }
}

/// How processes are stopped: TERM once, KILL when its time is over, and KILL again for what was started meanwhile.
/// A value without a clock or a process. Times are in ms, those of the monotonic clock.
struct Stopping<Why: Sendable>: Sendable {
    private enum State {
        case running
        /// TERM is to be sent.
        case asked
        /// TERM was sent.
        case terminated(killAt: Int)
        /// KILL was sent so often.
        case killed(count: Int, againAt: Int)
    }

    /// Why the command is stopped; nil if it is not stopped, or if only what it left behind is.
    private(set) var why: Why?
    /// How long after TERM comes KILL.
    private let grace: Int
    private var state = State.running

    /// Whether the last signal found anything alive.
    private var isAlive = false

    /// From one KILL to the next, at first and later.
    private static var killInterval: Int { 50 }
    private static var longKillInterval: Int { 1000 }
    /// After so many KILLs, what is left are zombies whose parent left the session and does not wait for them; or what is
    /// alive hangs in the kernel, or is another user's.
    private static var mostKills: Int { 20 }

    init(grace: Int) { self.grace = grace }

    /// Whether the processes were asked to end.
    var hasBegun: Bool { if case .running = state { false } else { true } }

    private var wasKilledOften: Bool { if case .killed(Self.mostKills..., _) = state { true } else { false } }

    /// Whether more signals are of no use, since nothing is alive.
    var isHopeless: Bool { wasKilledOften && !isAlive }

    /// Whether KILL has just turned out to be of no use to processes that are alive.
    var isStubborn: Bool { if case .killed(Self.mostKills, _) = state { isAlive } else { false } }

    /// When `step` is to be called next; `Int.max` if never.
    var wakeAt: Int {
        switch state {
        case .running: .max
        case .asked: 0
        case .terminated(let killAt): killAt
        case .killed(_, let againAt): isHopeless ? .max : againAt
        }
    }

    /// Has the processes stopped. The first reason stays.
    mutating func begin(_ why: Why?) {
        if self.why == nil { self.why = why }
        if !hasBegun { state = .asked }
    }

    /// Has KILL sent at that time: nobody wants to wait any longer.
    mutating func hurry(at now: Int) {
        switch state {
        case .running, .asked: break
        case .terminated: state = .terminated(killAt: now)
        case .killed(let count, _): state = .killed(count: count, againAt: now)
        }
    }

    /// What is to be sent now. The caller must send it.
    mutating func step(at now: Int) -> StopStep? {
        if now < wakeAt { return nil }
        switch state {
        case .running: return nil
        case .asked:
            let (killAt, isEndless) = now.addingReportingOverflow(grace)
            state = .terminated(killAt: isEndless ? .max : killAt)
            return .terminate
        case .terminated: state = .killed(count: 1, againAt: now + Self.killInterval)
        case .killed(let count, _):
            let interval = wasKilledOften ? Self.longKillInterval : Self.killInterval
            state = .killed(count: count + 1, againAt: now + interval)
        }
        return .kill
    }

    /// Notes how many processes were alive when the signal of a step was sent.
    mutating func reached(_ alive: Int) { isAlive = alive > 0 }
}
