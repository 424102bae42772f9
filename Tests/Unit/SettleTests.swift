import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// Calls that settle leases: what is sent again, and how.
@Suite struct SettleTests {
    private static let token = Bytes("0123456789ab")

    private func call(_ settlement: Settlement = .complete, _ leases: ByteList = ["1.a", "2.b"]) -> SettleCall {
        SettleCall(settlement, leases, token: Self.token)
    }

    private func words(_ list: ByteList) -> [String] {
        (0..<list.count).map { String(decoding: list[$0], as: UTF8.self) }
    }

    @Test func aCallIsNamedByItsTokenInTwoParts() {
        #expect(words(call().arguments) == ["012", "3456789ab", "0", "1.a", "2.b"])
        let release = Release(delay: 5, isCharged: true, isDead: false, reason: Bytes("no\tmore"))
        #expect(
            words(call(.release(release)).arguments)
                == ["012", "3456789ab", "0", "5", "1", "0", "no_more", "1.a", "2.b"])
    }

    @Test func aRenewalNeedsNoName() {
        #expect(words(SettleCall(.renew(9), ["1.a"], token: []).arguments) == ["9", "1.a"])
    }

    @Test func aCallThatIsSentAgainSaysSoAndIsTheSameElse() {
        var again = call()
        again.wasLost()
        #expect(words(again.arguments) == ["012", "3456789ab", "1", "1.a", "2.b"])
    }

    /// What failed, and which of three calls under way Redis may have done.
    @Test(arguments: [
        (Failure.Cause.disconnection, [true, true, true]), (.busy, [true, true, true]),
        (.forgottenScript, [false, true, true]), (.replica, [false, true, true]),
        (.elsewhere([]), [false, true, true]),
    ])
    func onlyAnErrorReplySaysThatTheFirstCallWasNotDone(_ cause: Failure.Cause, _ repeated: [Bool]) {
        var calls = [call(), call(), call()]
        calls.wereLost(by: Failure(.unavailable, "why", cause))
        #expect(calls.map { words($0.arguments)[2] == "1" } == repeated)
        // What may have been done stays so.
        calls.wereLost(by: Failure(.tryAgain, "why", .forgottenScript))
        #expect(calls.map { words($0.arguments)[2] == "1" } == repeated)
    }

    @Test func theNotesOfASessionReplaceEachOtherOnceTheyAreAnswered() throws {
        var tokens = CallTokens()
        var drawn: [Bytes] = []
        for _ in 0..<40 { drawn.append(try tokens.draw()) }
        #expect(Set(drawn).count == 40)
        for token in drawn { #expect(token.count == 12) }
        let fields = drawn.map { Bytes($0.prefix(CallTokens.fieldDigits)) }
        for index in fields.indices { #expect(fields[index] == fields[index % Session.window]) }
    }

    @Test func anAnswerNamesWhatWasNotSettledAndWhy() throws {
        let answer = Value.list(["1.a", "lost", "2.b", "unknown", "3.c", "doubtful"].map { .bytes(Bytes($0.utf8)) })
        let reasons: [Unsettled.Reason] = [.lost, .unknown, .doubtful]
        #expect(try unsettled(answer).map { $0.reason } == reasons)
        #expect(try unsettled(.list([])) == [])
        #expect(throws: Failure.self) { try unsettled(.list([.bytes(Bytes("1.a")), .bytes(Bytes("held"))])) }
    }
}
