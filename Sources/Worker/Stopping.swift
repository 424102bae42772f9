/// What is sent to a process group that is stopped.
enum StopStep: Equatable {
    /// TERM, which a process may handle.
    case terminate
    /// KILL, which no process survives.
    case kill
}

/// How a process group is stopped: TERM once, KILL when its time is over, and KILL again for what was started meanwhile.
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

    /// How long after one KILL comes the next.
    private static var killInterval: Int { 50 }
    /// After so many KILLs, what is left is a zombie whose parent left the group, or a process that hangs in the kernel.
    private static var mostKills: Int { 20 }

    init(grace: Int) { self.grace = grace }

    /// Whether the group was asked to end.
    var hasBegun: Bool { if case .running = state { false } else { true } }

    /// Whether more signals are of no use.
    var isHopeless: Bool { if case .killed(Self.mostKills..., _) = state { true } else { false } }

    /// When `step` is to be called next; `Int.max` if never.
    var wakeAt: Int {
        switch state {
        case .running: .max
        case .asked: 0
        case .terminated(let killAt): killAt
        case .killed(_, let againAt): isHopeless ? .max : againAt
        }
    }

    /// Has the group stopped. The first reason stays.
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
        case .killed(let count, _): state = .killed(count: count + 1, againAt: now + Self.killInterval)
        }
        return .kill
    }
}
