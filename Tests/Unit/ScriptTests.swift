import Foundation
import Testing

@testable import Base
@testable import WorkQueue

@Suite struct ScriptTests {
    private static let folder = "Sources/WorkQueue/Scripts"

    private static func text(_ name: String) throws -> String { try Repository.text("\(folder)/\(name).lua") }

    /// The names of the files whose first line begins so.
    private static func files(beginning start: String) throws -> [String] {
        try Repository.files(folder).filter { $0.hasSuffix(".lua") }.map { String($0.dropLast(".lua".count)) }
            .filter { try text($0).hasPrefix(start) }
    }

    /// The shared parts that the first line of an operation's file names.
    private static func parts(_ name: String) throws -> [String] {
        let line = try text(name).prefix { $0 != "\n" }.dropFirst("-- parts: ".count)
        return line == "none" ? [] : line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The text without indents and the lines that are comments, but for the first.
    private static func sent(_ name: String) throws -> String {
        let lines = try text(name).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.drop { $0 == " " } }.enumerated().filter { $0 == 0 || !$1.hasPrefix("--") }
            .map { $0.element }.joined(separator: "\n")
    }

    @Test(arguments: Script.all) func aScriptIsTheSharedPartsThatItsFileNamesAndTheFile(_ script: Script) throws {
        let name = "\(script.name)"
        let whole = try (Self.parts(name) + [name]).map { try Self.sent($0) }.joined()
        #expect(String(decoding: script.source(), as: UTF8.self) == whole)
    }

