import Testing

@testable import Base
@testable import WorkQueue
@testable import Worker

/// What wq-renew does while a command runs; its lease lasts 3 s and is renewed every second.
@Suite struct KeepingTests {
    private func keeping(max: Int = .max, grace: Int = 500) -> Keeping {
        var how = Renewing()
        (how.duration, how.maxTime, how.killAfter) = (3000, max, grace)
        let lease = Lease(id: Bytes("1.ab"), attempt: 0, item: [])
        return Keeping(Holding(lease, from: 0, for: 3000), how, start: 0)
    }

    private let lost = Failure(.no, "the lease 1.ab was lost")
    private let away = Failure(.unavailable, "Redis is away", .disconnection)

    @Test func nothingIsDoneUntilTheRenewalIsDue() {
        var keeping = keeping()
        #expect(keeping.next(10) == .wait(until: 1000))
        #expect(keeping.next(1000) == .renew)
        keeping.renewed(at: 1000)
        #expect(keeping.next(1001) == .wait(until: 2000))
    }

    @Test func theCommandsEndIsTheEnd() {
        var keeping = keeping()
        keeping.ended(.exited(7))
        #expect(keeping.next(10) == .end(.exited(7)))
    }

    @Test func aLostLeaseStopsTheCommand() {
        var keeping = keeping()
        keeping.lost(lost)
        #expect(keeping.next(10) == .send(.terminate))
        #expect(keeping.next(10) == .wait(until: 510))
        #expect(keeping.next(510) == .send(.kill))
        #expect(keeping.next(511) == .wait(until: 560))
        keeping.ended(.signalled(9))
        let end = keeping.next(531)
        #expect(end == .fail(Failure(.no, "the lease 1.ab was lost: it was stopped")))
    }

    @Test func aLongLeaseIsAskedAboutEachSecond() {
        var how = Renewing()
        how.duration = 60_000
        var keeping = Keeping(
            Holding(Lease(id: Bytes("1.ab"), attempt: 0, item: []), from: 0, for: 60_000), how, start: 0)
        #expect(keeping.next(10) == .wait(until: 1000))
        #expect(keeping.next(1000) == .ask)
        keeping.lost(lost)
        #expect(keeping.next(1001) == .send(.terminate))
        #expect(keeping.next(1001) == .wait(until: 4001))
    }

    @Test func aLeaseThatWasLostIsNotRenewedAnyMore() {
        var keeping = keeping(grace: 100_000)
        keeping.lost(lost)
        #expect(keeping.next(10) == .send(.terminate))
        #expect(keeping.next(5000) == .wait(until: 100_010))
    }

    @Test func redisMayBeAwayForAsLongAsTheLease() {
        var keeping = keeping()
        #expect(keeping.next(1000) == .renew)
        keeping.failedToRenew(at: 1100, away)
        #expect(keeping.next(1100) == .wait(until: 1400))
        #expect(keeping.next(1400) == .renew)
        keeping.failedToRenew(at: 3000, away)
        #expect(keeping.next(3000) == .send(.terminate))
    }

    @Test func aCommandThatWasStoppedForLongerThanItsLeaseHasOneMoreToHearOfIt() {
        var keeping = keeping()
        keeping.doubt(at: 10_000)
        #expect(keeping.next(10_000) == .renew)
        keeping.failedToRenew(at: 10_100, away)
        keeping.doubt(at: 12_900)
        #expect(keeping.next(12_900) == .renew)
        keeping.failedToRenew(at: 13_000, away)
        #expect(keeping.next(13_000) == .send(.terminate))
    }

    @Test func aCommandThatRunsForTooLongHasItsGraceAndItsLease() {
        var keeping = keeping(max: 1500, grace: 2000)
        #expect(keeping.next(1000) == .renew)
        keeping.renewed(at: 1000)
        #expect(keeping.next(1000) == .wait(until: 1500))
        #expect(keeping.next(1500) == .send(.terminate))
        #expect(keeping.next(2000) == .renew)
        keeping.renewed(at: 2000)
        #expect(keeping.next(3500) == .send(.kill))
        keeping.ended(.exited(0))
        guard case .fail(let failure) = keeping.next(3600) else {
            Issue.record("it failed")
            return
        }
        #expect(failure.exit == .no && failure.message.contains("still running"))
    }
}
