import CHiredis
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

@Suite struct ReplyTests {
    /// What hiredis makes of the bytes, as a value; nil while more are needed.
    private func value(_ text: String) throws -> Value? {
        let reader = redisReaderCreate()
        defer { redisReaderFree(reader) }
        var reply: UnsafeMutableRawPointer?
        #expect(redisReaderFeed(reader, text, text.utf8.count) == REDIS_OK)
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw Value.unexpected("not a reply") }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        return try decode(reply.assumingMemoryBound(to: redisReply.self), depth: 0)
    }

    @Test func everyKindOfReply() throws {
        #expect(try value("+OK\r\n") == .bytes(Bytes("OK")))
        #expect(try value("$3\r\na\0b\r\n") == .bytes(Bytes("a\0b")))
        #expect(try value("$0\r\n\r\n") == .bytes([]))
        #expect(try value("$-1\r\n") == .null)
        #expect(try value("*-1\r\n") == .null)
        #expect(try value(":-42\r\n") == .integer(-42))
        #expect(try value("-ERR no\r\n") == .error(Bytes("ERR no")))
        #expect(try value("*0\r\n") == .list([]))
        #expect(try value("*2\r\n:1\r\n*1\r\n+x\r\n") == .list([.integer(1), .list([.bytes(Bytes("x"))])]))
    }

    @Test func aReplyThatIsCutIsNoReply() throws {
        let whole = "*3\r\n$6\r\nleased\r\n:0\r\n$5\r\napple\r\n"
        for length in 0..<whole.utf8.count {
            #expect(
                try value(String(decoding: whole.utf8.prefix(length), as: UTF8.self)) == nil, "after \(length) bytes")
        }
        #expect(try value(whole) == .list([.bytes(Bytes("leased")), .integer(0), .bytes(Bytes("apple"))]))
    }

    @Test(arguments: ["x\r\n", "$x\r\n", "*9999999999999999999\r\n"])
    func whatIsNoReplyIsRefused(_ text: String) {
        #expect(throws: Failure.self) { try value(text) }
    }

    @Test func deepNestingIsRefused() {
        let failure = #expect(throws: Failure.self) { try value(String(repeating: "*1\r\n", count: 6) + ":1\r\n") }
        #expect(failure?.exit == .unexpectedReply)
    }

    @Test func answersOfAnotherShapeAreUnexpected() {
        #expect(#expect(throws: Failure.self) { try Value.integer(1).list() }?.exit == .unexpectedReply)
        #expect(#expect(throws: Failure.self) { try Value.null.bytes() }?.exit == .unexpectedReply)
        #expect(#expect(throws: Failure.self) { try Value.bytes([]).integer() }?.exit == .unexpectedReply)
        #expect(#expect(throws: Failure.self) { try [Value]().at(0) }?.exit == .unexpectedReply)
    }

    @Test(arguments: [
        ("WRONGTYPE Operation against a key", Exit.badData),
        ("ERR Error running script (call to f_1): @user_script:5: WRONGTYPE Operation", .badData),
        ("OOM command not allowed when used memory > 'maxmemory'.", .tryAgain),
        ("READONLY You can't write against a read only replica.", .tryAgain),
        ("LOADING Redis is loading the dataset in memory", .tryAgain),
        ("BUSY Redis is busy running a script", .tryAgain),
        ("ERR max number of clients reached", .tryAgain),
        ("NOAUTH Authentication required.", .notPermitted),
        ("NOPERM this user has no permissions", .notPermitted),
        ("WQFORMAT 2", .badConfiguration),
        ("CROSSSLOT Keys in request don't hash to the same slot", .badData),
        ("ERR unknown command 'EVAL'", .notPermitted),
        ("ERR Error running script: @user_script: 5: Unknown Redis command called from Lua script", .notPermitted),
        ("ERR something else", .unexpectedReply),
    ])
    func errorRepliesHaveTheirExitStatus(_ text: String, _ exit: Exit) {
        #expect(failure(ofOperation: Bytes(text.utf8)).exit == exit)
    }

    @Test func aTimeoutHasThreeDecimals() {
        #expect(
            [0, 1, 999, 1000, 12_345].map { String(decoding: seconds($0), as: UTF8.self) }
                == ["0.002", "0.002", "0.999", "1.000", "12.345"])
    }
}
