import Testing

@testable import Base
@testable import WorkQueue

@Suite struct HoldingTests {
    /// Leased at 1000 ms, for a minute.
    private let holding = Holding(Lease(id: Bytes("1.a"), attempt: 1, item: Bytes("apple")), from: 1000, for: 60_000)

    @Test func aThirdOfTheTimeIsBetweenRenewals() {
        #expect(holding.renewAt == 21_000 && holding.end == 61_000)
        #expect(!holding.isDue(20_999) && holding.isDue(21_000))
        #expect(!holding.hasEnded(60_999) && holding.hasEnded(61_000))
    }

    @Test func aRenewalCountsFromWhenItWasSent() {
        var holding = holding
        holding.askedToRenew(at: 21_000)
        #expect(holding.renewAt == 41_000 && holding.end == 61_000)
        holding.renewed(at: 21_000)
        #expect(holding.renewAt == 41_000 && holding.end == 81_000)
    }

    @Test(arguments: [(60_000, 1000), (5000, 500), (300, 50), (30, 30)])
    func aTryThatFailedIsFollowedByAnother(_ duration: Int, _ pause: Int) {
        var holding = Holding(holding.lease, from: 0, for: duration)
        holding.failedToRenew(at: 0)
        #expect(holding.renewAt == pause)
    }

    @Test func noTryOutlastsTheLease() {
        #expect(holding.patience(21_000) == 20_000)
        #expect(holding.patience(60_000) == 1000)
        #expect(holding.patience(70_000) == 1)
    }

    @Test func aCallRenewsThoseThatWouldBeDueSoon() {
        let soon = Holding(holding.lease, from: 6000, for: 60_000)
        let late = Holding(holding.lease, from: 6001, for: 60_000)
        #expect(Holding.due([soon, holding, late], at: 20_999, limit: 64) == [])
        #expect(Holding.due([soon, holding, late], at: 21_000, limit: 64) == [0, 1])
        #expect(Holding.due([soon, holding, late], at: 21_000, limit: 1) == [0])
        #expect(Holding.due([], at: 21_000, limit: 64) == [])
    }

    @Test func aLostLeaseIsNotRenewed() {
        var holding = holding
        holding.lost()
        holding.renew(at: 0)
        holding.renewed(at: 21_000)
        #expect(holding.isLost && holding.renewAt == .max && holding.end == 61_000)
        #expect(Holding.due([holding], at: .max - 60_000, limit: 64) == [])
    }

    @Test func aLeaseIsLookedAtWhenItIsDueOrEnds() {
        #expect(holding.wakeAt(mayRenew: true) == 21_000)
        #expect(holding.wakeAt(mayRenew: false) == 61_000)
    }

    @Test func aLeaseCanBeMadeDue() {
        var holding = holding
        holding.renew(at: 0)
        #expect(holding.isDue(0))
    }
}
