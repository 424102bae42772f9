import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// What is asked of the scripts `lease` and `adopt`, and what their answers mean.
@Suite struct LeaseTests {
    private func text(_ string: String) -> Value { .bytes(Bytes(string.utf8)) }

    @Test func aGrantHasTheLeases() throws {
        let answer = [
            text("leased"), .integer(7), text("epoch"), .integer(5), text("1.a"), .integer(2), text("apple"),
            text("2.a"), .integer(3), text("pear"),
        ]
        guard case .leases(let leases, let more, let sign) = try Grant(.list(answer)) else {
            Issue.record("there are leases")
            return
        }
        #expect(
            leases == [
                Lease(id: Bytes("1.a"), attempt: 2, item: Bytes("apple")),
                Lease(id: Bytes("2.a"), attempt: 3, item: Bytes("pear")),
            ])
        #expect(more == 7 && sign == Sign(epoch: Bytes("epoch"), number: 5))
        #expect(throws: Failure.self) { try Grant(.list(answer.dropLast())) }
    }

    @Test(arguments: [("leased", Lease.Care.none), ("suspects", .few), ("alone", .alone)])
    func theWordSaysWhatCareTheLeasesNeed(_ word: String, _ care: Lease.Care) throws {
        let answer = [text(word), .integer(0), text("e"), .integer(5), text("1.a"), .integer(2), text("apple")]
        guard case .leases(let leases, _, _) = try Grant(.list(answer)) else {
            Issue.record("there are leases")
            return
        }
        #expect(leases.map { $0.care } == [care])
    }

    @Test(
        arguments: [
            ("busy", -1, "nothing"), ("busy", 0, "nothing in 0"), ("ready", 1, "nothing in 1"),
            ("paused", 20, "nothing in 20, paused"), ("limited", 20, "nothing in 20, limited"),
            ("limited", -1, "nothing, limited"), ("paused", -1, "nothing, paused"), ("drained", -1, "drained"),
        ])
    func nothingIsToldWithWhatIsKnownOfTheQueue(_ state: String, _ number: Int, _ told: String) throws {
        let answer = [text(state), .integer(number), text("epoch"), .integer(5), .integer(1)]
        guard case .nothing(let nothing, let hindrance, let due, let sign) = try Grant(.list(answer)) else {
            Issue.record("there is nothing")
            return
        }
        #expect("\(nothing)\(due.map { " in \($0)" } ?? "")\(hindrance == .none ? "" : ", \(hindrance)")" == told)
        #expect(sign == Sign(epoch: Bytes("epoch"), number: 5, dead: 1))
        #expect(throws: Failure.self) { try Grant(.list(answer.dropLast())) }
    }

    @Test func whatIsGoneHasNoSign() throws {
        guard case .gone = try Grant(.list([text("gone"), .integer(0)])) else {
            Issue.record("it is gone")
            return
        }
        #expect(throws: Failure.self) { try Grant(.list([text("asleep"), .integer(0)])) }
    }

    private func words(_ list: ByteList) -> [Bytes] { (0..<list.count).map { Bytes(list[$0]) } }

    @Test func aRequestIsForOneItemAndAMinute() {
        let request = LeaseRequest(owner: Bytes("me"))
        #expect(request.count == 1 && request.duration == 60_000 && !request.stopsBeforeAdopting)
        #expect(
            words(request.arguments(count: 3, token: Bytes("a"), Hands(free: 2, share: 1, patience: 5)))
                == ["a", "3", "60000", "me", "2", "1", "5"].map { Bytes($0.utf8) })
        let adopting = request.arguments(
            count: 3, token: Bytes("a"), Hands(free: 2, share: 1, patience: 5), adopting: Bytes("x"))
        #expect(words(adopting).suffix(2) == [Bytes("x"), Bytes("2")])
    }

    @Test func aCallIsKnownByItsTokenAndRecalledByItsAge() throws {
        let call = try LeaseCall()
        #expect(call.token.count == 12)
        let recall = words(call.recalling(500, skip: 7, patience: 3000))
        #expect(
            [recall[0], recall[2], recall[3], recall[4]] == [call.token] + ["500", "7", "1000"].map { Bytes($0.utf8) })
        let age = try #require(recall[1].decimal)
        #expect(age >= 3000 && age < 60_000)
    }
}
