import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

@Suite struct StateTests {
    private static func page(_ name: String) throws -> String { try Repository.text("docs/\(name)") }

    @Test func eachStateIsListedOnce() {
        for order in [State.listed, State.named] {
            #expect(order.count == State.allCases.count)
            for state in State.allCases { #expect(order.contains(state)) }
        }
    }

    @Test func whatHasNoRecordLiesInAList() {
        #expect(State.allCases.filter { $0.isList } == [.ready, .arriving, .rediswq])
    }

    @Test(arguments: State.allCases) func thePagesNameTheState(_ state: State) throws {
        for name in ["man/wq-empty.1", "man/wq-list.1", "man/wq.7", "protocol.md"]
        where state != .rediswq || name != "man/wq.7" {
            #expect(try Self.page(name).contains("\(state.name)"), "\(name)")
        }
        #expect(try Self.page("man/wq-empty.1").contains(".It Cm \(state.name)\n"))
    }

    @Test func thePageOfTheCensusHasThemInItsOrder() throws {
        let tags = try Self.page("man/wq-empty.1").split(separator: "\n").filter { $0.hasPrefix(".It Cm ") }
        let names = State.allCases.map { ".It Cm \($0.name)" } + [".It Cm producers"]
        #expect(tags.map(String.init).filter(names.contains) == names)
    }

    @Test func aCensusReadsTheStatesInTheirOrder() throws {
        var answer: [Value] = [.bytes(Bytes("busy"))]
        for index in State.allCases.indices { answer.append(.integer(10 + index)) }
        answer += [.integer(2), .integer(-5), .integer(70), .integer(50), .integer(1), .integer(0), .integer(1)]
        answer += [.integer(8), .integer(1000), .bytes(Bytes("0a")), .bytes(Bytes("pushed")), .bytes(Bytes("77"))]
        let census = try Census(answer)
        for (index, state) in State.allCases.enumerated() { #expect(census[state] == 10 + index) }
        #expect((census.producers, census.overdue, census.now) == (2, -5, 1000))
        #expect((census.longestLease, census.unreferenced, census.maxAttempts) == (70, 50 - 12 - 13 - 14, 8))
        #expect((census.isPaused, census.isSealed, census.isOpen) == (true, false, true))
        #expect(census.sign == Sign(epoch: Bytes("0a"), number: 77, dead: census.dead))
        #expect(census.total("pushed") == 77 && census.total("dead") == 0)
        #expect(census.states.map { "\($0.name)" } == State.allCases.map { "\($0.name)" } + ["producers"])
    }
}
