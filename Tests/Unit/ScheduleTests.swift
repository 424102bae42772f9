import Testing

@testable import Base
@testable import WorkQueue
@testable import Worker

/// When and how a worker ends: each state with each event that it can meet there. The grace is 1 s, Redis may be away for
/// 5 s.
@Suite struct ScheduleTests {
    private func schedule(_ change: (inout Work) -> Void = { _ in }) -> Schedule {
        var work = Work(["true"], someTurns(), owner: Bytes("me"))
        work.grace = 1000
        change(&work)
        return Schedule(work, absence: 5000, start: 0)
    }

    private func situation(_ change: (inout Schedule.Situation) -> Void = { _ in }) -> Schedule.Situation {
        var situation = Schedule.Situation()
        change(&situation)
        return situation
    }

    /// For calls that change what they are asked of.
    private func same<T: Equatable>(_ seen: T, _ expected: T, at place: SourceLocation = #_sourceLocation) {
        #expect(seen == expected, sourceLocation: place)
    }

    private let broken = Failure(.unavailable, "away", .disconnection)

    // Nothing was decided yet.

    @Test func withoutLimitsNothingEndsAWorker() {
        var schedule = schedule()
        same(schedule.tend(1_000_000, situation { $0.isWaiting = true }), false)
        #expect(!schedule.isEnding)
        #expect(schedule.wakeAt(0, situation()) == .max)
        same(schedule.conclude(5, situation()), .notYet)
    }

    @Test func theTotalTimeEndsIt() {
        var schedule = schedule { $0.maxTotal = 100 }
        #expect(schedule.wakeAt(0, situation()) == 100)
        _ = schedule.tend(99, situation { $0.running = 1 })
        #expect(!schedule.isEnding)
        _ = schedule.tend(100, situation { $0.running = 1 })
        #expect(schedule.ending?.exit == .no && schedule.ending?.look == .unasked)
    }

