/// Passwords, which no message may show, whatever a server answers.
package struct Secrets: Sendable {
    /// The secrets that this process was given. The process has one thread.
    nonisolated(unsafe) package static var known = Secrets()

    private var secrets: [Bytes] = []

    package init() {}

    /// How many bytes of a longer secret are to be hidden, too: servers cut short what they repeat.
    private static var telling: Int { 16 }
    /// A secret with fewer bytes is hidden only where it is a word by itself; else it would be found in any word.
    private static var ambiguous: Int { 4 }

    package mutating func add(_ secret: Bytes) {
        if !secret.isEmpty, !secrets.contains(secret) { secrets.append(secret) }
    }

    /// The text of a message with `***` in place of each secret, however it is written: as it is, in other case, escaped as
    /// messages are, percent-encoded, or with spaces for line ends.
    package func hidden(in text: String) -> String {
        secrets.isEmpty ? text : String(decoding: hidden(in: Bytes(text.utf8)), as: UTF8.self)
    }

    func hidden(in text: Bytes) -> Bytes {
        var out: Bytes = []
        var index = 0
        while index < text.count {
            if let end = secrets.compactMap({ Self.end(of: $0, in: text, from: index) }).max() {
                out += Bytes("***")
                index = end
            } else {
                out.append(text[index])
                index += 1
            }
        }
        return out
    }

    /// Where the secret ends if it begins at `start`; nil if it does not.
    private static func end(of secret: Bytes, in text: Bytes, from start: Int) -> Int? {
        // A byte of the secret may be written in ways of which one begins like another.
        var ends = [start]
        var length = 0
        for byte in secret {
            var next: [Int] = []
            for end in ends { append(endsOf: byte, in: text, from: end, to: &next) }
            if next.isEmpty { break }
            ends = next
            length += 1
        }
        guard let end = ends.max(), length >= min(secret.count, telling) else { return nil }
        if secret.count < ambiguous {
            if start > 0, isOfWord(text[start - 1]) { return nil }
            if end < text.count, isOfWord(text[end]) { return nil }
        }
        return end
    }

    /// Appends where that byte ends, for each way of writing it that stands at `start`.
    private static func append(endsOf byte: UInt8, in text: Bytes, from start: Int, to ends: inout [Int]) {
        guard start < text.count else { return }
        let rest = text[start...]
        let isSpaced = byte < UInt8(ascii: " ") && rest[start] == UInt8(ascii: " ")
        if lower(rest[start]) == lower(byte) || isSpaced { ends.append(start + 1) }
        for mark in [Bytes("%"), Bytes("\\x")] where rest[start] == mark[0] {
            let form = mark + hex([byte])
            if matches(rest, form) { ends.append(start + form.count) }
        }
        let letter: UInt8? =
            switch byte {
            case UInt8(ascii: "\n"): UInt8(ascii: "n")
            case UInt8(ascii: "\r"): UInt8(ascii: "r")
            case UInt8(ascii: "\t"): UInt8(ascii: "t")
            case UInt8(ascii: "\u{7}"): UInt8(ascii: "a")
            case UInt8(ascii: "\u{8}"): UInt8(ascii: "b")
            case UInt8(ascii: "\u{1B}"): UInt8(ascii: "e")
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): byte
            default: nil
            }
        if let letter, matches(rest, [UInt8(ascii: "\\"), letter]) { ends.append(start + 2) }
    }

    private static func matches(_ text: ArraySlice<UInt8>, _ form: Bytes) -> Bool {
        text.count >= form.count && zip(text, form).allSatisfy { lower($0) == lower($1) }
    }

    /// The byte with the bit set by which small letters differ from capitals, if it is a letter.
    private static func lower(_ byte: UInt8) -> UInt8 { byte.isLetter ? byte | 0x20 : byte }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || !byte.isASCII
    }
}
