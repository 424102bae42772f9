import Testing

@testable import Base
@testable import WorkQueue

@Suite struct SightingTests {
    private func verdicts(_ signs: [(String, Int)]) -> [Sighting.Verdict] {
        var sighting = Sighting()
        return signs.map { sighting.judge(Sign(epoch: Bytes($0.0.utf8), number: $0.1)) }
    }

    @Test func aQueueThatGoesOnIsTheSame() {
        #expect(verdicts([("a", 1), ("a", 1), ("a", 7)]) == [.same, .same, .same])
    }

    @Test func aQueueWithoutAnEpochWasNeverUsed() {
        #expect(verdicts([("", 0), ("", 0), ("a", 1)]) == [.unused, .unused, .same])
    }

    @Test func aQueueThatLosesItsEpochIsGone() {
        #expect(verdicts([("a", 3), ("", 0)]) == [.same, .gone])
        // What comes afterwards is another queue.
        #expect(verdicts([("a", 3), ("", 0), ("b", 1), ("b", 2)]) == [.same, .gone, .same, .same])
    }

    @Test func anotherEpochIsAnotherQueue() {
        #expect(verdicts([("a", 3), ("b", 9), ("b", 9)]) == [.same, .gone, .same])
    }

    @Test func aNumberThatGoesDownIsOlderData() {
        #expect(verdicts([("a", 3), ("a", 2), ("a", 2)]) == [.same, .rolledBack, .same])
    }

    @Test func eachVerdictButOneIsAFailure() throws {
        let queue = try Queue(Bytes("job"))
        #expect(queue.failure(.same) == nil)
        for verdict in [Sighting.Verdict.unused, .gone, .rolledBack] {
            let failure = queue.failure(verdict)
            #expect(failure?.exit == .noQueue && failure?.message.contains("job") ?? false)
        }
    }
}
