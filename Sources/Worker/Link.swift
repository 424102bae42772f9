import Base
import CPosix
import Redis
import WorkQueue

/// What Redis was asked and has not answered yet.
enum Request {
    case load(Script)
    case lease(count: Int, LeaseCall)
    case adopt(count: Int, LeaseCall)
    /// What a lease or adopt granted whose answer was lost, after so many leases.
    case recall(LeaseCall, skip: Int)
    case look
    case renew(ByteList, at: Int)
    case settle([Outcome])
    /// How many clients wait.
    case crowd
    /// How many replicas have what was done.
    case replicas
    /// Whatever the answer is.
    case any

    /// Whether its answer shows that work can go on.
    fileprivate var isOperation: Bool {
        switch self {
        case .lease, .adopt, .recall, .look, .renew, .settle: true
        case .load, .crowd, .replicas, .any: false
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
    var session: Session
    private(set) var isUp = true
    private(set) var hasMoreToSend = false
    /// Why it is down, or what Redis said last when it could not answer.
    private(set) var failure: Failure?
    /// Since when there was no good answer; nil while there are.
    private(set) var downSince: Int?
    private(set) var retryAt = 0
    private var pauses = Self.pauses
    /// How often in a row it had forgotten the scripts.
    private var forgotten = 0
    private var requests: [Request] = []
    private var answered = 0
    /// Since when the oldest request waits.
    private var waitingSince = 0
    /// How long Redis may take for an answer, in ms.
    private let patience: Int
    private static var pauses: Backoff { Backoff(first: 50, longest: 2000) }

    init(_ session: consuming Session, patience: Int) {
        self.patience = min(patience, session.patience)
        self.session = session
        self.session.connection.unblock()
        // All else waits while replicas are waited for.
        self.session.patience = min(self.session.patience, 2000)
    }

    var isIdle: Bool { requests.count == answered }
    var isSettling: Bool {
        requests[answered...].contains { if case .settle = $0 { true } else { false } }
    }

    mutating func ask(_ request: Request, _ script: Script, _ arguments: ByteList) {
        if !session.isLoaded(script), !isLoading(script) {
            session.sendLoad(script)
            note(.load(script))
        }
        if session.isAsking { note(.any) }
        let further = session.post(script, arguments)
        note(request)
        if further > 0 {
            note(.any)
            note(.replicas)
        }
    }

    mutating func ask(_ request: Request, _ command: ByteList) {
        session.connection.append(command)
        note(request)
    }

    private func isLoading(_ script: Script) -> Bool {
        requests[answered...].contains { if case .load(let other) = $0 { other == script } else { false } }
    }

    private mutating func note(_ request: Request) {
        if isIdle {
            requests.removeAll(keepingCapacity: true)
            answered = 0
            waitingSince = monotonic()
        }
        requests.append(request)
    }

    /// Sends what can be sent now.
    mutating func transmit() throws(Failure) {
        if isUp { hasMoreToSend = try !session.connection.transmit() }
    }

    /// The next answer that is there, and to what. Those about scripts it keeps to itself.
    mutating func next() throws(Failure) -> (Request, Value)? {
        while let value = try session.connection.answer() {
            if isIdle { throw Value.unexpected("nothing was asked") }
            let request = requests[answered]
            requests[answered] = .any
            answered += 1
            waitingSince = monotonic()
            switch (request, value) {
            case (.load(let script), .bytes(let digest)): session.remember(script, digest: digest)
            // It may not be permitted.
            case (.load, .error): break
            case (.load, _): throw Value.unexpected("a digest was expected")
            default:
                if request.isOperation, !value.isError { isWell() }
                return (request, value)
            }
        }
        return nil
    }

    private mutating func isWell() {
        downSince = nil
        failure = nil
        pauses.reset()
        forgotten = 0
    }

    /// The server has forgotten all scripts, it says.
    /// - Returns: whether to believe it.
    mutating func forgetScripts() -> Bool {
        forgotten += 1
        session.forgetScripts()
        return forgotten <= 100
    }

    /// Whether Redis has kept a request waiting for too long.
    func isStuck(_ now: Int) -> Bool { isUp && !isIdle && now - waitingSince > patience }

    /// The connection broke, or is of no use.
    /// - Returns: what will not be answered.
    mutating func lose(_ failure: Failure) -> [Request] {
        let now = monotonic()
        self.failure = failure
        isUp = false
        // The first try comes at once, the others after growing pauses.
        retryAt = downSince == nil ? now : now + pauses.next()
        if downSince == nil { downSince = now }
        let lost = Array(requests[answered...])
        requests = []
        answered = 0
        return lost
    }

    /// Tries to connect anew.
    mutating func retry() {
        do throws(Failure) {
            try session.reconnect(timeout: 1000, once: true)
            session.connection.unblock()
            isUp = true
        } catch {
            // A node of a cluster may be gone, and another one have its part.
            session.follow(error)
            _ = lose(error)
        }
    }
}
