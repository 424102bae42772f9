import Base
import Redis

/// What to do after a failure: the rules, and what was tried since something last succeeded. Times are in ms, those of
/// the monotonic clock.
package struct Recovery: Sendable {
    /// Where a failure showed itself.
    package enum Stage: Sendable {
        /// No connection could be made.
        case connecting
        /// A connection was made, and broke or is of no use.
        case connection
        /// Redis answered with an error.
        case reply
    }

    /// Where the next connection leads.
    package enum Destination: Sendable {
        /// To the node of a cluster that has the queue, if one is known.
        case sameNode
        /// To the node that the redirection names.
        case node(Redirection)
        /// To the address that a person gave: a node that was known may be gone, and another one have its part.
        case address
    }

    package enum Decision: Sendable {
        /// The failure is the answer.
        case giveUp
        /// The same is asked again on the same connection.
        case askAgain
        /// The same is asked again on a new connection, after so many ms.
        case reconnect(after: Int, to: Destination)
    }

    /// How much is tried.
    package struct Rules: Sendable {
        /// How many connections may break without progress; nil if the caller sets another limit.
        var connections: Int?
        /// How often the server may have forgotten a script, without progress.
        var forgotten: Int
        /// Whether all that Redis calls temporary is waited for, and each connection that is of no use is replaced.
        var isPersistent: Bool
        /// The longest pause.
        var longestPause: Int

        /// A program that does one thing: five connections.
        package static var operation: Rules {
            Rules(connections: 5, forgotten: 5, isPersistent: false, longestPause: 500)
        }
        /// A worker, which goes on until it decides to end: while commands run there is no limit.
        package static var worker: Rules {
            Rules(connections: nil, forgotten: 100, isPersistent: true, longestPause: 2000)
        }
    }

    /// What a decision depends on beside the failure.
    package struct Situation: Sendable {
        package var now: Int
        /// How long a server that cannot answer yet is waited for.
        package var patience: Int
        /// Whether sentinels or a cluster may name another server than the one that answered.
        package var hasAlternatives = false
        /// Whether other answers are awaited on the connection, which the caller does not want.
        package var hasLeftovers = false

        package init(now: Int, patience: Int) {
            self.now = now
            self.patience = patience
        }
    }

    /// How many redirections are followed without a pause.
    private static var mostHops: Int { 5 }
    private static var firstPause: Int { 20 }

    private let rules: Rules
    private var connections = 0
    private var forgotten = 0
    private var hops = 0
    /// Until when a server that cannot answer yet is waited for.
    private var deadline: Int?
    private var pauses: Backoff

    package init(_ rules: Rules = .operation) {
        self.rules = rules
        pauses = Backoff(first: Self.firstPause, longest: rules.longestPause)
    }

    /// Forgets what was tried, since something succeeded.
    package mutating func succeeded() { self = Recovery(rules) }

    /// Decides what follows a failure, and counts it.
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
        if let most = rules.connections, connections > most { return .giveUp }
        return .reconnect(after: connections == 1 ? 0 : pauses.next(), to: .sameNode)
    }

    /// Whether the server, or another one in its place, will be able to do it in a moment.
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
