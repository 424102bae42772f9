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
        #expect(Holding(holding.lease, from: 6000, for: 60_000).isAlmostDue(21_000))
        #expect(!Holding(holding.lease, from: 6001, for: 60_000).isAlmostDue(21_000))
    }

    @Test func aLostLeaseIsNotRenewed() {
        var holding = holding
        holding.lost()
        holding.renew(at: 0)
        holding.renewed(at: 21_000)
        #expect(holding.isLost && holding.renewAt == .max && holding.end == 61_000)
        #expect(!holding.isAlmostDue(.max - 60_000))
    }

    @Test func whatIsLostBeforeItsEndWasSettledBySomebody() {
        var (early, late, slept) = (holding, holding, holding)
        early.lost(at: 60_999)
        #expect(early.isLost && early.isSettled)
        late.lost(at: 61_000)
        #expect(late.isLost && !late.isSettled)
        // Nobody knows when, since this process slept.
        slept.doubt(at: 62_000)
        slept.lost(at: 62_100)
        #expect(slept.isLost && !slept.isSettled)
        // What is lost stays as it was.
        late.doubt(at: 62_000)
        late.lost(at: 62_100)
        #expect(!late.isSettled && !late.isInDoubt)
    }

    @Test func aDoubtEndsWithARenewalThatWasSentSince() {
        var holding = holding
        holding.doubt(at: 62_000)
        #expect(holding.isInDoubt && holding.isDue(62_000) && !holding.hasEnded(121_999))
        holding.renewed(at: 61_999)
        #expect(holding.isInDoubt && holding.isDue(62_000))
        holding.renewed(at: 62_000)
        #expect(!holding.isInDoubt && holding.end == 122_000)
    }

    @Test func anItemWhoseCommandHadOthersAndFailedIsASuspect() {
        var (usual, lone) = (holding, Lease(id: Bytes("1.a"), attempt: 1, item: [], care: .alone))
        usual.suspect()
        #expect(usual.lease.care == .few)
        var other = Holding(lone, from: 0, for: 1)
        other.suspect()
        #expect(other.lease.care == .alone)
        lone.care = .none
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
