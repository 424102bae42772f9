import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// What a push may do after its connection broke, by what Redis then remembers.
@Suite struct PushTests {
    private let server = Server(Address(host: Bytes("localhost".utf8), port: 6379))
    private let queue: Queue

    init() throws { queue = try Queue(Bytes("job".utf8)) }

    /// A push of which `confirmed` items are confirmed and two more were sent, as the last ones.
    private func push(confirmed: Int, name: String? = nil) throws -> Push {
        var request = PushRequest()
        request.name = name.map { Bytes($0.utf8) }
        var push = try Push(request, queue)
        push.see(Sign(epoch: Bytes("a".utf8), number: confirmed))
        (push.confirmed, push.hasEnded) = (confirmed, true)
        push.underWay = [
            Push.Batch(items: ["x", "y"], before: confirmed, isLast: true, isBeside: false, isHeld: false)
        ]
        return push
    }

    private func exit(_ push: Push, remembered: Int?, after: Int = 0) -> Exit? {
        push.failure(queue, server, remembered: remembered, now: monotonic() + after)?.exit
    }

    @Test func whatIsRememberedIsSentAgain() throws {
        #expect(exit(try push(confirmed: 0), remembered: nil) == nil)
        #expect(exit(try push(confirmed: 0), remembered: 2) == nil)
        #expect(exit(try push(confirmed: 7), remembered: 7) == nil)
        #expect(exit(try push(confirmed: 7), remembered: 9, after: 1 << 40) == nil)
    }

    @Test func whatMayHaveBeenForgottenIsInDoubt() throws {
        #expect(exit(try push(confirmed: 7), remembered: nil) == .unavailable)
        let unnamed = try push(confirmed: 0)
        let memory = unnamed.memory(isLast: true, server)
        #expect(exit(unnamed, remembered: nil, after: memory - 1000) == nil)
        #expect(exit(unnamed, remembered: nil, after: memory + 1000) == .unavailable)
        let named = try push(confirmed: 0, name: "night")
        #expect(exit(named, remembered: nil, after: memory + 1000) == nil)
        #expect(exit(named, remembered: nil, after: 8 * 86_400_000) == .unavailable)
    }

    @Test func anEmptyBatchIsInNoDoubt() throws {
        var push = try push(confirmed: 7)
        push.underWay = [Push.Batch(items: ByteList(), before: 7, isLast: true, isBeside: false, isHeld: true)]
        #expect(exit(push, remembered: nil) == nil)
    }

    @Test func aQueueThatIsGoneTookWhatWasConfirmed() throws {
        for (sign, remembered) in [(Sign(), nil), (Sign(epoch: Bytes("b".utf8), number: 99), 7)] as [(Sign, Int?)] {
            var push = try push(confirmed: 7)
            push.see(sign)
            #expect(exit(push, remembered: remembered) == .tryAgain)
            push = try self.push(confirmed: 0)
            push.see(sign)
            #expect(exit(push, remembered: nil) == nil)
        }
    }

    @Test func olderDataIsToldByTheCountOrTheCounter() throws {
        #expect(exit(try push(confirmed: 7), remembered: 6) == .tryAgain)
        var push = try push(confirmed: 7)
        push.see(Sign(epoch: Bytes("a".utf8), number: 6))
        #expect(exit(push, remembered: nil) == .tryAgain)
    }

    @Test func aMemoryTellsWhatIsDoneAndWhatWasAdded() {
        func memory(_ text: String, epoch: String = "0123456789ab") -> [Int] {
            Push.Memory(Bytes(text.utf8), epoch: Bytes(epoch.utf8)).map { [$0.done, $0.added] } ?? []
        }
        #expect(memory("7 01234567") == [7, 7])
        #expect(memory("7 01234567 5") == [7, 5])
        #expect(memory("7 01234567 0") == [7, 0])
        #expect(memory("7 01234567 x") == [7, 7])
        for other in ["", "7", "x 01234567", " 01234567", "7 76543210 5"] { #expect(memory(other) == []) }
        #expect(memory("7 01234567", epoch: "") == [])
    }

    @Test func whatThisRunAddedIsNoneOfWhatEarlierRunsDid() throws {
        var push = try push(confirmed: 7)
        (push.added, push.addedBefore) = (5, 2)
        #expect(push.addedByThisRun == 3)
        push.addedBefore = 6
        #expect(push.addedByThisRun == 0)
    }

    @Test func aPushIsRememberedForAsLongAsItsLastBatchIsSentAgain() throws {
        var patient = server
        patient.connectTimeout = 3_600_000
        let push = try push(confirmed: 0)
        #expect(push.memory(isLast: true, patient) > Recovery.longest(patient))
        #expect(Recovery.longest(patient) > 6 * 3_600_000)
    }
}
