import Base
import Redis
import WorkQueue

/// The state of the connection that waits for an item, as a value: whether and how to end its wait. Times are in ms of the
/// monotonic clock.
struct Block {
    enum State: Equatable {
        /// There is no connection.
        case closed
        /// There is a connection, on which CLIENT ID was sent, and nothing waits on it.
        case greeted
        /// A BLMOVE waits on the connection since that time.
        case blocked(since: Int)
        /// Redis was asked at that time to end the wait.
        case cancelled(at: Int)
    }

    /// The connection's number, the answer to CLIENT ID, with which CLIENT UNBLOCK can end the wait.
    enum Number: Equatable {
        case asked
        /// The user may not ask for the number.
        case refused
        case known(Int)
    }

    /// How to end a wait.
    enum Unblocking: Equatable {
        /// There is no wait, or it ends soon.
        case none
        /// Redis is asked to end the wait of the client of that number.
        case unblock(Int)
        /// The connection is closed.
        case close
    }

    private(set) var state = State.closed
    private(set) var number = Number.asked

    /// How long Redis may take to tell the number, or to end the wait, before the connection is closed instead.
    private static var patience: Int { 1000 }
    /// The time between two looks whether a wait that was cancelled has ended.
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
        // Redis may be away, and never tell the number.
        case (.blocked(let since), .asked): now - since > Self.patience ? .close : .none
        // The user may not be permitted to unblock.
        case (.cancelled(let time), _): now - time > Self.patience ? .close : .none
        }
    }

    /// Takes the next reply.
    /// - Returns: the item that arrived, if one did.
    /// - Throws: the failure that an error reply stands for; `.unexpectedReply` for one that nothing asked for.
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
