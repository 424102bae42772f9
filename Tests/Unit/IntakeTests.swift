import CPosix
import Testing

@testable import Base
@testable import Shell
@testable import WorkQueue
@testable import Worker

@Suite struct IntakeTests {
    private func intake(jobs: Int = 2, batch: Int = 1, prefetch: Int? = 0, maxItems: Int = .max) -> Intake {
        var work = Work(["true"], someTurns(), owner: Bytes("host:1"))
        (work.jobs, work.batch, work.prefetch, work.maxItems) = (jobs, batch, prefetch, maxItems)
        return Intake(work)
    }

    private func stock(_ running: Int = 0, _ held: Int = 0, asked: Int = 0, taken: Int? = nil) -> Intake.Stock {
        Intake.Stock(running: running, held: held, unsuspected: held, asked: asked, taken: taken ?? running + held)
    }

    private func verdict(_ intake: inout Intake, _ error: Int32, at now: Int) -> Intake.Verdict {
        intake.couldNotStart(error, at: now)
    }

    @Test func anItemIsAskedForForEachCommandThatMayRun() {
        let intake = intake()
        #expect(intake.wanted(stock(), at: 0) == 2)
        #expect(intake.wanted(stock(1), at: 0) == 1)
        #expect(intake.wanted(stock(0, 1), at: 0) == 1)
        #expect(intake.wanted(stock(0, 0, asked: 1), at: 0) == 1)
        #expect(intake.wanted(stock(2), at: 0) == 0)
        #expect(intake.wanted(stock(1, 0, asked: 1), at: 0) == 0)
    }

    @Test func aheadIsAskedForWhenHalfIsUsedUp() {
        let intake = intake(jobs: 2, prefetch: 8)
        #expect(intake.wanted(stock(), at: 0) == 10)
        #expect(intake.wanted(stock(2, 8), at: 0) == 0)
        #expect(intake.wanted(stock(2, 5), at: 0) == 0)
        #expect(intake.wanted(stock(2, 4), at: 0) == 4)
        #expect(intake.wanted(stock(2, 2, asked: 3), at: 0) == 0)
        #expect(intake.wanted(stock(0, 0, asked: 1), at: 0) == 9)
    }

    @Test func noMoreAreLeasedThanTheWorkerMayTake() {
        let intake = intake(jobs: 4, maxItems: 5)
        #expect(intake.wanted(stock(taken: 3), at: 0) == 2)
        #expect(intake.wanted(stock(asked: 1, taken: 3), at: 0) == 1)
        #expect(intake.room(stock(taken: 5), at: 0) == 0)
        // An item that had arrived came beside those that were asked for.
        #expect(intake.room(stock(taken: 6), at: 0) == 0)
    }

