import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

@Suite struct InputTests {
    /// The records of the stream when it comes in the pieces.
    private func records(_ pieces: [Bytes], _ separation: Separation) -> [Bytes] {
        var splitter = Splitter(separation)
        var found: [Bytes] = []
        for piece in pieces.filter({ !$0.isEmpty }) + [[]] {
            splitter.feed(piece)
            while splitter.next({ found.append(Bytes($0)) }) {}
        }
        #expect(splitter.isDone)
        return found
    }

    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\n\nb\n", ["a", "", "b"]), ("\n", [""]),
        ("\n\n", ["", ""]), ("a\r\n", ["a\r"]), ("a\0b\n", ["a\0b"]), ("\u{e9}\n\u{1F34C}", ["\u{e9}", "\u{1F34C}"]),
    ])
    func linesAreTheSameWhereverTheInputIsCut(_ text: String, _ lines: [String]) {
        let bytes = Bytes(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Bytes(bytes[..<first]), Bytes(bytes[first..<second]), Bytes(bytes[second...])]
                #expect(records(pieces, .lines) == lines.map { Bytes($0.utf8) }, "\(text.debugDescription) \(pieces)")
            }
        }
        #expect(records(bytes.map { [$0] }, .lines) == lines.map { Bytes($0.utf8) })
    }

    @Test func nulsSeparateInsteadOfNewlines() {
        #expect(records([Bytes("a\nb\0\0c".utf8)], .nulls) == [Bytes("a\nb"), [], Bytes("c")])
    }

    @Test func theWholeInputIsOneRecord() {
        #expect(records([Bytes("a\n"), Bytes("b\0")], .whole) == [Bytes("a\nb\0")])
        #expect(records([], .whole) == [[]])
    }

    /// A pipe that the bytes were written to, and closed.
    private func input(
        _ bytes: Bytes, _ separation: Separation, of kind: Input.Kind = .item, keepsBlank: Bool = false
    ) throws -> Input {
        let path = NSTemporaryDirectory() + "wq-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        return try Input(path: Bytes(path.utf8), separation, of: kind, keepsBlank: keepsBlank)
    }

    private func all(_ input: consuming Input, limit: Int = 3) throws -> [[Bytes]] {
        var batches: [[Bytes]] = []
        while true {
            var batch = ByteList()
            guard try input.read(into: &batch, limit: limit) else { return batches }
            batches.append((0..<batch.count).map { Bytes(batch[$0]) })
        }
    }

    @Test func recordsComeInBatchesOfTheLimit() throws {
        #expect(
            try all(input(Bytes("1\n2\n3\n4\n5\n6\n7"), .lines))
                == [["1", "2", "3"], ["4", "5", "6"], ["7"]].map { $0.map { Bytes($0.utf8) } })
    }

    @Test func emptyLinesAreSkippedUnlessKept() throws {
        #expect(try all(input(Bytes("\na\n\n"), .lines)) == [[Bytes("a")]])
        #expect(try all(input(Bytes("\na\n\n"), .lines, keepsBlank: true)) == [[[], Bytes("a"), []]])
        #expect(try all(input([], .whole)) == [])
        #expect(try all(input([], .whole, keepsBlank: true)) == [[[]]])
    }

    @Test func aLeaseIDEndsAtTheTab() throws {
        #expect(try all(input(Bytes("1.a\tx\ty\n2.b\n"), .lines, of: .leaseID)) == [[Bytes("1.a"), Bytes("2.b")]])
    }

    @Test func linesLongerThanAnyBufferStayWhole() throws {
        let long = Bytes(repeating: 0x78, count: 300_000)
        #expect(try all(input(long + [0x0A] + long, .lines)) == [[long], [long]])
    }

    @Test func operandsAreRecordsEvenIfEmpty() throws {
        var operands = ByteList()
        for word in ["a", "", "c", "d"] { operands.append(word.utf8) }
        #expect(try all(Input(operands: operands)) == [[Bytes("a"), [], Bytes("c")], [Bytes("d")]])
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let failure = #expect(throws: Failure.self) { try all(Input(path: Bytes("/nonexistent/x"), .lines, of: .item)) }
        #expect(failure?.exit == .inputOutput)
        #expect(failure?.message.contains("/nonexistent/x") == true)
    }
}