    /// The digests are those of sha1sum(1).
    @Test(arguments: ["", "redis.call('SELECT', '12')\n"]) func aScriptIsKnownByItsDigest(_ prefix: String) throws {
        for script in Script.all {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["sha1sum"]
            let (input, output) = (Pipe(), Pipe())
            (process.standardInput, process.standardOutput) = (input, output)
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(script.source(after: Bytes(prefix.utf8))))
            try input.fileHandleForWriting.close()
            let sum = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            #expect(sum == script.digest(after: Bytes(prefix.utf8)).printable + "  -\n", "\(script.name)")
        }
    }

    @Test(arguments: Script.all) func aScriptSaysWhatItDoesAndAnswers(_ script: Script) throws {
        let lines = try Self.text("\(script.name)").split(separator: "\n").prefix { $0.hasPrefix("--") }
        #expect(lines.first?.hasPrefix("-- parts: ") == true)
        #expect(lines.count > 1 && !lines[1].hasPrefix("-- ARGV"))
        #expect(lines.contains { $0.contains("Answers ") })
        let usesArguments = try Self.text("\(script.name)").split(separator: "\n").contains {
            !$0.hasPrefix("--") && $0.contains("ARGV")
        }
        #expect(lines.contains { $0.hasPrefix("-- ARGV: ") } == usesArguments)
    }

    @Test func eachFileIsAnOperationOrAPartThatOneNames() throws {
        let operations = try Self.files(beginning: "-- parts: ")
        let shared = try Self.files(beginning: "-- shared: ")
        #expect(operations == Script.all.map { "\($0.name)" }.sorted())
        #expect(Set(shared) == Set(try operations.flatMap { try Self.parts($0) }))
        let all = try Repository.files(Self.folder)
        #expect(operations.count + shared.count == all.count)
    }

    @Test func theKeysHaveTheSameNamesInTheSameOrderEverywhere() throws {
        let common = try Self.text("common")
        let names = Queue.keyTable.map { "\($0.variable)" }
        // What follows the queue's keys is the operation's own.
        #expect(Self.unpacked(common) == names + ["own_key", "second_key"])
        // One that a script does not need is called _.
        for file in ["look"] + Self.before {
            let some = Self.unpacked(try Self.text(file))
            #expect(!some.isEmpty && some.count <= names.count)
            for (name, full) in zip(some, names) where name != "_" { #expect(name == full) }
        }
    }

    /// The parts that stand before the common one, whose names they cannot use.
    private static let before = ["grant_one", "complete_held"]

    @Test func whatStandsBeforeTheCommonPartHasItsValues() throws {
        let (format, mark) = (try Self.constant("FORMAT", "common"), try Self.constant("GUARD", "common"))
        for file in Self.before {
            let text = try Self.text(file)
            #expect(text.contains("== \(format)"))
            #expect(text.contains("= \(mark)"))
        }
        let line = try #require(try Self.text("common").firstRange(of: /max_item_bytes = tonumber\(s\[8\]\) or \d+/))
        let most = try Self.text("common")[line].split(separator: " ").last ?? ""
        #expect(try Self.text("grant_one").contains("or \(most)\n"))
    }

    /// The variables that `local a, b = unpack(KEYS)` sets.
    private static func unpacked(_ text: String) -> [String] {
        guard let end = text.range(of: " = unpack(KEYS)"),
            let start = text[..<end.lowerBound].range(of: "local ", options: .backwards)
        else { return [] }
        return text[start.upperBound..<end.lowerBound].split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private static func protocolPage() throws -> String { try Repository.text("docs/protocol.md") }

    @Test func theProtocolHasASectionForEachOperation() throws {
        let headings = try Self.protocolPage().split(separator: "\n").filter { $0.hasPrefix("### ") }
        for script in Script.all {
            #expect(headings.contains { $0.split(separator: " ").contains("\(script.name)") }, "\(script.name)")
        }
    }

    @Test func theProtocolHasEachKeyWithItsType() throws {
        let page = try Self.protocolPage()
        for key in Queue.keyTable where !"\(key.suffix)".hasPrefix(":leased_by_session") {
            #expect(page.contains("| `Q\(key.suffix)` | \(key.type) |"), "Q\(key.suffix)")
        }
    }

    @Test func theNumbersInTheScriptsAreThoseThatProgramsSend() throws {
        for name in ["complete", "renew", "lease", "drop"] {
            #expect(try Self.text(name).contains("(up to \(Session.batch))"), "\(name)")
        }
        for name in ["release", "retry", "stray"] {
            #expect(try Self.text(name).contains("(up to \(Session.smallBatch))"), "\(name)")
        }
        let pushed = "items (up to \(Session.pushBatch); \(Session.pushNewBatch) if only some are\n--   added)"
        #expect(try Self.text("push").contains(pushed))
        #expect(try Self.protocolPage().contains("(push: \(Session.pushBatch), or \(Session.pushNewBatch) with marks;"))
    }

    /// The value of a constant, which a line like `local A, NAME = 1, 2` sets.
    private static func constant(_ name: String, _ file: String) throws -> String {
        for line in try text(file).split(separator: "\n") where line.hasPrefix("local ") {
            let sides = line.dropFirst("local ".count).components(separatedBy: " = ")
            guard sides.count == 2 else { continue }
            let values = sides[1].components(separatedBy: ", ")
            if let index = sides[0].components(separatedBy: ", ").firstIndex(of: name) { return values[index] }
        }
        throw Failure(.badData, "\(file).lua has no \(name)")
    }

    @Test func scriptsAndProgramsReadTheSameNumbers() throws {
        let digits = try #require(Int(Self.constant("MOST_DIGITS", "records")))
        #expect(digits == Record.mostDigits)
        #expect(Census.largestCount == Int(String(repeating: "9", count: digits)))
    }

    @Test func theProtocolHasTheNumbersOfTheScripts() throws {
        let page = try Self.protocolPage().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let (slice, kept) = (try Self.constant("SLICE_BYTES", "common"), try Self.constant("LOST_KEPT", "common"))
        #expect((slice, kept) == ("1048576", "10000"))
        #expect(page.contains("about a megabyte of them") && page.contains("The last 10,000 or so"))
        let arriving = try #require(Int(Self.constant("ARRIVING_MS", "common")))
        #expect(page.contains("at least \(arriving / 1000) s ago"))
        let (returned, rescued) = (try Self.constant("RETURNED", "lease"), try Self.constant("RESCUED", "due"))
        #expect(page.contains("no more than \(returned) (\(rescued) of the last)"))
        let (format, marked) = (try Self.constant("FORMAT", "common"), try Self.constant("MARKED", "common"))
        #expect(page.contains("The **format** is `\(format)`, or `\(marked)` from".replacing("'", with: "")))
        let ended = try Self.constant("ENDED", "push")
        #expect(page.contains("\(ended) of them go a call") && page.contains("removes up to \(ended)."))
    }

    @Test func theGuardIsTheSameElementEverywhere() throws {
        let element = try Self.constant("GUARD", "common")
        #expect(element == "'\(Queue.guardElement)'")
        #expect(try Self.text("look").contains("== \(element) then"))
        #expect(try Self.protocolPage().contains("the element `\(Queue.guardElement)`"))
    }
}