    @Test func aCallTellsWhatCouldBeginAndHowManySuspectsMayCome() {
        let intake = intake(jobs: 16, prefetch: 8)
        let (long, endless) = (Hands.longPatience, Hands.endlessPatience)
        #expect(intake.hands(stock()) == Hands(free: 16, share: 4, patience: 0))
        #expect(intake.hands(stock(10, 2)) == Hands(free: 4, share: 4, patience: long))
        #expect(intake.hands(stock(16, 4)) == Hands(free: 0, share: 4, patience: long))
        var some = stock(10)
        some.suspects = 3
        #expect(intake.hands(some) == Hands(free: 6, share: 1, patience: long))
        some.suspects = 9
        #expect(intake.hands(some).share == 0)
        // What was asked for may be suspects.
        #expect(intake.hands(stock(10, asked: 2)) == Hands(free: 4, share: 0, patience: long))
        // After one that was alone it is the others' turn.
        var after = intake
        after.began(at: 0, alone: true)
        #expect(after.hands(stock()).patience == endless)
        after.began(at: 0)
        #expect(after.hands(stock()).patience == 0)
        for jobs in 1...7 { #expect(self.intake(jobs: jobs).hands(stock()).share == 1) }
    }

    @Test func besideOneThatIsToBeAloneNothingIsLeasedAndNothingBegun() {
        let intake = intake(jobs: 4)
        var lone = stock(1, 1)
        #expect(intake.room(lone, at: 0) == 2)
        lone.hasLone = true
        #expect(intake.room(lone, at: 0) == 0 && intake.wanted(lone, at: 0) == 0)
        #expect(intake.mayStart(lone, at: 0))
        lone.isAlone = true
        #expect(!intake.mayStart(lone, at: 0))
    }

    @Test func aCommandStartsWhileThereIsAnItemAndAPlace() {
        let intake = intake()
        #expect(!intake.mayStart(stock(), at: 0))
        #expect(intake.mayStart(stock(0, 1), at: 0))
        #expect(intake.mayStart(stock(1, 1), at: 0))
        #expect(!intake.mayStart(stock(2, 1), at: 0))
        #expect(intake.wakeAt(stock(), at: 0) == .max)
    }

    @Test(arguments: [EAGAIN, ENOMEM, EMFILE, ENFILE])
    func aSystemThatLacksSomethingIsGivenTime(_ error: Int32) {
        var intake = intake()
        #expect(verdict(&intake, error, at: 500) == .pause(isNews: true))
        #expect(!intake.mayStart(stock(0, 1), at: 1499) && intake.wanted(stock(), at: 1499) == 0)
        #expect(intake.wakeAt(stock(), at: 500) == 1500)
        #expect(intake.mayStart(stock(0, 1), at: 1500) && intake.wanted(stock(), at: 1500) == 2)
        #expect(intake.wakeAt(stock(), at: 1500) == .max)
        // A person hears of it once, until a command could be started.
        #expect(verdict(&intake, error, at: 1500) == .pause(isNews: false))
        intake.began(at: 0)
        #expect(intake.mayStart(stock(0, 1), at: 1500))
        #expect(verdict(&intake, error, at: 2500) == .pause(isNews: true))
    }

    @Test func anItemThatIsTooLongIsRefused() {
        var intake = intake()
        #expect(verdict(&intake, E2BIG, at: 0) == .refuse)
        #expect(intake.mayStart(stock(0, 1), at: 0))
    }

    @Test(arguments: [ENOENT, EACCES, ENOEXEC])
    func aCommandThatCannotBeRunEndsTheWorker(_ error: Int32) {
        var intake = intake()
        #expect(verdict(&intake, error, at: 0) == .end)
    }

    /// With no number of items to lease ahead.
    private func free(jobs: Int = 2, batch: Int = 1) -> Intake { intake(jobs: jobs, batch: batch, prefetch: nil) }

    @Test func asManyItemsAreAheadAsAreBegunInATenthOfASecondBesideThoseThatRun() {
        var intake = free()
        #expect(intake.wanted(stock(2), at: 1000) == 0)
        for _ in 0..<10 { intake.ended(at: 1000) }
        #expect(intake.wanted(stock(2), at: 1010) == 8)
        #expect(intake.wanted(stock(2, 4), at: 1010) == 4)
        #expect(intake.wanted(stock(2, 5), at: 1010) == 0)
        #expect(intake.wanted(stock(2), at: 1140) == 8)
        intake.ended(at: 1150)
        #expect(intake.wanted(stock(2), at: 1160) == 8)
        // Nothing ended for a while.
        #expect(intake.wanted(stock(2), at: 1350) == 0)
        // Those that run take longer than that.
        for _ in 0..<2 { intake.ended(at: 1500) }
        #expect(intake.wanted(stock(2), at: 1510) == 0)
        for _ in 0..<100_000 { intake.ended(at: 2000) }
        #expect(intake.wanted(stock(2), at: 2010) == Session.smallBatch)
        // Who says how many has as many.
        for count in [0, 3] {
            var asked = self.intake(prefetch: count)
            for _ in 0..<8 { asked.ended(at: 1000) }
            #expect(asked.wanted(stock(2), at: 1010) == count)
        }
    }

    @Test func whatLiesAheadOfCommandsThatTakeLongIsGivenBack() {
        var intake = free()
        intake.began(at: 5000)
        #expect(intake.wakeAt(stock(2, 3), at: 5100) == 6000)
        #expect(!intake.isStalled(stock(2, 3), at: 5999))
        #expect(intake.isStalled(stock(2, 3), at: 6000))
        // Nothing lies there, or a command is free for it.
        #expect(!intake.isStalled(stock(2), at: 6000))
        #expect(!intake.isStalled(stock(1, 3), at: 6000))
        // Suspects are begun next, and stay.
        var suspects = stock(2, 3)
        suspects.unsuspected = 0
        #expect(!intake.isStalled(suspects, at: 6000))
        #expect(intake.wakeAt(suspects, at: 6000) == .max)
        // The user wants it so.
        var asked = self.intake(prefetch: 3)
        asked.began(at: 5000)
        #expect(!asked.isStalled(stock(2, 3), at: 100_000))
    }

    // Several items a command.

    @Test func aBatchIsAskedForForEachCommandThatMayRun() {
        let intake = intake(jobs: 2, batch: 100)
        #expect(intake.wanted(stock(), at: 0) == 200)
        #expect(intake.wanted(stock(1), at: 0) == 100)
        #expect(intake.wanted(stock(1, 30), at: 0) == 70)
        #expect(intake.wanted(stock(1, 30, asked: 60), at: 0) == 10)
        #expect(intake.wanted(stock(2), at: 0) == 0)
        #expect(self.intake(jobs: 2, batch: 100, maxItems: 150).wanted(stock(1, taken: 100), at: 0) == 50)
    }

    /// What went one by one, or whose lease ran out, has a command for each.
    @Test func aSuspectTakesUpTheWholePlace() {
        let intake = intake(jobs: 3, batch: 100)
        var some = stock(0, 12)
        some.unsuspected = 10
        #expect(intake.wanted(some, at: 0) == 90)
        some.unsuspected = 0
        #expect(intake.wanted(some, at: 0) == 0)
        #expect(intake.hands(some).free == 0)
        (some.held, some.suspects) = (2, 2)
        #expect(intake.wanted(some, at: 0) == 100)
        #expect(intake.hands(some) == Hands(free: 1, share: 0, patience: Hands.longPatience))
    }

    @Test func aCallTellsOfCommandsNotOfItems() {
        let intake = intake(jobs: 8, batch: 100)
        #expect(intake.hands(stock()) == Hands(free: 8, share: 2, patience: 0))
        #expect(intake.hands(stock(2, 100)).free == 5)
        #expect(intake.hands(stock(2, 101)).free == 4)
        #expect(intake.hands(stock(2, 1, asked: 200)) == Hands(free: 3, share: 0, patience: Hands.longPatience))
    }

    @Test func aBatchWaitsForWhatWasAskedForAndForNoMore() {
        let intake = intake(jobs: 2, batch: 100)
        #expect(intake.mayStart(stock(0, 1), at: 0))
        #expect(!intake.mayStart(stock(0, 99, asked: 1), at: 0))
        #expect(intake.mayStart(stock(0, 100, asked: 1), at: 0))
        #expect(self.intake().mayStart(stock(0, 1, asked: 1), at: 0))
    }

    @Test func whatLiesAheadIsWholeBatches() {
        #expect(intake(jobs: 1, batch: 100, prefetch: 0).wanted(stock(1), at: 0) == 0)
        #expect(intake(jobs: 1, batch: 100, prefetch: 1).wanted(stock(1), at: 0) == 100)
        #expect(intake(jobs: 1, batch: 100, prefetch: 101).wanted(stock(1), at: 0) == 200)
        var intake = free(jobs: 2, batch: 10)
        for _ in 0..<39 { intake.ended(at: 1000) }
        #expect(intake.wanted(stock(2), at: 1010) == 10)
        intake.ended(at: 1010)
        #expect(intake.wanted(stock(2), at: 1020) == 20)
        for _ in 0..<1000 { intake.ended(at: 1020) }
        #expect(intake.wanted(stock(2), at: 1030) == 60)
    }

    @Test func onlyUsualItemsGoToOneCommandAndWhatFailedBeforeWithItsLike() {
        func lease(_ attempt: Int, _ care: Lease.Care = .none) -> Lease {
            Lease(id: Bytes("1.a"), attempt: attempt, item: Bytes("apple"), care: care)
        }
        #expect(Intake.goTogether(lease(1), lease(1)))
        #expect(Intake.goTogether(lease(2), lease(7)))
        #expect(!Intake.goTogether(lease(1), lease(2)) && !Intake.goTogether(lease(2), lease(1)))
        for care in [Lease.Care.few, .alone] {
            #expect(!Intake.goTogether(lease(1), lease(1, care)) && !Intake.goTogether(lease(1, care), lease(1)))
        }
    }
}
