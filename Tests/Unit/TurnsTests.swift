import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// The queues of one worker, which have no names to speak of.
func someTurns(_ count: Int = 1, turn: Int? = nil) -> Turns {
    Turns((0..<count).map { try! Queue(Bytes("queue\($0)".utf8)) }, turn: turn)
}

/// Which of several queues is asked when, and what their answers mean together.
@Suite struct TurnsTests {
    private typealias Nothing = Turns.Nothing

    private func drained(_ leases: Int = 0, _ epoch: String = "e", dead: Int = 0) -> Nothing {
        Nothing(.drained, Sign(epoch: Bytes(epoch.utf8), number: leases, dead: dead))
    }

    /// The answers of a round, each to the question that is due.
    private func round(_ turns: inout Turns, _ answers: Nothing...) -> Nothing? {
        var whole: Nothing?
        for answer in answers {
            #expect(whole == nil)
            whole = turns.found(answer, in: turns.next)
        }
        return whole
    }

    @Test func theFirstComesFirstAgainAndAgain() {
        var turns = someTurns(3)
        #expect(turns.next == 0)
        #expect(turns.found(Nothing(.nothing), in: 0) == nil && turns.next == 1)
        turns.took(from: 1)
        #expect(turns.next == 0)
    }

    @Test func inTurnTheNextOneComesFirst() {
        var turns = someTurns(3, turn: 5)
        #expect(turns.next == 2)
        turns.took(from: 2)
        #expect(turns.next == 0)
        #expect(turns.found(Nothing(.nothing), in: 0) == nil && turns.next == 1)
        turns.took(from: 1)
        #expect(turns.next == 2)
        #expect(round(&turns, Nothing(.nothing), Nothing(.nothing), Nothing(.nothing)) != nil && turns.next == 2)
    }

    @Test func aRoundGoesOnWhileMoreIsAskedFor() {
        var turns = someTurns(2)
        let (more, next) = (turns.gaveAll(0), turns.next)
        #expect(more && next == 1)
        let noMore = !turns.gaveAll(1)
        #expect(noMore)
    }

    @Test func oneQueueIsAsItSays() {
        var turns = someTurns()
        #expect(turns.found(drained(), in: 0) == drained())
        #expect(turns.found(Nothing(.nothing, hindrance: .paused, due: 3), in: 0)?.due == 3)
        #expect(!turns.areDoubtful)
    }

    @Test func drainedTakesTwoRoundsThatAgree() {
        var turns = someTurns(2)
        #expect(round(&turns, drained(4), drained(7)) == Nothing(.nothing, due: 0))
        #expect(turns.areDoubtful)
        #expect(round(&turns, drained(4), drained(7)) == Nothing(.drained))
        #expect(!turns.areDoubtful)
        #expect(round(&turns, drained(4), drained(7))?.answer == .drained)
    }

    @Test func whatChangedBetweenTheRoundsBeginsThemAnew() {
        let changes: [(Nothing, Nothing)] = [
            (drained(5), drained(7)), (drained(4), drained(8)), (drained(4, "f"), drained(7)),
            (drained(4), drained(7, dead: 1)), (Nothing(.nothing), drained(7)),
        ]
        for (one, other) in changes {
            var turns = someTurns(2)
            _ = round(&turns, drained(4), drained(7))
            #expect(round(&turns, one, other)?.answer == .nothing)
            #expect(round(&turns, drained(4), drained(7))?.answer == .nothing)
        }
    }

    @Test func aLeaseBetweenTheRoundsBeginsThemAnew() {
        var turns = someTurns(2)
        _ = round(&turns, drained(), drained())
        turns.took(from: 1)
        #expect(round(&turns, drained(), drained())?.answer == .nothing)
    }

    @Test func aLostConnectionBeginsThemAnew() {
        var turns = someTurns(2)
        _ = round(&turns, drained(), drained())
        #expect(turns.found(drained(), in: 0) == nil)
        turns.goOn(after: 0)
        #expect(turns.next == 1)
        turns.goOn(after: 1)
        #expect(turns.next == 0)
        #expect(round(&turns, drained(), drained())?.answer == .nothing)
        turns.goOn(after: 1)
        #expect(round(&turns, drained(), drained())?.answer == .drained)
    }

    @Test func oneThatIsPausedKeepsNoOtherBack() {
        var turns = someTurns(3)
        let paused = Nothing(.nothing, hindrance: .paused, due: 0)
        #expect(round(&turns, paused, drained(), paused) == Nothing(.nothing, hindrance: .paused))
        let due = round(&turns, paused, Nothing(.nothing, due: 9), Nothing(.nothing, due: 5))
        #expect(due == Nothing(.nothing, due: 5))
        #expect(turns.waitingPlace == 1)
    }

    @Test func unusedQueuesMatterOnlyTogether() {
        var turns = someTurns(2)
        #expect(turns.unused.count == 2 && turns.failureIfUnused?.exit == .noQueue)
        let verdict = turns.judge(Sign(epoch: Bytes("e"), number: 1, dead: 2), in: 1)
        #expect(verdict == .same)
        #expect(turns.unused.map { $0.name } == [Bytes("queue0")] && turns.failureIfUnused == nil && turns.dead == 2)
    }

    @Test func eachQueueHearsOfAnOutageOnce() {
        var turns = someTurns(2)
        #expect(!turns.isBack(0, after: 0) && turns.isBack(0, after: 1) && turns.isBack(1, after: 1))
        turns.heard(0, after: 1)
        #expect(!turns.isBack(0, after: 1) && turns.isBack(1, after: 1) && turns.isBack(0, after: 2))
    }

    @Test(arguments: [
        (["{a}x", "{a}y"], true), (["{a}x", "{b}y"], false), (["a", "b"], false), (["{}a", "{}b"], false),
        (["a", "{a}b"], true),
    ])
    func aClusterKeepsOneTagTogether(_ names: [String], _ areTogether: Bool) throws {
        let turns = Turns(try names.map { try Queue(Bytes($0.utf8)) })
        #expect((turns.failureInCluster == nil) == areTogether)
    }
}
