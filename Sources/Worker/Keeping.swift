import Base
import WorkQueue

/// What to do next for a lease that is kept while a command runs: a value without a clock, a process or a connection.
/// Times are in ms, those of the monotonic clock.
struct Keeping {
    /// What the caller is to do.
    enum Step: Equatable {
        case renew
        /// Ask whether the lease is still held, by the vigil's question.
        case ask
        case send(StopStep)
        case wait(until: Int)
        /// The command ended by itself.
        case end(Status)
        /// The command was stopped.
        case fail(Failure)
    }

    private(set) var holding: Holding
    var vigil: Vigil
    /// When the command was started.
    private let start: Int
    private var stopping: Stopping<Failure>
    /// When the command has run for too long.
    private let limit: Int
    private let tooLong: Failure
    private var status: Status?
    /// Whether the command, which was stopped, is held until a renewal succeeds.
    private var isInDoubt = false

    /// How long a wait lasts at most, in ms.
    private static var longestWait: Int { 3_600_000 }

    /// - Parameters:
    ///   - holding: the lease, which was just renewed.
    ///   - start: when the command was started.
    init(_ holding: Holding, _ how: Renewing, start: Int) {
        self.holding = holding
        self.start = start
        vigil = Vigil(how.duration)
        stopping = Stopping(grace: how.killAfter)
        let (limit, isEndless) = start.addingReportingOverflow(how.maxTime)
        self.limit = isEndless ? .max : limit
        tooLong = Failure(.no, "the command was still running after \(duration(how.maxTime)): it was stopped")
    }

    /// What is to be done now. The caller must do it, and say how it went.
    mutating func next(_ now: Int) -> Step {
        if let status { return stopping.why.map { .fail($0) } ?? .end(status) }
        if stopping.why == nil, now >= limit { stopping.begin(tooLong) }
        if let step = stopping.step(at: now) { return .send(step) }
        // A command that ran for too long has its grace, and its item with it.
        if holding.isDue(now) { return .renew }
        let asking = stopping.hasBegun ? .max : vigil.wakeAt(start)
        if now >= asking { return .ask }
        let wake = min(stopping.wakeAt, holding.renewAt, asking, stopping.hasBegun ? .max : limit)
        return .wait(until: min(wake, now + Self.longestWait))
    }

    /// Notes that the lease was renewed.
    /// - Parameter sent: when the renewal was sent.
    mutating func renewed(at sent: Int) {
        isInDoubt = false
        holding.renewed(at: sent)
    }

    /// Notes that the command, which was stopped together with this process, is held: a lease that has ended meanwhile may
    /// be held still, and one lease time is enough to find out.
    mutating func doubt(at now: Int) {
        if !isInDoubt, holding.hasEnded(now) { holding.doubt(at: now) }
        isInDoubt = true
    }

    /// Notes that the lease is somebody else's, or nobody's: the command must stop.
    mutating func lost(_ why: Failure) {
        holding.lost()
        stop(why)
    }

    /// Notes that the lease could not be renewed: Redis may be away for as long as the lease lasts.
    mutating func failedToRenew(at now: Int, _ why: Failure) {
        if holding.hasEnded(now) { return lost(why) }
        holding.failedToRenew(at: now)
    }

    /// Notes that the command has ended, how, and that nothing of it is left.
    mutating func ended(_ status: Status) { self.status = status }

    private mutating func stop(_ why: Failure) {
        stopping.begin(Failure(why.exit, why.message + ": it was stopped"))
    }
}
