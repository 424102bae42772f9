import CPosix
import Testing

@testable import Base
@testable import Shell
@testable import WorkQueue
@testable import Worker

@Suite struct JobTests {
    private var work: Work {
        var work = Work(["/usr/bin/convert"], someTurns(), owner: Bytes("host:1"))
        work.maxTime = 5000
        return work
    }

    /// A command that was started at 1000 ms, for an item that was leased then for a minute, and may run for 5 s. Its process
    /// does not exist.
    private func job(_ status: Status? = nil, stop: Stop? = nil) -> Job {
        let lease = Lease(id: Bytes("1.a"), attempt: 1, item: Bytes("apple"))
        let command = Command(slot: 1, process: Process(id: .max), stopping: Stopping(grace: 3000))
        var job = Job(Holding(lease, from: 1000, for: 60_000), command: command, start: 1000, time: 0, limit: 6000)
        if stop == .lost { job.lost(at: 2000) } else if let stop { job.stop(stop, at: 2000) }
        job.command.status = status
        return job
    }

    @Test func aCommandIsStoppedWhenItRunsForTooLong() {
        #expect(job().mustStop(5999) == nil)
        #expect(job().mustStop(6000) == .tooLong)
        #expect(job(stop: .ending).mustStop(6000) == nil)
    }

    @Test(arguments: [Stop.tooLong, .ending])
    func aCommandThatIsStoppedLosesItsItemAtTheLeasesEnd(_ stop: Stop) {
        #expect(job(stop: stop).mustStop(60_999) == nil)
        #expect(job(stop: stop).mustStop(61_000) == .unrenewed)
    }

    @Test(arguments: [Stop.lost, .unrenewed])
    func aCommandWithoutALeaseIsStoppedOnce(_ stop: Stop) {
        #expect(job(stop: stop).mustStop(70_000) == nil)
    }

    @Test func aCommandIsLookedAtWhenSomethingIsDue() {
        #expect(job().wakeAt(1000, mayRenew: true) == 6000)
        // It has had TERM, and KILL is next; its lease is renewed at 21,000.
        #expect(job(stop: .ending).wakeAt(2000, mayRenew: true) == 5000)
        #expect(job(stop: .ending).wakeAt(2000, mayRenew: false) == 5000)
        // It has ended, and what it left behind has not.
        #expect(job(.exited(0)).wakeAt(2000, mayRenew: true) == 2000 + Process.lookInterval)
        #expect(job(stop: .lost).holding.renewAt == .max)
    }

    /// What becomes of the item: `completed`, `lost`, or the release's delay, charge and death.
    private func fate(_ job: Job, _ work: Work, isInterrupted: Bool = false) -> String {
        let (fate, reason) = job.fate(work, isInterrupted: isInterrupted)
        switch fate {
        case nil: return "open"
        case .completed: return "completed"
        case .settled: return "settled: \(reason.printable)"
        case .lost: return "lost: \(reason.printable)"
        case .released(let how):
            let delay = how.delay.map { "after \($0)" } ?? "backing off"
            return
                "\(delay), \(how.isCharged ? "charged" : "free")\(how.isDead ? ", dead" : ""): \(how.reason.printable)"
        }
    }

    @Test(
        arguments: [
            (Status.exited(0), nil, "completed"),
            (.exited(1), nil, "backing off, charged: convert: status 1"),
            (.exited(65), nil, "backing off, charged, dead: convert: status 65"),
            (.exited(75), nil, "after 10000, free: convert: status 75"),
            // The command was started, and says this of something else.
            (.exited(126), nil, "backing off, charged: convert: status 126"),
            (.exited(127), nil, "backing off, charged: convert: status 127"),
            (.signalled(15), nil, "backing off, charged: convert: signal TERM"),
            (.signalled(11), nil, "backing off, charged: convert: signal SEGV"),
            // A command that is stopped may still succeed.
            (.exited(0), .ending, "completed"),
            (.signalled(15), .ending, "after 0, free: the worker ended"),
            (.exited(65), .ending, "after 0, free: the worker ended"),
            (.exited(0), .tooLong, "backing off, charged: convert: still running after 5s"),
            (.signalled(15), .tooLong, "backing off, charged: convert: still running after 5s"),
            (.exited(0), .lost, "settled: the lease was lost"),
            (.exited(0), .unrenewed, "lost: the lease could not be renewed in time"),
        ] as [(Status, Stop?, String)])
    func theEndOfACommandDecides(_ status: Status, _ stop: Stop?, _ expected: String) {
        #expect(fate(job(status, stop: stop), work) == expected)
    }

    @Test(arguments: [
        (Status.signalled(15), "after 0, free: the worker ended"),
        (.signalled(2), "after 0, free: the worker ended"),
        (.exited(143), "after 0, free: the worker ended"),
        (.exited(129), "after 0, free: the worker ended"),
        (.signalled(9), "backing off, charged: convert: signal KILL"),
        (.exited(1), "backing off, charged: convert: status 1"),
        (.exited(0), "completed"),
    ])
    func aSignalToAllProcessesIsNoAttempt(_ status: Status, _ expected: String) {
        #expect(fate(job(status), work, isInterrupted: true) == expected)
    }

