import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

private let null = Option("0", "null", "", "records end with a NUL")
private let count = Option("n", "count", "N", "how many")
private let time = Option("", "time", "TIME", "how long")
private let program = Program("wq-test", "QUEUE [ITEM]...", "Test.", [null, count, time])

/// Parses the words.
private func parse(_ words: [String], _ program: Program = program) throws -> Arguments {
    var vector: [UnsafeMutablePointer<CChar>?] = (["wq-test"] + words).map { strdup($0) } + [nil]
    let owned = vector.dropFirst()
    defer { for word in owned { free(word) } }
    return try vector.withUnsafeMutableBufferPointer {
        try Arguments(program, count: Int32(words.count + 1), vector: $0.baseAddress)
    }
}

private func texts(_ list: ByteList) -> [String] {
    (0..<list.count).map { String(decoding: list[$0], as: UTF8.self) }
}

@Suite(.serialized) struct OptionTests {
    @Test func shortAndLongOptionsMeanTheSame() throws {
        for words in [["-n", "7", "q"], ["-n7", "q"], ["--count", "7", "q"], ["--count=7", "q"], ["--cou=7", "q"]] {
            #expect(try parse(words).count(count) == 7, "\(words)")
        }
    }

    @Test func optionsMayFollowOperands() throws {
        let arguments = try parse(["q", "a", "-0", "b"])
        #expect(arguments.has(null))
        #expect(texts(arguments.operands) == ["q", "a", "b"])
        #expect(texts(arguments.rest) == ["a", "b"])
    }

    @Test func twoDashesEndTheOptions() throws {
        let arguments = try parse(["q", "--", "-0", "--count"])
        #expect(!arguments.has(null))
        #expect(texts(arguments.rest) == ["-0", "--count"])
    }

    @Test(arguments: [
        ["job2", "1.ab", "--", "run", "-x", "--", "y"], ["--", "job2", "1.ab", "--", "run", "-x", "--", "y"],
        ["-n", "3", "--", "job2", "1.ab", "--", "run", "-x", "--", "y"],
        ["--", "-n", "1.ab", "--", "run", "-x", "--", "y"],
    ])
    func aCommandFollowsTwoDashes(_ words: [String]) throws {
        let arguments = try parse(words, Program("wq-test", "QUEUE", "Test.", [count], command: .afterDashes))
        #expect(arguments.operands.count == 2)
        #expect(texts(arguments.command) == ["run", "-x", "--", "y"])
    }

    @Test func theLastOfRepeatedOptionsCounts() throws {
        #expect(try parse(["-n", "1", "-n", "2"]).count(count) == 2)
    }

    @Test func absentOptionsAreNil() throws {
        let arguments = try parse(["q"])
        #expect(try arguments.count(count) == nil)
        #expect(try arguments.duration(time) == nil)
        #expect(arguments.rest.isEmpty)
    }

    @Test(arguments: [["--nope"], ["-x"], ["-n"], ["--null=1"]])
    func whatIsNotInTheTableIsAUsageError(_ words: [String]) {
        #expect(throws: Failure.self) { try parse(words) }
    }

    @Test(arguments: ["0", "-1", "x", "", "1x", "99999999999999999999"])
    func countsAreNumbersFromOneOn(_ text: String) {
        let failure = #expect(throws: Failure.self) { try parse(["--count=\(text)"]).count(count) }
        #expect(failure?.exit == .usage)
    }

    @Test func aQueueIsNeeded() {
        let failure = #expect(throws: Failure.self) { try parse([]).queue() }
        #expect(failure?.exit == .usage)
    }

    @Test(arguments: [
        ("10", 10_000), ("0", 0), ("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000),
        ("2d", 172_800_000), ("19s", 19_000), ("36525d", 3_155_760_000_000),
    ])
    func durationsHaveUnits(_ text: String, _ ms: Int) {
        #expect(milliseconds(Bytes(text.utf8)) == ms)
    }

    @Test(arguments: ["", "s", "1.5s", "-1", "1 s", "1w", "9999999999999999d", "10sec", "3155760000001ms", "/9", "1:0"])
    func otherDurationsAreRefused(_ text: String) {
        #expect(milliseconds(Bytes(text.utf8)) == nil)
    }
}

/// Where a command begins, for the words as given and as getopt_long leaves them.
@Suite struct CommandBoundaryTests {
    private func list(_ words: String) -> ByteList {
        var list = ByteList()
        for word in words.split(separator: " ") { list.append(word.utf8) }
        return list
    }

    @Test(arguments: [
        // Given, left by getopt_long, operands, command.
        ("q l", "q l", "q l", ""),
        ("q l -- run x", "q l run x", "q l", "run x"),
        ("-n 3 q l -- run", "q l run", "q l", "run"),
        ("-- q l -- run -- x", "q l -- run -- x", "q l", "run -- x"),
        ("-- q l", "q l", "q l", ""),
        ("q l --", "q l", "q l", ""),
        ("q -- -- x", "q -- x", "q", "-- x"),
        ("", "", "", ""),
        ("--", "", "", ""),
    ])
    func theFirstDashesBehindAnOperandBeginIt(_ given: String, _ left: String, _ operands: String, _ command: String) {
        let parts = CommandBoundary(list(given)).split(list(left))
        #expect(texts(parts.operands).joined(separator: " ") == operands)
        #expect(texts(parts.command).joined(separator: " ") == command)
    }
}
