import Base
import Redis
import WorkQueue

/// Waits for items on a connection of its own, while the worker looks now and then whether there is anything to wait for.
struct Waiter: ~Copyable {
    private let queues: [Queue]
    /// The number of the queue on which it waits, or waited last.
    private(set) var place = 0
    private let server: Server
    private var session: Session?
    private var block = Block()
    /// When to look, and whether to block.
    var waiting = Waiting(.forever)

    /// How long a BLMOVE waits, in ms. CLIENT UNBLOCK can end the wait earlier.
    private static var longestBlock: Int { 10_000 }

    init(_ queues: [Queue], server: Server) {
        self.queues = queues
        self.server = server
    }

    /// The socket, for callers that poll; nil while there is no connection.
    private(set) var descriptor: Int32?

    var isBlocked: Bool { block.isWaiting }
    /// Whether the last look or call found nothing to lease.
    var isWaiting: Bool { waiting.isWaiting }

    /// When the waiter wants to be asked again; `Int.max` if never.
    /// - Parameter mayLook: whether a look may be sent then.
    func wakeAt(_ now: Int, mayLook: Bool) -> Int {
        min(block.wakeAt(now) ?? .max, mayLook ? waiting.lookAt ?? .max : .max)
    }

    /// Has Redis move the next item to `Q:arriving` and tell this connection of it, unless a BLMOVE waits already.
    /// - Parameters:
    ///   - place: the number of the queue.
    ///   - node: the node of a cluster that has the queue; nil if it is not known.
    mutating func beginBlock(_ place: Int, _ node: Address.Endpoint?) throws(Failure) {
        if block.isWaiting { return }
        self.place = place
        if block.state == .closed {
            session = try Session(queues[place], server, once: true, node: node)
            session!.connection.unblock()
            descriptor = session!.connection.descriptor
            session!.connection.append(["CLIENT", "ID"])
            block.greet()
        }
        session!.connection.append(queues[place].blockingMove(within: Self.longestBlock))
        block.wait(since: monotonic())
        _ = session!.connection.transmit()
    }

    /// Ends the wait in Redis, if there is one.
    /// - Returns: the number of the client that the caller is to unblock; nil if there is nothing to do.
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

    /// Finds out, on a connection for that alone, which key has another type than it should.
    /// - Throws: `.badData` with that key.
    func checkTypes() throws(Failure) {
        for queue in queues {
            var session = try Session(queue, server, once: true)
            if let wrong = try session.findWrongType() { throw Failure(.badData, wrong) }
        }
    }

    /// Finds out, on a connection for that alone, where the primary of a replica is that took no write.
    func namePrimary(in failure: inout Failure) {
        guard failure.cause == .replica else { return }
        do throws(Failure) {
            var session = try Session(queues[place], server, once: true)
            session.namePrimary(in: &failure)
        } catch {}
    }

    /// Closes the connection. The worker asks for leases next.
    mutating func close() {
        disconnect()
        waiting.hurry()
    }

    /// Gives up the connection's place on the server.
    mutating func disconnect() {
        session = nil
        descriptor = nil
        block.close()
    }

    /// Takes in the replies that have come.
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
    /// Begins a wait, looks whether there is anything to wait for, or ends the wait, as `Waiting` decides.
    mutating func wait(_ now: Int) {
        let hasRoom = room(now) > 0
        let step = hasRoom ? waiter.waiting.next(now) : .lease
        do throws(Failure) {
            switch step {
            case .block: try waiter.beginBlock(turns.waitingPlace, link.session.node)
            case .look:
                if !waiter.waiting.isHindered { try waiter.beginBlock(turns.waitingPlace, link.session.node) }
                if !link.isLooking { look() }
            case .leave(let end): leave(until: end)
            case .lease: if hasRoom, waiter.isWaiting { askLimited() }
            case .sleep, .giveUp: break
            }
        } catch {
            waiter.close()
            return lose(error)
        }
        if step == .lease || waiter.waiting.isHindered, let client = waiter.endBlock(now) {
            link.ask(.any, command: ["CLIENT", "UNBLOCK", .number(client)])
        }
    }

    /// Has the worker ask for a lease again, and for how many do so.
    private mutating func askLimited() {
        if waiter.waiting.isCountDue { link.ask(.crowd, command: ["INFO", "clients"]) }
        waiter.waiting.hurry()
    }

    /// Leaves places on the server to others until that time.
    private mutating func leave(until end: Int) {
        waiter.disconnect()
        guard jobs.isEmpty, held.isEmpty, outcomes.isEmpty, lostSettlings.isEmpty, lostCalls.isEmpty else { return }
        link.rest(until: end)
    }

    /// Asks Redis for the state of each queue and, now and then, how many clients wait.
    mutating func look() {
        if waiter.waiting.isCountDue { link.ask(.crowd, command: ["INFO", "clients"]) }
        turns.begin()
        for queue in 0..<turns.count { link.ask(.look(queue), ByteList(), in: turns[queue]) }
    }

    /// Takes in an item that arrived, and asks for a lease of it.
    mutating func hearWaiter() {
        do throws(Failure) {
            guard let item = try waiter.arrival(), link.isUp else { return }
            let count = max(1, min(room(monotonic()), Session.batch))
            guard let call = leaseCall(waiter.place) else { return }
            adopt(item, count, call)
        } catch {
            waiter.close()
            if !error.isDisconnection, error.exit != .tryAgain { end(error.exit, error) }
        }
    }

    /// Asks for the lease of an item that arrived, and for others, `count` in all.
    mutating func adopt(_ item: Bytes, _ count: Int, _ call: LeaseCall) {
        let arguments = work.request.arguments(count: count, token: call.token, intake.hands(stock), adopting: item)
        link.ask(.adopt(item, count: count, call), arguments, in: turns[call.queue])
    }
}
