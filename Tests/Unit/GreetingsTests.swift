import Testing

@testable import Base
@testable import Redis

/// What a connection says first, and what follows from the answers.
@Suite struct GreetingsTests {
    private let okay = Value.bytes(Bytes("OK"))

    private func greetings(_ url: String) throws -> Greetings {
        Greetings(to: Server(try Address(url: Bytes(url.utf8))))
    }

    private func take(_ reply: Value, _ greetings: inout Greetings) throws -> Value? {
        try greetings.take(reply, from: "redis://h")
    }

    /// The first word of each command.
    private func words(_ url: String) throws -> [String] {
        try greetings(url).commands.map { String(decoding: $0.first, as: UTF8.self) }
    }

    @Test func whatIsSaidDependsOnTheAddress() throws {
        #expect(try words("redis://h") == ["CLIENT"])
        #expect(try words("redis://:secret@h/3") == ["SELECT", "CLIENT"])
        #expect(try words("redis+sentinel://h/main") == ["CLIENT", "ROLE"])
    }

    @Test func answersToGreetingsAreNotTheCallers() throws {
        var greetings = try greetings("redis://:secret@h/3")
        for reply in [okay, .error(Bytes("NOPERM no CLIENT for you"))] {
            #expect(try take(reply, &greetings) == nil)
        }
        #expect(try take(.integer(1), &greetings) == .integer(1))
    }

    @Test(arguments: [
        ("WRONGPASS invalid username-password pair", Failure.Cause.unauthenticated),
        ("ERR unknown command 'AUTH'", .unauthenticated),
        ("ERR AUTH <password> called without any password configured for the default user", .unauthenticated),
        ("MOVED 1 h:6379", .unauthenticated),
        ("LOADING Redis is loading the dataset in memory", .busy),
        ("ERR max number of clients reached", .busy),
    ])
    func aPasswordIsRefusedWhateverTheReason(_ text: String, _ cause: Failure.Cause) {
        let failure = #expect(throws: Failure.self) {
            try Greetings.checkPassword(.error(Bytes(text.utf8)), from: "redis://h")
        }
        #expect(failure?.cause == cause && (cause == .busy || failure?.exit == .notPermitted))
        // A password that is a part of this word would be hidden in it, and so be told.
        #expect(failure?.message.contains("WRONGPASS") == false)
    }

    @Test(arguments: ["ERR max number of clients reached", "DENIED Redis is running in protected mode"])
    func aServerThatTakesNoMoreClientsIsBusy(_ text: String) throws {
        var greetings = try greetings("redis://h")
        #expect(
            #expect(throws: Failure.self) { try take(.error(Bytes(text.utf8)), &greetings) }?.cause == .busy)
    }

    @Test func aDatabaseThatIsNotThereIsAFailure() throws {
        var greetings = try greetings("redis://h/99")
        let failure = #expect(throws: Failure.self) {
            try take(.error(Bytes("ERR DB index is out of range")), &greetings)
        }
        #expect(failure?.exit == .badConfiguration)
    }

    @Test(arguments: [(Value.bytes(Bytes("master")), true), (.bytes(Bytes("slave")), false), (.null, false)])
    func aSentinelsPrimaryMustBeOne(_ role: Value, _ isPrimary: Bool) throws {
        var greetings = try greetings("redis+sentinel://h/main")
        #expect(try take(okay, &greetings) == nil)
        if isPrimary {
            #expect(try take(.list([role]), &greetings) == nil)
        } else {
            #expect(#expect(throws: Failure.self) { try take(.list([role]), &greetings) }?.cause == .busy)
        }
    }
}
