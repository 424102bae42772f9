import Testing

@testable import Base
@testable import Shell
@testable import WorkQueue
@testable import Worker

/// Commands that have several items.
@Suite struct BatchTests {
    private var work: Work {
        var work = Work(["/usr/bin/convert"], someTurns(), owner: Bytes("host:1"))
        work.maxTime = 5000
        return work
    }

    /// A command that was started at 1000 ms, and may run for 5 s, for items that were leased for a minute at 1000, 1000 and
    /// 3000 ms. Its process does not exist.
    private func several(_ status: Status? = nil, stop: Stop? = nil) -> Job {
        func holding(_ id: StaticString, from start: Int) -> Holding {
            Holding(Lease(id: Bytes(id), attempt: 1, item: Bytes(id)), from: start, for: 60_000)
        }
        let command = Command(slot: 1, process: Process(id: .max), stopping: Stopping(grace: 3000))
        var job = Job(
            holding("1.a", from: 1000), [holding("2.a", from: 1000), holding("3.a", from: 3000)], command: command,
            start: 1000, time: 0, limit: 6000)
        if let stop { job.stop(stop, at: 2000) }
        job.command.status = status
        return job
    }

    /// What becomes of the items: `completed`, `parted` or `free`; and the reason.
    private func fate(_ job: Job, isInterrupted: Bool = false) -> String {
        let (fate, reason) = job.fate(work, isInterrupted: isInterrupted)
        switch fate {
        case nil: return "parted: \(reason.printable)"
        case .completed: return "completed"
        case .released(let how): return "\(how.isCharged ? "charged" : "free"): \(how.reason.printable)"
        case .settled, .lost: return "lost"
        }
    }

    @Test(
        arguments: [
            (Status.exited(0), nil, "completed"),
            (.exited(0), .ending, "completed"),
            (.exited(1), nil, "parted: convert: status 1"),
            (.exited(65), nil, "parted: convert: status 65"),
            (.exited(75), nil, "parted: convert: status 75"),
            (.signalled(15), nil, "parted: convert: signal TERM"),
            (.exited(0), .tooLong, "parted: convert: still running after 5s"),
            (.signalled(15), .ending, "free: the worker ended"),
            (.exited(0), .lost, "parted: the lease was lost"),
            (.exited(0), .unrenewed, "parted: the lease could not be renewed in time"),
        ] as [(Status, Stop?, String)])
    func aCommandWithSeveralItemsDoesAllOrShowsNothingOfAny(_ status: Status, _ stop: Stop?, _ expected: String) {
        var job = several(status, stop: stop)
        if stop == .lost { job[0].lost(at: 2000) }
        #expect(fate(job) == expected)
    }

    @Test func whatIsNoCommandsFaultIsSoForSeveralItems() {
        #expect(fate(several(.signalled(15)), isInterrupted: true) == "free: the worker ended")
        var job = several(.exited(1))
        job.outputError = 32
        #expect(fate(job) == "free: its output could not be written")
    }

    @Test func ofSeveralItemsOnlyThoseWhoseLeasesWereLostAreLost() {
        var job = several()
        job.lost(1, at: 2000)
        #expect(job.stop == .lost && job.hasLoss && !job[0].isLost && job[1].isLost && !job[2].isLost)
        guard case (.settled, let reason) = job.loss(of: job[1]) else { return #expect(Bool(false)) }
        #expect(reason == Bytes("the lease was lost"))
        // The others are renewed meanwhile.
        #expect(job.isDue(21_000))
        #expect(job.wakeAt(20_000, mayRenew: true) <= 21_000)
        let late = several(.exited(0), stop: .unrenewed)
        guard case (.lost, _) = late.loss(of: late[1]) else { return #expect(Bool(false)) }
    }

    @Test func aCommandWithSeveralItemsIsStoppedWhenTheFirstLeaseEnds() {
        var job = several(stop: .ending)
        #expect(job.mustStop(60_999) == nil && job.mustStop(61_000) == .unrenewed)
        job.renewed(0, at: 5000)
        #expect(job.mustStop(61_000) == .unrenewed)
        job.renewed(1, at: 5000)
        #expect(job.mustStop(62_999) == nil && job.mustStop(63_000) == .unrenewed)
    }

    @Test func aCommandInDoubtGoesOnWhenAllItsLeasesWereRenewed() {
        var job = several()
        job.resume(at: 61_500)
        #expect(job.isInDoubt && job[0].isInDoubt && job[1].isInDoubt && !job[2].isInDoubt)
        job.renewed(0, at: 61_500)
        job.renewed(2, at: 61_500)
        #expect(job.isInDoubt)
        // It was sent before.
        job.renewed(1, at: 61_499)
        #expect(job.isInDoubt)
        // It sleeps once more.
        job.resume(at: 61_600)
        #expect(job.isInDoubt && !job[0].isInDoubt)
        job.renewed(1, at: 61_600)
        #expect(!job.isInDoubt)
    }

    @Test func aLeaseIsFoundWhereverItIs() {
        let job = several()
        for start in 0...4 {
            #expect(job.index(of: Bytes("1.a")[...], from: start) == 0)
            #expect(job.index(of: Bytes("3.a")[...], from: start) == 2)
            #expect(job.index(of: Bytes("4.a")[...], from: start) == nil)
        }
        #expect(job.count == 3)
    }

    @Test("the first lease to end is one of a command that runs, and has not ended")
    func firstEnd() throws {
        let job = several()
        let first = try #require(job.firstEnd(2000))
        #expect(first == job[0].end)
        #expect(job.firstEnd(first) == job[2].end)
        #expect(job.firstEnd(job[2].end) == nil)
        #expect(several(.exited(0)).firstEnd(2000) == nil)
        #expect(several(stop: .tooLong).firstEnd(2000) == nil)
    }
}
