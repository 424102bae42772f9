import Base
import Redis
import WorkQueue

/// Waits for items on a connection of its own, and knows when to look again whether there is anything to wait for.
struct Waiter: ~Copyable {
    private let queue: Queue
    private let server: Server
    private var session: Session?
    /// The connection's number, by which Redis can be told to end the wait.
    private(set) var client: Int?
    private(set) var knowsClient = false
    private(set) var isBlocked = false
    private(set) var blockedAt = 0
    private(set) var isCancelled = false
    /// When the wait is given up even without an answer.
    private(set) var cancelledAt = 0
    /// Whether there was nothing to lease.
    var isWaiting = false
    private(set) var isPaused = false
    /// When to look.
    var lookAt = 0
    var isLooking = false
    private var looks = 0
    /// How long a wait lasts until the next look, in ms.
    private var tick = 200

    init(_ queue: Queue, server: Server) {
        self.queue = queue
        self.server = server
    }

    /// For poll(2), while there is a connection.
    private(set) var descriptor: Int32?

    /// How long a BLMOVE waits, in ms. It can be ended earlier.
    private static var longestBlock: Int { 10_000 }

    /// - Parameter due: ms until something could be had.
    mutating func begin(isPaused: Bool, due: Int?) {
        isWaiting = true
        self.isPaused = isPaused
        lookAt = monotonic() + min(tick, due.map { max(1, $0) } ?? tick)
    }

    /// Whether it is time to ask how many wait, which is worth it now and then.
    mutating func counts() -> Bool {
        looks += 1
        return looks % 16 == 1
    }

    /// All that wait look no more than fifty times a second together, unless they are very many.
    mutating func estimate(_ info: Value) {
        var waiting = 200
        if case .bytes(let text) = info {
            waiting = ServerFacts(info: text, settings: nil).number("blocked_clients") ?? waiting
        }
        tick = min(5000, max(100, 20 * (waiting + 1)))
    }

    /// Has Redis hold the next item for this connection.
    /// - Parameter node: the node of a cluster that has the queue, if it is known.
    mutating func block(_ node: Address.Endpoint?) throws(Failure) {
        if session == nil {
            session = try Session(queue, server, once: true, node: node)
            session!.connection.unblock()
            descriptor = session!.connection.descriptor
            session!.connection.append(["CLIENT", "ID"])
            knowsClient = false
        }
        session!.connection.append(queue.blockingMove(within: Self.longestBlock))
        isBlocked = true
        blockedAt = monotonic()
        isCancelled = false
        _ = try session!.connection.transmit()
    }

    mutating func cancel(_ now: Int) {
        isCancelled = true
        cancelledAt = now
    }

    /// Finds out which key has another type than it should, on a connection for that alone.
    func checkTypes() throws(Failure) {
        var session = try Session(queue, server, once: true)
        if let wrong = try session.findWrongType() { throw Failure(.badData, wrong) }
    }

    mutating func close() {
        session = nil
        descriptor = nil
        isBlocked = false
        isCancelled = false
        isLooking = false
        isWaiting = false
        client = nil
    }

    /// The item that arrived, if one did.
    mutating func arrival() throws(Failure) -> Bytes? {
        guard session != nil else { return nil }
        try session!.connection.absorb()
        while let value = try session!.connection.answer() {
            if !knowsClient {
                knowsClient = true
                if case .integer(let number) = value { client = number }
                continue
            }
            if !isBlocked { throw Value.unexpected("nothing was asked") }
            isBlocked = false
            isCancelled = false
            switch value {
            case .bytes(let item): return item
            // So a server ends all waits when it becomes a replica.
            case .error(let text) where text.starts(with: "UNBLOCKED"): break
            case .error(let text): throw failure(ofOperation: text)
            case .null: break
            default: throw Value.unexpected("BLMOVE answers an item or nothing")
            }
        }
        return nil
    }
}

extension Worker {
    /// Waits, or looks whether to wait, or ends the wait, as things are.
    mutating func wait(_ now: Int) {
        let wants = waiter.isWaiting && room > 0
        if wants {
            do throws(Failure) {
                if !waiter.isBlocked, !waiter.isPaused { try waiter.block(link.session.node) }
            } catch {
                waiter.close()
                return lose(error)
            }
            if now >= waiter.lookAt, !waiter.isLooking { look() }
        }
        if waiter.isBlocked, !wants || waiter.isPaused { unblock(now) }
    }

    mutating func look() {
        if waiter.counts() {
            link.ask(.crowd, ["INFO", "clients"])
        }
        waiter.isLooking = true
        link.ask(.look, .look, ByteList())
    }

    private mutating func unblock(_ now: Int) {
        if waiter.isCancelled {
            // Redis does not permit it, perhaps.
            if now - waiter.cancelledAt > 1000 { waiter.close() }
            return
        }
        guard let client = waiter.client else {
            // Its number is not permitted, or nothing comes from there, perhaps not even that.
            if waiter.knowsClient || now - waiter.blockedAt > 1000 { waiter.close() }
            return
        }
        waiter.cancel(now)
        link.ask(.any, ["CLIENT", "UNBLOCK", .number(client)])
    }

    mutating func hearWaiter() {
        do throws(Failure) {
            guard let item = try waiter.arrival(), link.isUp else { return }
            let count = max(1, min(room, Session.batch))
            guard let call = leaseCall() else { return }
            let arguments = work.request.arguments(count: count, token: call.token, adopting: item)
            asked += count
            link.ask(.adopt(count: count, call), .adopt, arguments)
        } catch {
            waiter.close()
            if !error.isDisconnection, error.exit != .tryAgain { end(error.exit, error) }
        }
    }
}
