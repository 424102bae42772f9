import Testing

@testable import Worker

@Suite struct StoppingTests {
    @Test func aRunningCommandIsLeftAlone() {
        var stopping = Stopping<Stop>(grace: 100)
        #expect(stopping.step(at: 1_000_000) == nil)
        #expect(stopping.wakeAt == .max && !stopping.hasBegun && !stopping.isHopeless)
        stopping.hurry(at: 5)
        #expect(stopping.step(at: 5) == nil)
    }

    @Test func termComesOnceAtOnceAndKillAfterTheGrace() {
        var stopping = Stopping<Stop>(grace: 100)
        stopping.begin(.tooLong)
        #expect(stopping.hasBegun && stopping.wakeAt <= 10)
        #expect(stopping.step(at: 10) == .terminate)
        #expect(stopping.wakeAt == 110)
        #expect(stopping.step(at: 109) == nil)
        #expect(stopping.step(at: 110) == .kill)
    }

    @Test func killIsRepeatedUntilItIsHopeless() {
        var stopping = Stopping<Stop>(grace: 0)
        stopping.begin(.lost)
        var now = 0
        #expect(stopping.step(at: now) == .terminate)
        var kills = 0
        while !stopping.isHopeless {
            now = stopping.wakeAt
            #expect(stopping.step(at: now) == .kill)
            #expect(stopping.step(at: now) == nil)
            kills += 1
        }
        #expect(kills == 20 && stopping.wakeAt == .max && now == 19 * 50)
    }

    @Test func whatIsAliveIsNotGivenUpButKilledLessOften() {
        var stopping = Stopping<Stop>(grace: 0)
        stopping.begin(.lost)
        _ = stopping.step(at: 0)
        var now = 0
        var told = 0
        for _ in 0..<25 {
            now = stopping.wakeAt
            #expect(stopping.step(at: now) == .kill)
            stopping.reached(1)
            if stopping.isStubborn { told += 1 }
        }
        #expect(told == 1 && !stopping.isHopeless && stopping.wakeAt == now + 1000)
        _ = stopping.step(at: stopping.wakeAt)
        stopping.reached(0)
        #expect(stopping.isHopeless)
    }

    @Test func theFirstReasonStays() {
        var stopping = Stopping<Stop>(grace: 5)
        stopping.begin(nil)
        #expect(stopping.why == nil && stopping.hasBegun)
        stopping.begin(.ending)
        stopping.begin(.lost)
        #expect(stopping.why == .ending)
        #expect(stopping.step(at: 0) == .terminate)
        #expect(stopping.step(at: 0) == nil)
    }

    @Test func hurryMakesKillDueNow() {
        var stopping = Stopping<Stop>(grace: 1000)
        stopping.begin(.ending)
        stopping.hurry(at: 1)
        #expect(stopping.step(at: 1) == .terminate)
        stopping.hurry(at: 2)
        #expect(stopping.step(at: 2) == .kill)
        #expect(stopping.step(at: 3) == nil)
        stopping.hurry(at: 3)
        #expect(stopping.step(at: 3) == .kill)
    }

    @Test func anEndlessGraceNeverKills() {
        var stopping = Stopping<Stop>(grace: .max)
        stopping.begin(.ending)
        #expect(stopping.step(at: 10) == .terminate)
        #expect(stopping.wakeAt == .max)
    }
}
