import Testing

@testable import Base
@testable import Redis

/// What a connection says first, and what follows from the answers.
@Suite struct GreetingsTests {
    private let okay = Value.bytes(Bytes("OK"))
    private let wrong = Value.error(Bytes("WRONGPASS invalid username-password pair"))

    private func greetings(_ url: String) throws -> Greetings {
        Greetings(to: Server(try Address(url: Bytes(url.utf8))), at: "redis://h")
    }

    /// The first word of each command.
    private func words(_ url: String) throws -> [String] {
        try greetings(url).commands.map { String(decoding: $0.first, as: UTF8.self) }
    }

    @Test func whatIsSaidDependsOnTheAddress() throws {
        #expect(try words("redis://h") == ["CLIENT"])
        #expect(try words("redis://:secret@h/3") == ["AUTH", "SELECT", "CLIENT"])
        #expect(try words("redis+sentinel://h/main") == ["CLIENT", "ROLE"])
    }

    @Test func answersToGreetingsAreNotTheCallers() throws {
        var greetings = try greetings("redis://:secret@h/3")
        for reply in [okay, okay, .error(Bytes("NOPERM no CLIENT for you"))] {
            #expect(try greetings.take(reply) == nil)
        }
        #expect(try greetings.take(.integer(1)) == .integer(1))
    }

    @Test func aRefusalAfterAWrongPasswordIsForThePassword() throws {
        var greetings = try greetings("redis://:secret@h")
        #expect(try greetings.take(wrong) == nil)
        #expect(try greetings.take(okay) == nil)
        let failure = #expect(throws: Failure.self) { try greetings.take(.error(Bytes("NOAUTH"))) }
        #expect(failure?.cause == .unauthenticated && failure?.exit == .notPermitted)
    }

    @Test func aDefaultUserMayDoWithoutAPassword() throws {
        var greetings = try greetings("redis://:secret@h")
        for reply in [wrong, okay] { #expect(try greetings.take(reply) == nil) }
        #expect(try greetings.take(.integer(1)) == .integer(1))
        #expect(try greetings.take(wrong) == wrong)
    }

    @Test func aServerThatIsLoadingIsNoWrongPassword() throws {
        var greetings = try greetings("redis://:secret@h")
        #expect(#expect(throws: Failure.self) { try greetings.take(.error(Bytes("LOADING"))) }?.cause == .busy)
    }

    @Test func aDatabaseThatIsNotThereIsAFailure() throws {
        var greetings = try greetings("redis://h/99")
        let failure = #expect(throws: Failure.self) {
            try greetings.take(.error(Bytes("ERR DB index is out of range")))
        }
        #expect(failure?.exit == .badConfiguration)
    }

    @Test(arguments: [(Value.bytes(Bytes("master")), true), (.bytes(Bytes("slave")), false), (.null, false)])
    func aSentinelsPrimaryMustBeOne(_ role: Value, _ isPrimary: Bool) throws {
        var greetings = try greetings("redis+sentinel://h/main")
        #expect(try greetings.take(okay) == nil)
        if isPrimary {
            #expect(try greetings.take(.list([role])) == nil)
        } else {
            #expect(#expect(throws: Failure.self) { try greetings.take(.list([role])) }?.cause == .busy)
        }
    }
}
