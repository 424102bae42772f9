import Base
import CPosix
import Redis
import WorkQueue

/// A request of a worker to Redis.
enum Request {
    case lease(count: Int, LeaseCall)
    case adopt(Bytes, count: Int, LeaseCall)
    /// The leases that a lease or adopt granted whose answer was lost, but for the first so many that were looked at.
    case recall(LeaseCall, skip: Int)
    /// What there is to lease of the queue with this number.
    case look(Int)
    case renew(ByteList, at: Int)
    case settle(Settling)
    /// Whether leases are held still.
    case hold(ByteList)
    /// How many clients of Redis wait.
    case crowd
    /// The counts of the queue, and when the first of its delayed items is due, for the line of status.
    case census, due
    /// After how many attempts an item of the queue with this number is dead.
    case limit(Int)
    /// A command whose answer does not matter.
    case any

    /// The script of the request; nil for a plain command. This is the one place in the module that names scripts, so that
    /// a program carries one copy of their texts.
    fileprivate var script: Script? {
        switch self {
        case .lease: .lease
        case .adopt: .adopt
        case .recall: .recall
        case .look: .look
        case .renew: .renew
        case .settle(let settling): settling.call.settlement.script
        case .census: .census
        case .hold, .crowd, .due, .limit, .any: nil
        }
    }

    /// Whether an answer to the request shows that work can go on.
    fileprivate var isOperation: Bool {
        switch self {
        case .lease, .adopt, .recall, .look, .renew, .settle: true
        case .hold, .crowd, .census, .due, .limit, .any: false
        }
    }
}

/// A session on which requests do not wait for their answers, and which connects anew when its connection breaks.
struct Link: ~Copyable {
    /// A time without good answers.
    struct Outage {
        /// When it began, in ms of the monotonic clock.
        let since: Int
        /// Why there is no connection, or the last error that Redis answered.
        var failure: Failure
    }

    /// Whether there is a connection.
    enum Condition {
        case up
        /// There is a connection, on which no good answer has come yet.
        case unproven(Outage)
        /// There is no connection, and the next try to connect comes at that time.
        case down(Outage, retryAt: Int)
        /// There is no connection until that time, at least, since nothing is asked and others need its place.
        case resting(until: Int)
    }

    var session: Session
    private var condition = Condition.up
    private(set) var hasMoreToSend = false
    private var recovery = Recovery(.worker)
    private var outstanding = Outstanding<Request>()
    /// How many good answers it takes until the link is bold again. A careful link has little under way at once: where each
    /// connection breaks after so many bytes, something is done on each nevertheless.
    private var care = 0
    /// How many bytes were sent since everything was answered.
    private var underWay = 0
    /// Requests that a careful link has not sent yet.
    private var pending: [(request: Request, arguments: ByteList, queue: Queue)] = []
    /// Since when the oldest request waits.
    private var waitingSince = 0
    /// How long Redis may take for an answer, in ms.
    let patience: Int

    /// How long a try to connect may take, in ms: nothing else is done meanwhile.
    private static var connectTimeout: Int { 1000 }
    /// How long Redis may wait for replicas, in ms, twice over: all other requests wait meanwhile.
    private static var replicaPatience: Int { 2000 }
    /// How many good answers follow a broken connection until the link is bold again.
    private static var caution: Int { 100 }
    /// How many bytes a careful link has under way at once, unless it is one request.
    private static var carefulBytes: Int { 8192 }
    /// The time between two looks at a server that owes answers, in ms.
    private static var stuckInterval: Int { 200 }

    init(_ session: consuming Session, patience: Int) {
        self.patience = min(patience, session.patience)
        self.session = session
        self.session.connection.unblock()
        self.session.patience = min(self.session.patience, Self.replicaPatience)
    }

    var isUp: Bool { retryAt == nil }

    /// When the next connection is tried; nil if there is one.
    private var retryAt: Int? {
        switch condition {
        case .up, .unproven: nil
        case .down(_, let retryAt), .resting(let retryAt): retryAt
        }
    }

    /// The time without good answers that lasts still.
    var outage: Outage? {
        switch condition {
        case .up, .resting: nil
        case .unproven(let outage), .down(let outage, _): outage
        }
    }

    private var isIdle: Bool { outstanding.isEmpty }
    /// What was asked and is not answered.
    private var requests: [Request] { outstanding.tags + pending.map { $0.request } }
    /// How many calls that tell outcomes are not answered.
    var settling: Int {
        requests.reduce(0) { sum, request in if case .settle = request { sum + 1 } else { sum } }
    }
    var isOnVigil: Bool { requests.contains { if case .hold = $0 { true } else { false } } }
    var isCounting: Bool { requests.contains { if case .census = $0 { true } else { false } } }
    var isLooking: Bool { requests.contains { if case .look = $0 { true } else { false } } }

