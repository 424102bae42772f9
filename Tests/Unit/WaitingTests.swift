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
        _ wait: LeaseRequest.Wait, deadline: Int? = nil, _ answer: LeaseAnswer = .nothing,
        hindrance: Hindrance = .none,
        due: Int? = nil
    ) -> Waiting {
        var waiting = Waiting(wait, deadline: deadline)
        waiting.learn(Crowd())
        waiting.found(answer, hindrance, due: due, at: 1000)
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
        let paused = waiting(.forever, hindrance: .paused, due: 0)
        #expect(paused.isHindered && paused.next(1000) == .sleep(until: 2000) && paused.next(2000) == .look)
    }

    @Test(arguments: [(nil, 2000), (30, 1030), (4000, 5000), (3_600_000, 11_000)])
    func aLimitedQueueIsLeftAloneAndThenAskedForALease(_ due: Int?, _ end: Int) {
        let limited = waiting(.forever, hindrance: .limited, due: due)
        #expect(limited.isHindered && limited.next(1000) == .sleep(until: end))
        #expect(limited.next(end - 1) == .sleep(until: end) && limited.next(end) == .lease)
    }

    @Test func aLimitedQueueIsAskedAtTheDeadlineAndWhenAPlaceIsFree() {
        var limited = waiting(.forever, deadline: 1500, hindrance: .limited, due: 4000)
        #expect(limited.next(1000) == .sleep(until: 1500) && limited.next(1500) == .lease)
        limited.lookSoon()
        #expect(limited.next(1000) == .lease)
        limited.found(.nothing, .limited, due: 4000, at: 1500)
        #expect(limited.next(1500) == .giveUp(.nothing))
        #expect(waiting(.none, hindrance: .limited).next(1000) == .giveUp(.nothing))
    }

    @Test func thoseThatWaitForAPlaceAreCountedAmongAllClients() {
        var crowd = Crowd()
        (crowd.waiting, crowd.connected) = (0, 100)
        var limited = waiting(.forever, hindrance: .limited)
        limited.learn(crowd)
        #expect(limited.lookAt == 1505)
        var idle = waiting(.forever)
        idle.learn(crowd)
        #expect(idle.lookAt == 1080)
    }

    @Test func whatIsDueNowIsAskedForAtOnce() {
        #expect(waiting(.none, due: 0).next(1000) == .lease)
        #expect(waiting(.untilDrained, .drained, due: 0).next(1000) == .giveUp(.drained))
    }

    @Test func theLastLookComesAtTheDeadline() {
        var waiting = waiting(.forever, deadline: 1500)
        #expect(waiting.next(1000) == .block(until: 1500) && waiting.next(1500) == .look)
        waiting.found(.nothing, due: nil, at: 1500)
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
            waiting.found(.nothing, due: nil, at: look)
            guard waiting.isCountDue else { continue }
            counts.append(look)
            var crowd = Crowd()
            crowd.waiting = 1
            waiting.learn(crowd)
        }
        #expect(counts == [1, 17, 33])
    }

    @Test func whoWaitsLeavesWhenFewPlacesAreLeftAndCountsAgainAtOnce() {
        var waiting = Waiting(.forever, deadline: 5000)
        waiting.found(.nothing, due: nil, at: 100)
        var crowd = Crowd()
        (crowd.waiting, crowd.isFull) = (3, true)
        waiting.learn(crowd)
        #expect(waiting.next(100) == .leave(until: 1100))
        #expect(waiting.next(1100) == .look)
        waiting.found(.nothing, .paused, due: nil, at: 1100)
        #expect(waiting.isCountDue && waiting.next(1100) == .leave(until: 2100))
        crowd.isFull = false
        waiting.learn(crowd)
        #expect(waiting.next(1100) == .sleep(until: 1180) && !waiting.isCountDue)
        #expect(!waiting.isOver(4999) && waiting.isOver(5000))
    }

    @Test(
        arguments: [
            ("blocked_clients:7\r\n", 7, false), ("", nil, false),
            ("connected_clients:90\r\nmaxclients:100\r\nblocked_clients:80\r\n", 80, false),
            ("connected_clients:91\r\nmaxclients:100\r\nblocked_clients:80\r\n", 80, true),
            ("connected_clients:9\r\nmaxclients:9\r\n", nil, true), ("connected_clients:91\r\n", nil, false),
        ] as [(String, Int?, Bool)])
    func theCrowdIsReadFromInfo(_ text: String, _ waiting: Int?, _ isFull: Bool) {
        let crowd = Crowd(.bytes(Bytes("# Clients\r\n\(text)".utf8)))
        #expect(crowd.waiting == waiting && crowd.isFull == isFull)
    }

    @Test func aRefusalTellsNothingOfTheCrowd() { #expect(Crowd(.error(Bytes("NOPERM"))) == Crowd()) }

    @Test func anArrivalIsAnItemOrNothing() throws {
        #expect(try Queue.arrival(.bytes(Bytes("apple"))) == Bytes("apple"))
        #expect(try Queue.arrival(.null) == nil)
        #expect(throws: Failure.self) { try Queue.arrival(.integer(1)) }
    }
}