    @Test func anEndByASignalIsOpenForAMoment() {
        for status in [Status.signalled(15), .exited(130)] {
            var job = job(status)
            #expect(job.openUntil == nil)
            job.command.goneAt = 3000
            #expect(job.openUntil == 3200)
            #expect(job.wakeAt(3000, mayRenew: true) == 3200)
            #expect(job.wakeAt(3200, mayRenew: true) == 6000)
        }
        var killed = job(.signalled(9))
        killed.command.goneAt = 3000
        #expect(killed.openUntil == nil)
        var stopped = job(.signalled(15), stop: .tooLong)
        stopped.command.goneAt = 3000
        #expect(stopped.openUntil == nil)
    }

    @Test(arguments: [Status.exited(0), .exited(1), .exited(65), .signalled(13)])
    func outputThatNobodyTakesIsNoAttempt(_ status: Status) {
        var job = job(status)
        job.outputError = 32
        #expect(fate(job, work) == "after 0, free: its output could not be written")
    }

    @Test func whatIsGoneHasNoRemains() {
        #expect(!job(.exited(0)).command.hasRemains)
    }

    // Commands that are fed.

    private var fed: Work {
        var work = work
        work.feed = .json
        return work
    }

    private func answered(_ line: String, _ status: Status? = nil, stop: Stop? = nil) throws -> Job {
        var job = job(status, stop: stop)
        job.answer(try #require(Answer(Bytes(line.utf8)[...])), at: 3000)
        return job
    }

    @Test(
        arguments: [
            ("0", nil, nil, "completed"),
            ("0 three pages", nil, nil, "completed"),
            ("1", nil, nil, "backing off, charged: convert: status 1"),
            ("1 no such file", nil, nil, "backing off, charged: convert: status 1: no such file"),
            ("65\tbroken", nil, nil, "backing off, charged, dead: convert: status 65: broken"),
            ("75", nil, nil, "after 10000, free: convert: status 75"),
            ("126", nil, nil, "backing off, charged: convert: status 126"),
            // How the command ended afterwards is no matter of the item.
            ("0", .exited(1), nil, "completed"),
            ("1", .exited(0), nil, "backing off, charged: convert: status 1"),
            // It answered when it was stopped already.
            ("0", .signalled(15), .ending, "completed"),
            ("65", .signalled(15), .ending, "after 0, free: the worker ended"),
            ("0", .signalled(15), .tooLong, "backing off, charged: convert: still running after 5s"),
            ("0", .signalled(15), .lost, "settled: the lease was lost"),
        ] as [(String, Status?, Stop?, String)])
    func theAnswerOfACommandThatIsFedDecides(_ line: String, _ end: Status?, _ stop: Stop?, _ expected: String) throws {
        #expect(fate(try answered(line, end, stop: stop), fed) == expected)
    }

    @Test(
        arguments: [
            (.exited(0), nil, "backing off, charged: convert: status 0 in place of an answer"),
            (.exited(65), nil, "backing off, charged: convert: status 65 in place of an answer"),
            (.exited(75), nil, "backing off, charged: convert: status 75 in place of an answer"),
            (.signalled(9), nil, "backing off, charged: convert: signal KILL in place of an answer"),
            (.exited(0), .ending, "after 0, free: the worker ended"),
            (.exited(0), .tooLong, "backing off, charged: convert: still running after 5s"),
        ] as [(Status, Stop?, String)])
    func anEndWithoutAnAnswerIsAFailedAttempt(_ end: Status, _ stop: Stop?, _ expected: String) {
        #expect(fate(job(end, stop: stop), fed) == expected)
    }

    @Test func anAnswerThatTellsOfASignalIsOpenForAMoment() throws {
        #expect(try answered("143").openUntil == 3200)
        #expect(try answered("0").openUntil == nil)
        #expect(fate(try answered("143"), fed, isInterrupted: true) == "after 0, free: the worker ended")
        #expect(fate(try answered("143"), fed) == "backing off, charged: convert: status 143")
    }

    @Test func anAnswerEndsTheTimeForTheItem() throws {
        #expect(try answered("143").mustStop(6000) == nil)
        #expect(try answered("0").isAnswered)
        #expect(try !answered("0", stop: .tooLong).isAnswered)
    }

    @Test func anItemOfWhichNothingWasReadIsNoMatterOfTheCommandsEnd() {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        #expect(wq_pipe(&ours, &theirs, false))
        defer {
            close(ours)
            close(theirs)
        }
        var job = job(.exited(1))
        job.command.input = Feeding(ours, nil)
        job.command.input?.hand(Bytes("apple\n"))
        // It may have ended since it does not like any item.
        #expect(!job.isUntouched)
        job.command.answered(at: 2000)
        #expect(job.isUntouched)
        var lost = job
        lost[0].lost()
        #expect(!lost.isUntouched)
        var byte: Bytes = [0]
        _ = Descriptor(theirs).read(into: &byte)
        #expect(!job.isUntouched)
    }

    @Test func aStopEndsTheDoubtAboutALease() {
        var job = job()
        job.resume(at: 60_999)
        #expect(!job.isInDoubt)
        job.resume(at: 62_000)
        #expect(job.isInDoubt)
        job.stop(.ending, at: 62_100)
        #expect(!job.isInDoubt)
    }
}
