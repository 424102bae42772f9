import Base
import CPosix
import Redis
import WorkQueue

/// Something that a worker asks Redis.
enum Request {
    case lease(count: Int, LeaseCall)
    case adopt(count: Int, LeaseCall)
    /// What a lease or adopt granted whose answer was lost, after so many leases.
    case recall(LeaseCall, skip: Int)
    case look
    case renew(ByteList, at: Int)
    case settle([Outcome])
    /// Whether leases are still held.
    case hold(ByteList)
    /// How many clients wait.
    case crowd
    /// A command whose answer does not matter.
    case any

    /// The script that does it; nil for a plain command. This is the one place in the module that names scripts, so that
    /// a program carries one copy of their texts.
    fileprivate var script: Script? {
        switch self {
        case .lease: .lease
        case .adopt: .adopt
        case .recall: .recall
        case .look: .look
        case .renew: .renew
        case .settle(let batch): batch.first?.settlement.script
        case .hold, .crowd, .any: nil
        }
    }

    /// Whether its answer shows that work can go on.
    fileprivate var isOperation: Bool {
        switch self {
        case .lease, .adopt, .recall, .look, .renew, .settle: true
        case .hold, .crowd, .any: false
        }
    }
}

/// A lease that is done with, which Redis does not know yet.
struct Outcome {
    var lease: Bytes
    var settlement: Settlement
    /// Until when it matters: the lease's end.
    var end: Int
    /// Whether Redis may have heard it already.
    var wasSent = false
}

/// A session that is asked without waiting for the answers, and that comes back when it breaks.
struct Link: ~Copyable {
    /// A time without good answers.
    struct Outage {
        /// When it began, in ms of the monotonic clock.
        let since: Int
        /// Why there is no connection, or what Redis said last when it could not do what it was asked.
        var failure: Failure
    }

    /// What there is to talk to.
    enum Condition {
        case up
        /// There is a connection, but there was no good answer on it yet.
        case unproven(Outage)
        /// There is no connection until that time, at least.
        case down(Outage, retryAt: Int)
    }

    var session: Session
    private var condition = Condition.up
    private(set) var hasMoreToSend = false
    private var recovery = Recovery(.worker)
    private var outstanding = Outstanding<Request>()
    /// Since when the oldest request waits.
    private var waitingSince = 0
    /// How long Redis may take for an answer, in ms.
    private let patience: Int

    /// How long a try to connect may take, in ms: nothing else is done meanwhile.
    private static var connectTimeout: Int { 1000 }
    /// How long replicas are waited for, in ms, twice over: all other requests wait meanwhile.
    private static var replicaPatience: Int { 2000 }
    /// How often a silent server is looked at, in ms.
    private static var stuckInterval: Int { 200 }

    init(_ session: consuming Session, patience: Int) {
        self.patience = min(patience, session.patience)
        self.session = session
        self.session.connection.unblock()
        self.session.patience = min(self.session.patience, Self.replicaPatience)
    }

    var isUp: Bool { if case .down = condition { false } else { true } }

    /// The time without good answers that lasts still.
    var outage: Outage? {
        switch condition {
        case .up: nil
        case .unproven(let outage), .down(let outage, _): outage
        }
    }

    var isIdle: Bool { outstanding.isEmpty }
    var isSettling: Bool { outstanding.contains { if case .settle = $0 { true } else { false } } }
    var isOnVigil: Bool { outstanding.contains { if case .hold = $0 { true } else { false } } }
    var isLooking: Bool { outstanding.contains { if case .look = $0 { true } else { false } } }

    /// How many leases were asked for in calls that are not answered. A recall counts as one.
    var asked: Int {
        var sum = 0
        for request in outstanding.tags {
            switch request {
            case .lease(let count, _), .adopt(let count, _): sum += count
            case .recall: sum += 1
            case .look, .renew, .settle, .hold, .crowd, .any: break
            }
        }
        return sum
    }

    /// When the link wants to be asked again, without an event of its socket; `Int.max` if never.
    func wakeAt(_ now: Int) -> Int {
        if case .down(_, let retryAt) = condition { return retryAt }
        return isIdle ? .max : now + Self.stuckInterval
    }

    /// Whether it is too early for another try to connect.
    func mustPause(_ now: Int) -> Bool { if case .down(_, let retryAt) = condition { now < retryAt } else { false } }

    /// Asks for the operation, with the arguments of its script.
    mutating func ask(_ request: Request, _ arguments: ByteList) {
        guard let script = request.script else { return }
        expect(session.post(script, arguments), asking: session.isAsking, request)
    }

    /// Asks by a plain command.
    mutating func ask(_ request: Request, command: ByteList) {
        session.connection.append(command)
        expect(.answer, request)
    }

    private mutating func expect(_ form: AnswerForm, asking: Bool = false, _ request: Request) {
        if isIdle { waitingSince = monotonic() }
        outstanding.expect(form, asking: asking, request)
    }

    /// Sends what can be sent now.
    mutating func transmit() {
        if isUp { hasMoreToSend = !session.connection.transmit() }
    }

    /// The next answer that is there whole.
    mutating func next() throws(Failure) -> Outstanding<Request>.Answer? {
        while let reply = try session.connection.answer() {
            waitingSince = monotonic()
            guard let answer = try outstanding.take(reply) else { continue }
            if answer.tag.isOperation, !answer.value.isError {
                condition = .up
                recovery.succeeded()
            }
            return answer
        }
        return nil
    }

    /// Notes why Redis did not run the request's script by its digest.
    mutating func forgot(_ request: Request, _ reply: Bytes) {
        if let script = request.script { session.forgot(script, reply) }
    }

    /// Whether Redis has kept a request waiting for too long.
    func isStuck(_ now: Int) -> Bool { isUp && !isIdle && now - waitingSince > patience }

    /// Decides what follows a failure.
    mutating func decide(after failure: Failure, at stage: Recovery.Stage) -> Recovery.Decision {
        recovery.decide(after: failure, at: stage, session.situation(now: monotonic()))
    }

    /// Gives the connection up, and tries another one after the pause that was decided.
    /// - Returns: what will not be answered.
    mutating func lose(_ failure: Failure, _ decision: Recovery.Decision) -> [Request] {
        let now = monotonic()
        var retryAt = now
        if case .reconnect(let pause, let destination) = decision {
            retryAt += pause
            session.turn(to: destination)
        }
        condition = .down(Outage(since: outage?.since ?? now, failure: failure), retryAt: retryAt)
        let lost = outstanding.tags
        outstanding.removeAll()
        return lost
    }

    /// Tries to connect anew.
    mutating func retry() {
        guard case .down(let outage, _) = condition else { return }
        do throws(Failure) {
            try session.reconnect(timeout: Self.connectTimeout, once: true)
            session.connection.unblock()
            condition = .unproven(outage)
        } catch {
            _ = lose(error, decide(after: error, at: .connecting))
        }
    }
}
