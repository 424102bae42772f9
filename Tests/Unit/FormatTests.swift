import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

/// Items that break careless printers.
private let nasty: [Bytes] = [
    [], Bytes("a'b"), Bytes("$(x) `y` \"z\" \\"), Bytes("a\nb\n"), Bytes("\t"), Bytes("-n"), Bytes("\u{1B}[31m"),
    Bytes("\u{e9}\u{1F34C}\u{9B}\u{80}"), [0xFF, 0xFE], Bytes(0x01...0xFF),
]

@Suite struct FormatTests {
    private func print(_ format: Format, _ item: Bytes) throws -> Bytes {
        let path = NSTemporaryDirectory() + "wq-\(UUID().uuidString)"
        let descriptor = open(path, O_CREAT | O_RDWR, 0o600)
        defer {
            close(descriptor)
            unlink(path)
        }
        var output = Output(descriptor: descriptor)
        format.write(Lease(id: Bytes("1.ab"), attempt: 2, item: item), to: &output)
        try output.flush()
        return Bytes(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func aLineIsLeaseTabItem() throws {
        #expect(try print(.line(end: 0x0A, isTerminal: false), Bytes("a\tb")) == Bytes("1.ab\ta\tb\n"))
        #expect(try print(.line(end: 0, isTerminal: false), Bytes("a\nb")) == Bytes("1.ab\ta\nb\0"))
    }

    @Test func aTerminalIsShownControlCharactersEscaped() throws {
        #expect(
            try print(.line(end: 0x0A, isTerminal: true), Bytes("a\n\u{1B}[1m\u{7F}\u{9B}\u{e9}"))
                == Bytes("1.ab\ta\\n\\e[1m\\x7f\\xc2\\x9b\u{e9}\n"))
        #expect(try print(.line(end: 0x0A, isTerminal: true), [0x9B, 0x41]) == Bytes("1.ab\t\\x9bA\n"))
        #expect(
            try print(.sh(isTerminal: true), Bytes("a'\u{1B}c"))
                == Bytes("WQ_LEASE='1.ab' WQ_ITEM='a'\\''\\ec' WQ_ATTEMPT='2'\n"))
        #expect(
            try print(.json, Bytes("\u{1B}[1m\u{7F}\u{9B}"))
                == Bytes("{\"lease\":\"1.ab\",\"attempt\":2,\"item\":\"\\u001b[1m\\u007f\\u009b\"}\n"))
    }

    @Test(arguments: nasty)
    func theShellReadsBackWhatShPrints(_ item: Bytes) throws {
        let printed = try print(.sh(isTerminal: false), item)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "eval \"$(cat)\"; printf '%s|%s|%s' \"$WQ_LEASE\" \"$WQ_ATTEMPT\" \"$WQ_ITEM\""]
        let (input, output) = (Pipe(), Pipe())
        shell.standardInput = input
        shell.standardOutput = output
        try shell.run()
        input.fileHandleForWriting.write(Data(printed))
        input.fileHandleForWriting.closeFile()
        #expect(Bytes(output.fileHandleForReading.readDataToEndOfFile()) == Bytes("1.ab|2|") + item)
        shell.waitUntilExit()
    }

    @Test(arguments: nasty + [[0]])
    func jsonReadersReadBackWhatJsonPrints(_ item: Bytes) throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(print(.json, item))) as? [String: Any])
        #expect(object["lease"] as? String == "1.ab")
        #expect(object["attempt"] as? Int == 2)
        if let text = String(validating: item, as: UTF8.self) {
            #expect((object["item"] as? String).map { Bytes($0.utf8) } == item)
            #expect(object["item_base64"] == nil, "\(text)")
        } else {
            #expect((object["item_base64"] as? String).flatMap { Data(base64Encoded: $0) } == Data(item))
        }
    }

    @Test func whatWouldBeCutIsObjectedTo() {
        let line = Format.line(end: 0x0A, isTerminal: false)
        #expect(line.objection(to: Bytes("a\nb")) == .newline)
        #expect(line.objection(to: Bytes("a\n\0b")) == .null)
        #expect(line.objection(to: Bytes("a\tb")) == nil)
        #expect(Format.line(end: 0, isTerminal: false).objection(to: Bytes("a\nb")) == nil)
        #expect(Format.line(end: 0, isTerminal: false).objection(to: Bytes("a\0b")) == .null)
        #expect(Format.sh(isTerminal: false).objection(to: Bytes("a\nb")) == nil)
        #expect(Format.sh(isTerminal: false).objection(to: Bytes("a\0b")) == .null)
        #expect(Format.json.objection(to: Bytes("a\0b")) == nil)
    }

    @Test func base64OfEveryLength() {
        for length in 0..<10 {
            let bytes = Bytes((0..<length).map { UInt8($0 * 37 & 255) })
            #expect(base64(bytes) == Bytes(Data(bytes).base64EncodedString().utf8))
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_735_689_599_001, "2024-12-31T23:59:59.001Z"),
        (1_735_689_600_000, "2025-01-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func timesAreToldInUTC(_ time: Int, _ text: String) {
        #expect(timestamp(time) == text)
    }
}
