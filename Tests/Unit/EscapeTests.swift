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

    /// The first and the last character of each row that is not seen.
    private static let unseen: [ClosedRange<UInt32>] = [
        0x80...0x9F, 0xAD...0xAD, 0x61C...0x61C, 0x115F...0x1160, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E,
        0x2060...0x206F, 0x3164...0x3164, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF,
    ]

    @Test(arguments: unseen) func theRowsThatAreNotSeenEndWhereTheyDo(_ row: ClosedRange<UInt32>) throws {
        for scalar in [row.lowerBound - 1, row.lowerBound, row.upperBound, row.upperBound + 1] {
            let text = String(try #require(Unicode.Scalar(scalar)))
            let isSeen = scalar >= 0x80 && !Self.unseen.contains { $0.contains(scalar) }
            #expect((Bytes(text.utf8).printable == text) == isSeen, "U+\(String(scalar, radix: 16))")
        }
    }

    @Test(arguments: [
        ("job:2_x-y./@%+=,Zz09", "job:2_x-y./@%+=,Zz09"), ("", "''"), ("two words", "'two words'"), ("a`b", "'a`b'"),
        ("a[b", "'a[b'"), ("a{b", "'a{b'"), ("a'b", "'a'\\''b'"), ("é", "'é'"), ("a\tb", "$'a\\x09b'"),
        ("\u{7F}'\\", "$'\\x7f\\'\\\\'"),
    ])
    func aWordOfAShellIsReadBackAsItWas(_ text: String, _ word: String) {
        #expect(String(decoding: shellWord(Bytes(text.utf8)), as: UTF8.self) == word)
    }

    @Test func aBackslashIsDoubledWhereItIsToBeTurnedBack() {
        let text = Bytes("a\\b")
        #expect(text.escaped == text && text.escaped(backslash: true) == Bytes("a\\\\b"))
    }

    @Test func bytesThatAreNoTextAreEscapedEach() {
        #expect(Bytes([0xE2, 0x80, 0x61]).printable == "\\xe2\\x80a")
    }
}
