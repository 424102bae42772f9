import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// When a waiting process looks, blocks, sleeps and gives up.
@Suite struct WaitingTests {
    @Test(arguments: [
        (0, 80), (1, 80), (15, 80), (16, 85), (100, 505), (198, 995), (199, 1000), (200, 1000), (100_000, 1000),
        (nil, 1000),
    ])
    func theIntervalGrowsWithThoseThatWait(_ waiting: Int?, _ interval: Int) {
        #expect(Waiting.interval(waiting: waiting) == interval)
    }

    @Test(arguments: [1, 10, 50, 200]) func upTo200WaitersLookNoMoreThan200TimesASecond(_ waiting: Int) {
        #expect(waiting * 1000 / Waiting.interval(waiting: waiting) <= 200)
    }

    /// Waits after a look at 1000 ms that found nothing, with an interval of a second.
    private func waiting(
        _ wait: LeaseRequest.Wait, deadline: Int? = nil, _ answer: LeaseAnswer = .nothing, isPaused: Bool = false,
        due: Int? = nil
    ) -> Waiting {
        var waiting = Waiting(wait, deadline: deadline)
        waiting.learn(waiting: nil)
        waiting.found(answer, isPaused: isPaused, due: due, at: 1000)
        return waiting
    }

    @Test(arguments: [LeaseRequest.Wait.none, .forever, .untilDrained])
    func leasesAreAskedForFirst(_ wait: LeaseRequest.Wait) {
        let waiting = Waiting(wait, deadline: 0)
        #expect(waiting.next(5) == .lease && !waiting.isWaiting && !waiting.hasLooked && waiting.lookAt == nil)
    }

    @Test(arguments: [
        (LeaseRequest.Wait.none, LeaseAnswer.nothing, Waiting.Step.giveUp(.nothing)),
        (.none, .drained, .giveUp(.drained)),
        (.untilDrained, .drained, .giveUp(.drained)),
        (.untilDrained, .nothing, .block(until: 2000)),
        (.forever, .drained, .block(until: 2000)),
        (.forever, .nothing, .block(until: 2000)),
    ])
    func whatAnAnswerMeans(_ wait: LeaseRequest.Wait, _ answer: LeaseAnswer, _ step: Waiting.Step) {
        #expect(waiting(wait, answer).next(1000) == step)
    }

    @Test func aLookComesWhenItsTimeHasCome() {
        let idle = waiting(.forever)
        #expect(idle.next(1999) == .block(until: 2000) && idle.next(2000) == .look)
        let due = waiting(.forever, due: 30)
        #expect(due.next(1000) == .block(until: 1030) && due.next(1030) == .look)
    }

    @Test func aPausedQueueIsOnlyLookedAt() {
        let paused = waiting(.forever, isPaused: true, due: 0)
        #expect(paused.isPaused && paused.next(1000) == .sleep(until: 2000) && paused.next(2000) == .look)
    }

    @Test func whatIsDueNowIsAskedForAtOnce() {
        #expect(waiting(.none, due: 0).next(1000) == .lease)
        #expect(waiting(.untilDrained, .drained, due: 0).next(1000) == .giveUp(.drained))
    }

    @Test func theLastLookComesAtTheDeadline() {
        var waiting = waiting(.forever, deadline: 1500)
        #expect(waiting.next(1000) == .block(until: 1500) && waiting.next(1500) == .look)
        waiting.found(.nothing, isPaused: false, due: nil, at: 1500)
        #expect(waiting.next(1500) == .giveUp(.nothing))
    }

    @Test func aWaitCanBeCutShort() {
        var waiting = waiting(.forever)
        waiting.lookSoon()
        #expect(waiting.next(1000) == .look)
        waiting.hurry()
        #expect(waiting.next(1000) == .lease && waiting.hasLooked)
        waiting.lookSoon()
        #expect(waiting.next(1000) == .lease)
    }

    @Test func thoseThatWaitAreCountedNowAndThen() {
        var waiting = Waiting(.forever)
        #expect(!waiting.isCountDue)
        var counts: [Int] = []
        for look in 1...40 {
            waiting.found(.nothing, isPaused: false, due: nil, at: look)
            guard waiting.isCountDue else { continue }
            counts.append(look)
            waiting.learn(waiting: 1)
        }
        #expect(counts == [1, 17, 33])
    }

    @Test func theNumberOfWaitersIsReadFromInfo() {
        #expect(waitingClients(.bytes(Bytes("# Clients\r\nblocked_clients:7\r\n"))) == 7)
        #expect(waitingClients(.bytes(Bytes("# Clients\r\n"))) == nil)
        #expect(waitingClients(.error(Bytes("NOPERM"))) == nil)
    }

    @Test func anArrivalIsAnItemOrNothing() throws {
        #expect(try Queue.arrival(.bytes(Bytes("apple"))) == Bytes("apple"))
        #expect(try Queue.arrival(.null) == nil)
        #expect(throws: Failure.self) { try Queue.arrival(.integer(1)) }
    }
}