    /// How many leases were asked for in calls that are not answered. A recall counts as one.
    var asked: Int {
        var sum = 0
        for request in requests {
            switch request {
            case .lease(let count, _), .adopt(_, let count, _): sum += count
            case .recall: sum += 1
            case .look, .renew, .settle, .hold, .crowd, .census, .due, .limit, .any: break
            }
        }
        return sum
    }

    /// When the link wants to be asked again, without an event of its socket; `Int.max` if never.
    func wakeAt(_ now: Int) -> Int {
        if let retryAt { return retryAt }
        return isIdle ? .max : now + Self.stuckInterval
    }

    /// Whether it is too early for another try to connect.
    func mustPause(_ now: Int) -> Bool { now < retryAt ?? now }

    /// Leaves the connection's place on the server to others until that time, if nothing is asked.
    mutating func rest(until end: Int) {
        guard isUp, isIdle, pending.isEmpty else { return }
        session.connection.hangUp()
        condition = .resting(until: end)
    }

    /// Sends a request for an operation.
    /// - Parameters:
    ///   - arguments: those of its script.
    ///   - queue: the queue that it is about.
    mutating func ask(_ request: Request, _ arguments: ByteList, in queue: Queue) {
        if care > 0 || !pending.isEmpty { return pending.append((request, arguments, queue)) }
        guard let script = request.script else { return }
        session.queue = queue
        expect(session.post(script, arguments), asking: session.isAsking, request)
    }

    /// Sends those of the requests that wait that can be sent now.
    private mutating func proceed() {
        while let next = pending.first, let script = next.request.script {
            session.queue = next.queue
            let size = session.size(script, next.arguments)
            if isIdle { underWay = 0 }
            guard care == 0 || isIdle || underWay + size <= Self.carefulBytes else { return }
            underWay += size
            pending.removeFirst()
            expect(session.post(script, next.arguments), asking: session.isAsking, next.request)
        }
    }

    /// Sends a request that is a plain command.
    mutating func ask(_ request: Request, command: ByteList) {
        session.connection.append(command)
        expect(.answer, request)
    }

    private mutating func expect(_ form: AnswerForm, asking: Bool = false, _ request: Request) {
        if isIdle { waitingSince = monotonic() }
        outstanding.expect(form, asking: asking, request)
    }

    /// Sends as much as the connection takes now.
    mutating func transmit() {
        guard isUp else { return }
        proceed()
        hasMoreToSend = !session.connection.transmit()
    }

    /// The next answer that has arrived whole; nil if there is none.
    mutating func next() throws(Failure) -> Outstanding<Request>.Answer? {
        while let reply = try session.connection.answer() {
            waitingSince = monotonic()
            guard let answer = try outstanding.take(reply) else { continue }
            if answer.value.isError { return answer }
            if let script = answer.tag.script { session.ran(script) }
            if answer.tag.isOperation {
                condition = .up
                care = max(0, care - 1)
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

    /// Gives the connection up. The next try to connect follows after the pause that was decided.
    /// - Returns: the requests that will get no answer, and whether they were sent.
    mutating func lose(_ failure: Failure, _ decision: Recovery.Decision) -> [(request: Request, wasSent: Bool)] {
        let now = monotonic()
        var retryAt = now
        if case .reconnect(let pause, let destination) = decision {
            retryAt += pause
            session.turn(to: destination)
        }
        condition = .down(Outage(since: outage?.since ?? now, failure: failure), retryAt: retryAt)
        let lost =
            outstanding.tags.map { (request: $0, wasSent: true) }
            + pending.map { (request: $0.request, wasSent: false) }
        outstanding.removeAll()
        pending = []
        care = Self.caution
        return lost
    }

    /// Tries to connect anew.
    /// - Parameter time: for how long at most the caller may wait, in ms.
    mutating func retry(within time: Int) {
        if isUp { return }
        do throws(Failure) {
            try session.reconnect(timeout: max(1, min(time, Self.connectTimeout)), once: true)
            session.connection.unblock()
            if let outage { condition = .unproven(outage) } else { condition = .up }
        } catch {
            if case .resting = condition, error.cause == .busy {
                condition = .resting(until: monotonic() + Waiting.interval(waiting: nil))
                return
            }
            _ = lose(error, decide(after: error, at: .connecting))
        }
    }
}
