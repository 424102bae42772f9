import Testing

@testable import Base

/// What a terminal gets to see.
@Suite struct EscapeTests {
    @Test(arguments: [
        0x85, 0xAD, 0x61C, 0x180E, 0x200B, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2064,
        0x2066,
        0x2069, 0xFEFF, 0xFFF9, 0x3164, 0xE0001, 0xE007F,
    ])
    func whatIsNotSeenIsEscaped(_ scalar: UInt32) throws {
        let character = String(try #require(Unicode.Scalar(scalar)))
        let escapes = character.utf8.map { "\\x" + String($0, radix: 16) }.joined()
        #expect(Bytes("a\(character)b".utf8).printable == "a\(escapes)b")
    }

    @Test(arguments: ["plain", "é", "日本語", "🐡", "…", "€", "\u{2010}", "\u{2030}", "\u{2070}", "\u{A0}", "\u{FF01}"])
    func whatIsSeenIsNot(_ text: String) { #expect(Bytes(text.utf8).printable == text) }

    @Test func bytesThatAreNoTextAreEscapedEach() {
        #expect(Bytes([0xE2, 0x80, 0x61]).printable == "\\xe2\\x80a")
    }
}
