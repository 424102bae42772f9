import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// What follows each failure, at each stage, for an operation and for a worker.
@Suite struct RecoveryTests {
    private static func failure(_ cause: Failure.Cause, _ exit: Exit = .unavailable) -> Failure {
        Failure(exit, "it failed", cause)
    }

    private static let moved = failure(.elsewhere(Bytes("MOVED 1 10.0.0.1:7000")), .tryAgain)

    private func situation(
        now: Int = 0, alternatives: Bool = false, leftovers: Bool = false
    ) -> Recovery.Situation {
        var situation = Recovery.Situation(now: now, patience: 5000)
        situation.hasAlternatives = alternatives
        situation.hasLeftovers = leftovers
        return situation
    }

    /// A decision in words.
    private func words(_ decision: Recovery.Decision) -> String {
        switch decision {
        case .giveUp: "give up"
        case .askAgain: "ask again"
        case .reconnect(let pause, .sameNode): "same node in \(pause)"
        case .reconnect(let pause, .address): "address in \(pause)"
        case .reconnect(let pause, .node(let node)): "port \(node.port) in \(pause)"
        }
    }

    @Test(arguments: [
        (failure(.final), Recovery.Stage.reply, "give up", "give up"),
        (failure(.final, .tryAgain), .reply, "give up", "address in 20"),
        (failure(.final, .unexpectedReply), .connection, "give up", "same node in 0"),
        (failure(.unauthenticated, .notPermitted), .connection, "give up", "same node in 0"),
        (failure(.unauthenticated, .notPermitted), .reply, "give up", "give up"),
        (failure(.told), .reply, "give up", "give up"),
        (failure(.disconnection), .connection, "same node in 0", "same node in 0"),
        (failure(.disconnection), .connecting, "same node in 0", "address in 20"),
        (failure(.forgottenScript, .unexpectedReply), .reply, "ask again", "ask again"),
        (failure(.busy, .tryAgain), .reply, "address in 20", "address in 20"),
        (failure(.busy, .tryAgain), .connection, "address in 20", "same node in 0"),
        (failure(.replica, .tryAgain), .reply, "give up", "address in 20"),
        (moved, .reply, "port 7000 in 0", "port 7000 in 0"),
        (failure(.elsewhere(Bytes("MOVED nowhere")), .tryAgain), .reply, "give up", "address in 20"),
    ])
    func theFirstFailure(_ failure: Failure, _ stage: Recovery.Stage, _ operation: String, _ worker: String) {
        var recovery = Recovery()
        #expect(words(recovery.decide(after: failure, at: stage, situation())) == operation)
        recovery = Recovery(.worker)
        #expect(words(recovery.decide(after: failure, at: stage, situation())) == worker)
    }

    /// The decisions after the same failure over and over.
    private func row(
        _ count: Int, _ rules: Recovery.Rules, _ failure: Failure, _ stage: Recovery.Stage, every: Int = 0
    ) -> [String] {
        var recovery = Recovery(rules)
        return (0..<count).map { words(recovery.decide(after: failure, at: stage, situation(now: $0 * every))) }
    }

    @Test func anOperationGivesUpAfterFiveConnections() {
        #expect(
            row(6, .operation, Self.failure(.disconnection), .connection) == [
                "same node in 0", "same node in 20", "same node in 40", "same node in 80", "same node in 160",
                "give up",
            ])
    }

    @Test func aWorkerGoesOnWithGrowingPauses() {
        let decisions = row(200, .worker, Self.failure(.disconnection), .connecting)
        #expect(decisions.prefix(3) == ["address in 20", "address in 40", "address in 80"])
        #expect(decisions.last == "address in 2000")
    }

    @Test func aServerThatIsBusyIsWaitedForUntilTheDeadline() {
        let decisions = row(7, .operation, Self.failure(.busy, .tryAgain), .reply, every: 990)
        #expect(decisions[5] == "address in 50")
        #expect(decisions[6] == "give up")
        #expect(!row(1000, .worker, Self.failure(.busy, .tryAgain), .reply, every: 990).contains("give up"))
    }

    @Test func redirectionsAreFollowedFiveTimesWithoutAPause() {
        for rules in [Recovery.Rules.operation, .worker] {
            let decisions = row(12, rules, Self.moved, .reply)
            #expect(decisions[4] == "port 7000 in 0")
            #expect(decisions[5] == "address in 20")
            #expect(decisions[6] == "port 7000 in 0")
            #expect(decisions[11] == "address in 40")
        }
    }

    @Test func scriptsMayBeForgottenSoOftenOnly() {
        let forgotten = Self.failure(.forgottenScript, .unexpectedReply)
        #expect(row(6, .operation, forgotten, .reply).suffix(2) == ["ask again", "give up"])
        #expect(row(101, .worker, forgotten, .reply).suffix(2) == ["ask again", "give up"])
    }

    @Test func scriptsMayBeForgottenAnewByTheNextServer() {
        var recovery = Recovery()
        for _ in 0..<5 {
            _ = recovery.decide(after: Self.failure(.forgottenScript, .unexpectedReply), at: .reply, situation())
            let decision = recovery.decide(after: Self.failure(.disconnection), at: .connection, situation())
            #expect(words(decision).hasPrefix("same node"))
        }
        let forgotten = Self.failure(.forgottenScript, .unexpectedReply)
        #expect(words(recovery.decide(after: forgotten, at: .reply, situation())) == "ask again")
    }

    @Test func answersThatNobodyWantsNeedANewConnection() {
        var recovery = Recovery()
        let forgotten = Self.failure(.forgottenScript, .unexpectedReply)
        #expect(words(recovery.decide(after: forgotten, at: .reply, situation(leftovers: true))) == "same node in 0")
    }

    @Test func aReplicaIsWaitedForWhereAnotherServerMayBeNamed() {
        var recovery = Recovery()
        let replica = Self.failure(.replica, .tryAgain)
        #expect(words(recovery.decide(after: replica, at: .reply, situation(alternatives: true))) == "address in 20")
    }

    @Test func aRefusalAfterABrokenConnectionTellsNothing() {
        for exit in [Exit.tryAgain, .notPermitted] {
            let refused = Self.failure(.final, exit)
            var recovery = Recovery()
            #expect(recovery.reported(refused) == refused)
            _ = recovery.decide(after: Self.failure(.disconnection), at: .connection, situation())
            #expect(recovery.reported(refused).exit == .unavailable)
            #expect(recovery.reported(refused).message.hasPrefix("it failed; "))
            #expect(recovery.reported(Self.failure(.unreplicated, exit)).exit == exit)
            recovery.succeeded()
            #expect(recovery.reported(refused) == refused)
        }
    }

    @Test func aSuccessForgetsWhatWasTried() {
        var recovery = Recovery()
        for _ in 0..<20 {
            #expect(
                words(recovery.decide(after: Self.failure(.disconnection), at: .connection, situation()))
                    == "same node in 0")
            recovery.succeeded()
        }
    }
}
