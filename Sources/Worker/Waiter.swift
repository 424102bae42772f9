import Base
import Redis
import WorkQueue

/// The connection that waits for an item, as a value: how far it is, and whether and how to end its wait. Times are in
/// ms, those of the monotonic clock.
struct Block {
    enum State: Equatable {
        /// There is no connection.
        case closed
        /// There is one, which was asked for its number, and on which nothing waits.
        case greeted
        /// A BLMOVE waits there since that time.
        case blocked(since: Int)
        /// Redis was asked at that time to end the wait.
        case cancelled(at: Int)
    }

    /// The connection's number, by which Redis can be told to end the wait.
    enum Number: Equatable {
        case asked
        /// The user may not ask for it.
        case refused
        case known(Int)
    }

    /// How to end a wait.
    enum Unblocking: Equatable {
        /// It ends by itself, or soon.
        case none
        /// Redis is asked to end the wait of the client of that number.
        case unblock(Int)
        /// The connection is closed.
        case close
    }

    private(set) var state = State.closed
    private(set) var number = Number.asked

    /// How long Redis may take to tell the number, or to end the wait, until the connection is closed instead.
    private static var patience: Int { 1000 }
    /// How often the wait's end is looked for.
    private static var interval: Int { 100 }

    var isWaiting: Bool {
        switch state {
        case .closed, .greeted: false
        case .blocked, .cancelled: true
        }
    }

    /// When the block wants to be looked at again, without an event of its socket.
    func wakeAt(_ now: Int) -> Int? { if case .cancelled = state { now + Self.interval } else { nil } }

    mutating func greet() { (state, number) = (.greeted, .asked) }
    mutating func wait(since now: Int) { state = .blocked(since: now) }
    mutating func cancel(at now: Int) { state = .cancelled(at: now) }
    mutating func close() { state = .closed }

    /// How to end the wait.
    func unblocking(_ now: Int) -> Unblocking {
        switch (state, number) {
        case (.closed, _), (.greeted, _): .none
        case (.blocked, .known(let client)): .unblock(client)
        case (.blocked, .refused): .close
        // Nothing comes from there, perhaps not even an answer.
        case (.blocked(let since), .asked): now - since > Self.patience ? .close : .none
        // The user may not be permitted to unblock.
        case (.cancelled(let time), _): now - time > Self.patience ? .close : .none
        }
    }

    /// Takes the next reply.
    /// - Returns: the item that arrived, if one did.
    mutating func take(_ reply: Value) throws(Failure) -> Bytes? {
        if number == .asked {
            if case .integer(let client) = reply { number = .known(client) } else { number = .refused }
            return nil
        }
        guard isWaiting else { throw Value.unexpected("nothing was asked") }
        state = .greeted
        guard case .error(let text) = reply else { return try Queue.arrival(reply) }
        // A server that becomes a replica ends all waits with this.
        if text.starts(with: "UNBLOCKED") { return nil }
        throw failure(ofOperation: text)
    }
}

/// Waits for items on a connection of its own, while the worker looks now and then whether there is anything to wait for.
struct Waiter: ~Copyable {
    private let queue: Queue
    private let server: Server
    private var session: Session?
    private var block = Block()
    /// When to look, and whether to block.
    var waiting = Waiting(.forever)

    /// How long a BLMOVE waits, in ms. It can be ended earlier.
    private static var longestBlock: Int { 10_000 }

    init(_ queue: Queue, server: Server) {
        self.queue = queue
        self.server = server
    }

    /// The socket, for callers that poll; nil while there is no connection.
    private(set) var descriptor: Int32?

    var isBlocked: Bool { block.isWaiting }
    /// Whether there was nothing to lease.
    var isWaiting: Bool { waiting.isWaiting }

    /// When the waiter wants to be asked again.
    /// - Parameter mayLook: whether a look may be sent then.
    func wakeAt(_ now: Int, mayLook: Bool) -> Int? {
        let times = (block.wakeAt(now), mayLook ? waiting.lookAt : nil)
        return if let one = times.0, let two = times.1 { min(one, two) } else { times.0 ?? times.1 }
    }

    /// Has Redis hold the next item for this connection, if it does not yet.
    /// - Parameter node: the node of a cluster that has the queue, if it is known.
    mutating func beginBlock(_ node: Address.Endpoint?) throws(Failure) {
        if block.isWaiting { return }
        if block.state == .closed {
            session = try Session(queue, server, once: true, node: node)
            session!.connection.unblock()
            descriptor = session!.connection.descriptor
            session!.connection.append(["CLIENT", "ID"])
            block.greet()
        }
        session!.connection.append(queue.blockingMove(within: Self.longestBlock))
        block.wait(since: monotonic())
        _ = try session!.connection.transmit()
    }

    /// Ends the wait in Redis, if there is one.
    /// - Returns: the number of the client that Redis is to be asked to unblock.
    mutating func endBlock(_ now: Int) -> Int? {
        switch block.unblocking(now) {
        case .none: return nil
        case .close:
            disconnect()
            return nil
        case .unblock(let client):
            block.cancel(at: now)
            return client
        }
    }

    /// Finds out which key has another type than it should, on a connection for that alone.
    func checkTypes() throws(Failure) {
        var session = try Session(queue, server, once: true)
        if let wrong = try session.findWrongType() { throw Failure(.badData, wrong) }
    }

    /// Gives the connection up, and asks for leases next.
    mutating func close() {
        disconnect()
        waiting.hurry()
    }

    private mutating func disconnect() {
        session = nil
        descriptor = nil
        block.close()
    }

    /// Takes in what has come.
    /// - Returns: the item that arrived, if one did.
    mutating func arrival() throws(Failure) -> Bytes? {
        guard session != nil else { return nil }
        try session!.connection.absorb()
        while let reply = try session!.connection.answer() {
            if let item = try block.take(reply) { return item }
        }
        return nil
    }
}

extension Worker {
    /// Waits, or looks whether to wait, or ends the wait, as things are.
    mutating func wait(_ now: Int) {
        let step = room > 0 ? waiter.waiting.next(now) : .lease
        do throws(Failure) {
            switch step {
            case .block: try waiter.beginBlock(link.session.node)
            case .look:
                if !waiter.waiting.isPaused { try waiter.beginBlock(link.session.node) }
                if !link.isLooking { look() }
            case .lease, .sleep, .giveUp: break
            }
        } catch {
            waiter.close()
            return lose(error)
        }
        if step == .lease || waiter.waiting.isPaused, let client = waiter.endBlock(now) {
            link.ask(.any, ["CLIENT", "UNBLOCK", .number(client)])
        }
    }

    mutating func look() {
        if waiter.waiting.isCountDue { link.ask(.crowd, ["INFO", "clients"]) }
        link.ask(.look, .look, ByteList())
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
