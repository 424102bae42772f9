import Base
import Redis

/// What to do after a failure: the rules, and the tries since something last succeeded. Times are in ms of the
/// monotonic clock.
package struct Recovery: Sendable {
    /// Where a failure showed itself.
    package enum Stage: Sendable {
        /// No connection could be made.
        case connecting
        /// A connection was made, and it broke or cannot be used.
        case connection
        /// Redis answered with an error.
        case reply
    }

    /// Where the next connection leads.
    package enum Destination: Sendable {
        /// The connection leads to the node of a cluster that has the queue or, if none is known, to the address.
        case sameNode
        /// The connection leads to the node that the redirection names.
        case node(Redirection)
        /// The connection leads to the address that the user gave, since the node that was known may be gone.
        case address
    }

    /// What the caller does after a failure.
    package enum Decision: Sendable {
        /// The caller reports the failure.
        case giveUp
        /// The caller asks the same again on the same connection.
        case askAgain
        /// The caller asks the same again on a new connection, after this many ms.
        case reconnect(after: Int, to: Destination)
    }

    /// How much is tried before the failure is reported.
    package struct Rules: Sendable {
        /// How many connections may break without progress; nil if the caller sets a limit of its own.
        var connections: Int?
        /// How often the server may forget a script without progress.
        var forgotten: Int
        /// Whether the caller waits for the end of every failure that Redis calls temporary, and replaces each connection
        /// that cannot be used.
        var isPersistent: Bool
        /// The longest pause between two tries, in ms.
        var longestPause: Int

        /// The rules for a program that does one thing: it tries five more connections.
        package static var operation: Rules {
            Rules(connections: 5, forgotten: 5, isPersistent: false, longestPause: 500)
        }
        /// The rules for a worker, which decides by itself when to end; while its commands run there is no limit.
        package static var worker: Rules {
            Rules(connections: nil, forgotten: 100, isPersistent: true, longestPause: 2000)
        }
    }

    /// The facts beside the failure that a decision depends on.
    package struct Situation: Sendable {
        /// The time of the monotonic clock.
        package var now: Int
        /// How long the caller waits for a server that cannot answer yet.
        package var patience: Int
        /// Whether sentinels or a cluster may name another server than the one that answered.
        package var hasAlternatives = false
        /// Whether the connection has answers to come that the caller does not want any more.
        package var hasLeftovers = false

        package init(now: Int, patience: Int) {
            self.now = now
            self.patience = patience
        }
    }

    /// How many redirections are followed without a pause.
    private static var mostHops: Int { 5 }
    /// The pause before the second try.
    private static var firstPause: Int { 20 }

    /// How long one operation may go on without progress, in ms: that of the first connection and of each that replaces it.
    package static func longest(_ server: Server) -> Int {
        (1 + (Rules.operation.connections ?? 0)) * (server.connectTimeout + server.commandTimeout)
    }

    private let rules: Rules
    private var connections = 0
    private var forgotten = 0
    private var hops = 0
    /// When the caller gives up on a server that cannot answer yet; nil while there is none.
    private var deadline: Int?
    private var pauses: Backoff

    package init(_ rules: Rules = .operation) {
        self.rules = rules
        pauses = Backoff(first: Self.firstPause, longest: rules.longestPause)
    }

    /// Forgets the tries, because something succeeded.
    package mutating func succeeded() { self = Recovery(rules) }

    /// The failure as the caller reports it. What Redis was asked on a connection that broke since something last succeeded
    /// may have been done, so that a later refusal does not tell that it was not: it is in doubt.
    package func reported(_ failure: Failure) -> Failure {
        guard connections > 0, failure.exit == .tryAgain || failure.exit == .notPermitted,
            failure.cause != .unreplicated
        else { return failure }
        return Failure(
            .unavailable,
            "\(failure.message); a connection broke before that, and what was asked on it may have been done",
            failure.cause)
    }

    /// Decides what follows a failure, and counts the try.
    package mutating func decide(
        after failure: Failure, at stage: Stage, _ situation: Situation
    ) -> Decision {
        if failure.cause == .forgottenScript {
            forgotten += 1
            if forgotten > rules.forgotten { return .giveUp }
            return situation.hasLeftovers ? .reconnect(after: 0, to: .sameNode) : .askAgain
        }
        if let redirection = failure.redirection, hops < Self.mostHops {
            hops += 1
            return .reconnect(after: 0, to: .node(redirection))
        }
        if isPassing(failure, at: stage, situation) {
            return wait(situation, to: .address)
        }
        if stage == .connecting, rules.isPersistent { return .reconnect(after: pauses.next(), to: .address) }
        guard failure.isDisconnection || rules.isPersistent && stage == .connection else { return .giveUp }
        connections += 1
        // A server that was started again knows no script, which says nothing of the next one.
        forgotten = 0
        if let most = rules.connections, connections > most { return .giveUp }
        return .reconnect(after: connections == 1 ? 0 : pauses.next(), to: .sameNode)
    }

    /// Whether the server, or another one in its place, will probably succeed in a moment.
    private func isPassing(_ failure: Failure, at stage: Stage, _ situation: Situation) -> Bool {
        if rules.isPersistent { return stage == .reply && failure.exit == .tryAgain }
        return switch failure.cause {
        case .busy: true
        case .elsewhere: failure.redirection != nil
        case .replica: situation.hasAlternatives
        default: false
        }
    }

    private mutating func wait(_ situation: Situation, to destination: Destination) -> Decision {
        hops = 0
        if rules.isPersistent { return .reconnect(after: pauses.next(), to: destination) }
        let end = deadline ?? situation.now + situation.patience
        deadline = end
        guard situation.now < end else { return .giveUp }
        return .reconnect(after: min(pauses.next(), end - situation.now), to: destination)
    }
}