    @Test func idlenessEndsItOnlyWhileItIsKnownThatThereIsNothing() {
        var schedule = schedule { $0.untilIdle = 100 }
        _ = schedule.tend(50, situation { $0.running = 1 })
        #expect(schedule.wakeAt(60, situation { $0.isWaiting = true }) == 150)
        #expect(schedule.wakeAt(60, situation()) == .max)
        #expect(
            schedule.wakeAt(
                60,
                situation {
                    $0.isWaiting = true
                    $0.running = 1
                }) == .max)
        _ = schedule.tend(150, situation())
        #expect(!schedule.isEnding)
        _ = schedule.tend(149, situation { $0.isWaiting = true })
        #expect(!schedule.isEnding)
        _ = schedule.tend(150, situation { $0.isWaiting = true })
        #expect(schedule.ending?.exit == .no)
    }

    @Test func theLastOfSoManyItemsEndsItWhenItIsDone() {
        var schedule = schedule { $0.maxItems = 3 }
        _ = schedule.tend(1, situation { ($0.taken, $0.running) = (3, 1) })
        #expect(!schedule.isEnding)
        _ = schedule.tend(2, situation { ($0.taken, $0.held) = (3, 1) })
        #expect(!schedule.isEnding)
        _ = schedule.tend(3, situation { $0.taken = 3 })
        #expect(schedule.isEnding)
    }

    @Test func aRedisThatIsAwayForTooLongEndsItOnceNothingRunsAndNothingIsUntold() {
        for (change, ends) in [
            ({ (_: inout Schedule.Situation) in }, true),
            ({ (one: inout Schedule.Situation) in one.running = 1 }, false),
            ({ (one: inout Schedule.Situation) in one.held = 1 }, false),
            ({ (one: inout Schedule.Situation) in one.hasOutcomes = true }, false),
        ] {
            var schedule = schedule()
            var situation = situation { ($0.outage, $0.isUp) = ((since: 1000, failure: broken), false) }
            change(&situation)
            _ = schedule.tend(5999, situation)
            #expect(!schedule.isEnding)
            _ = schedule.tend(6000, situation)
            #expect(schedule.isEnding == ends)
            if ends { #expect(schedule.ending?.failure == broken && schedule.ending?.exit == .unavailable) }
        }
    }

    @Test func aDrainedQueueEndsItIfNothingIsLeftHere() {
        let cases: [((inout Schedule.Situation) -> Void, Bool)] = [
            ({ _ in }, true), ({ $0.running = 1 }, false), ({ $0.held = 1 }, false), ({ $0.hasOutcomes = true }, false),
            ({ $0.isSettling = true }, false),
        ]
        for (change, ends) in cases {
            var schedule = schedule()
            schedule.sawDrained(situation(change))
            #expect(schedule.isEnding == ends)
        }
        var forever = schedule { $0.isForever = true }
        forever.sawDrained(situation())
        #expect(!forever.isEnding)
    }

    // It ends when what runs has ended.

    @Test func itemsThatComeAfterAllTakeBackADrainedEndAndNoOther() {
        var drained = schedule()
        drained.sawDrained(situation())
        drained.leased()
        #expect(!drained.isEnding)
        var failed = schedule()
        failed.end(.badConfiguration, broken)
        failed.leased()
        #expect(failed.isEnding)
    }

    @Test func theFirstDecisionStays() {
        var schedule = schedule()
        schedule.end(.inputOutput, broken)
        schedule.end(.done)
        #expect(schedule.ending?.exit == .inputOutput)
    }

    @Test func itConcludesOnceAllIsQuietToldAndPrinted() {
        let waiting: [(inout Schedule.Situation) -> Void] = [
            { $0.running = 1 }, { $0.held = 1 }, { $0.hasOutcomes = true }, { $0.isSettling = true },
            { $0.isAsking = true }, { $0.isPrinted = false },
        ]
        for change in waiting {
            var schedule = schedule()
            schedule.end(.done)
            _ = schedule.tend(10, situation(change))
            same(schedule.conclude(10, situation(change)), .notYet)
            _ = schedule.tend(20, situation())
            same(schedule.conclude(20, situation()), .done)
        }
    }

    @Test func whoWaitsInVainForAnAbsentRedisConcludesAtLast() {
        var schedule = schedule()
        schedule.end(.unavailable, broken)
        let away = situation { ($0.isUp, $0.hasOutcomes) = (false, true) }
        _ = schedule.tend(0, away)
        same(schedule.conclude(6999, away), .notYet)
        same(schedule.conclude(7000, away), .done)
    }

    // The exit status depends on a look.

    @Test func aLookDecidesWhetherTheLimitOrTheDrainedQueueWasTheEnd() {
        for isDrained in [false, true] {
            var schedule = schedule()
            schedule.end(.no, unlessDrained: true)
            _ = schedule.tend(0, situation())
            same(schedule.conclude(1, situation()), .look)
            same(schedule.conclude(2, situation()), .notYet)
            schedule.looked()
            if isDrained { schedule.sawDrained(situation()) }
            same(schedule.conclude(3, situation()), .done)
            #expect(schedule.ending?.exit == (isDrained ? .done : .no))
        }
    }

    @Test func aLookThatToldNothingOrWasLostIsSentAgain() {
        var schedule = schedule()
        schedule.end(.no, unlessDrained: true)
        _ = schedule.tend(0, situation())
        same(schedule.conclude(1, situation { $0.isUp = false }), .notYet)
        same(schedule.conclude(2, situation()), .look)
        schedule.lostConnection()
        same(schedule.conclude(3, situation()), .look)
        schedule.looked()
        schedule.mustLookAgain()
        same(schedule.conclude(4, situation()), .look)
    }

    // A signal asked for the end.

    @Test func aSignalLeavesCommandsTheirGraceASecondEndsItAThirdKills() {
        var schedule = schedule()
        same(schedule.terminate(15, at: 100), false)
        #expect(schedule.ending?.exit.rawValue == 143)
        same(schedule.tend(1099, situation { $0.running = 1 }), false)
        #expect(schedule.wakeAt(1050, situation { $0.running = 1 }) == 1100)
        same(schedule.tend(1100, situation { $0.running = 1 }), true)
        var hurried = self.schedule()
        same(hurried.terminate(2, at: 100), false)
        same(hurried.terminate(2, at: 301), false)
        same(hurried.tend(301, situation { $0.running = 1 }), true)
        same(hurried.terminate(2, at: 502), true)
    }

    @Test func signalsWithinAMomentAreOne() {
        var schedule = schedule()
        schedule.hangUp(at: 100)
        #expect(schedule.isInterrupted && schedule.ending?.exit == .no)
        same(schedule.terminate(15, at: 150), false)
        #expect(schedule.ending?.exit.rawValue == 143)
        same(schedule.terminate(2, at: 300), false)
        same(schedule.terminate(15, at: 301), false)
        same(schedule.tend(301, situation { $0.running = 1 }), true)
    }

    @Test func outputThatCannotBeWrittenIsNoSuccess() {
        var schedule = schedule()
        schedule.end(.done)
        let why = Failure(.inputOutput, "cannot write the output")
        schedule.failed(why)
        schedule.leased()
        #expect(schedule.ending?.exit == .inputOutput && schedule.ending?.failure == why)
        var ending = self.schedule()
        _ = ending.terminate(15, at: 100)
        ending.failed(why)
        #expect(ending.ending?.stopAt == 1100)
    }

    @Test func aSignalGoesBeforeAnyOtherReasonToEnd() {
        var schedule = schedule()
        schedule.end(.done)
        same(schedule.terminate(15, at: 100), false)
        #expect(schedule.ending?.exit.rawValue == 143)
    }

    @Test func whoWasAskedToEndWaitsForRedisAndReadersOnlyWithSomethingToTell() {
        var schedule = schedule()
        _ = schedule.terminate(15, at: 0)
        let silent = situation { $0.isAsking = true }
        _ = schedule.tend(0, silent)
        same(schedule.conclude(1999, silent), .notYet)
        same(schedule.conclude(2000, silent), .done)
        var telling = self.schedule { $0.grace = 9000 }
        _ = telling.terminate(15, at: 0)
        let untold = situation { $0.hasOutcomes = true }
        _ = telling.tend(0, untold)
        same(telling.conclude(8999, untold), .notYet)
        same(telling.conclude(9000, untold), .done)
    }

    // The queue is not what it should be.

    private let unknown = Failure(.noQueue, "no such queue")

    @Test func aQueueThatWasNeverUsedIsNoSuccess() {
        var schedule = schedule()
        schedule.sawDrained(situation(), unused: unknown)
        #expect(schedule.ending?.exit == .noQueue && schedule.ending?.failure == unknown)
        var forever = self.schedule { $0.isForever = true }
        forever.sawDrained(situation(), unused: unknown)
        #expect(!forever.isEnding)
    }

    @Test func aLookAtTheEndThatFindsNoQueueIsTold() {
        var schedule = schedule { $0.untilIdle = 100 }
        _ = schedule.tend(100, situation { $0.isWaiting = true })
        same(schedule.conclude(100, situation()), .look)
        schedule.looked()
        schedule.sawDrained(situation(), unused: unknown)
        same(schedule.conclude(101, situation()), .done)
        #expect(schedule.ending?.exit == .noQueue && schedule.ending?.failure == unknown)
    }

    @Test func deadItemsAreNoSuccessOnlyIfAskedFor() {
        var schedule = schedule { $0.isStrict = true }
        schedule.sawDrained(situation(), dead: 1)
        #expect(schedule.ending?.exit == .deadLeft)
        schedule.leased()
        #expect(!schedule.isEnding)
        schedule.sawDrained(situation(), dead: 0)
        #expect(schedule.ending?.exit == .done)
        var usual = self.schedule()
        usual.sawDrained(situation(), dead: 1)
        #expect(usual.ending?.exit == .done)
    }

    @Test func aQueueThatIsGoneEndsAWorkerThatWouldSucceed() {
        var schedule = schedule()
        schedule.sawGone(unknown)
        #expect(schedule.ending?.exit == .noQueue)
        var drained = self.schedule()
        drained.sawDrained(situation())
        drained.sawGone(unknown)
        #expect(drained.ending?.exit == .noQueue)
        var looking = self.schedule { $0.untilIdle = 100 }
        _ = looking.tend(100, situation { $0.isWaiting = true })
        looking.sawGone(unknown)
        #expect(looking.ending?.exit == .noQueue && looking.ending?.failure == unknown)
        var stopped = self.schedule()
        same(stopped.terminate(15, at: 0), false)
        stopped.sawGone(unknown)
        #expect(stopped.ending?.exit == Exit(rawValue: 143))
    }
}
