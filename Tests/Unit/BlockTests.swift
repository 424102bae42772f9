import Testing

@testable import Base
@testable import Redis
@testable import Worker

/// The connection that waits for a worker: each state, and each event in it.
@Suite struct BlockTests {
    private static func block(_ number: Value?, _ state: Block.State) throws -> Block {
        var block = Block()
        if state == .closed { return block }
        block.greet()
        block.wait(since: 0)
        if let number { #expect(try block.take(number) == nil) }
        if state == .greeted { #expect(try block.take(.null) == nil) }
        if case .cancelled(let time) = state { block.cancel(at: time) }
        return block
    }

    private static let known = Value.integer(7)
    private static let refused = Value.error(Bytes("NOPERM"))

    @Test(
        arguments: [
            (nil, Block.State.closed, 5000, Block.Unblocking.none),
            (known, .greeted, 5000, .none),
            (known, .blocked(since: 0), 0, .unblock(7)),
            (refused, .blocked(since: 0), 0, .close),
            (nil, .blocked(since: 0), 1000, .none),
            (nil, .blocked(since: 0), 1001, .close),
            (known, .cancelled(at: 500), 1500, .none),
            (known, .cancelled(at: 500), 1501, .close),
        ] as [(Value?, Block.State, Int, Block.Unblocking)])
    func howAWaitIsEnded(_ number: Value?, _ state: Block.State, _ now: Int, _ how: Block.Unblocking) throws {
        let block = try Self.block(number, state)
        #expect(block.state == state)
        #expect(block.unblocking(now) == how)
    }

    @Test(arguments: [Block.State.blocked(since: 0), .cancelled(at: 5)])
    func anAnswerEndsTheWait(_ state: Block.State) throws {
        let answers: [(Value, Bytes?)] = [
            (.bytes(Bytes("apple")), Bytes("apple")), (.null, nil),
            (.error(Bytes("UNBLOCKED force unblock from blocking operation")), nil),
        ]
        for (answer, item) in answers {
            var block = try Self.block(Self.known, state)
            #expect(block.isWaiting)
            #expect(try block.take(answer) == item)
            #expect(block.state == .greeted && !block.isWaiting)
        }
    }

    @Test func aRefusalIsAFailure() throws {
        for answer in [Value.error(Bytes("WRONGTYPE no list")), .integer(3)] {
            var block = try Self.block(Self.known, .blocked(since: 0))
            #expect(throws: Failure.self) { try block.take(answer) }
        }
    }

    @Test func whatNobodyAskedIsUnexpected() throws {
        var block = try Self.block(Self.known, .greeted)
        #expect(throws: Failure.self) { try block.take(.null) }
    }

    @Test func onlyACancelledWaitIsLookedAtByTheClock() throws {
        #expect(try Self.block(Self.known, .blocked(since: 0)).wakeAt(10) == nil)
        #expect(try Self.block(Self.known, .cancelled(at: 5)).wakeAt(10) == 110)
        #expect(Block().wakeAt(10) == nil)
    }

    @Test func aClosedConnectionIsAskedAgainForItsNumber() throws {
        var block = try Self.block(Self.known, .blocked(since: 0))
        block.close()
        #expect(block.state == .closed && !block.isWaiting)
        block.greet()
        #expect(block.number == .asked)
    }
}
