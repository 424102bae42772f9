/// Passwords, which no message may show, whatever a server answers.
package struct Secrets: Sendable {
    /// The secrets that this process was given. The process has one thread.
    nonisolated(unsafe) package static var known = Secrets()

    private var secrets: [Bytes] = []

    package init() {}

    /// So much of a long secret is one, too: servers cut short what they repeat.
    private static var telling: Int { 16 }
    /// A secret that is shorter is hidden only where it is a word by itself: else it would be found in any word.
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

    /// Where the secret ends that begins there; nil if none does.
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

    /// Adds where that byte ends, for each way of writing it that stands there.
    private static func append(endsOf byte: UInt8, in text: Bytes, from start: Int, to ends: inout [Int]) {
        guard start < text.count else { return }
        let rest = text[start...]
        let isSpaced = byte < 0x20 && rest[start] == UInt8(ascii: " ")
        if lower(rest[start]) == lower(byte) || isSpaced { ends.append(start + 1) }
        if matches(rest, [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]) { ends.append(start + 3) }
        if matches(rest, [UInt8(ascii: "\\"), UInt8(ascii: "x"), hexDigit(byte >> 4), hexDigit(byte & 15)]) {
            ends.append(start + 4)
        }
        let letter: UInt8? =
            switch byte {
            case 0x0A: UInt8(ascii: "n")
            case 0x0D: UInt8(ascii: "r")
            case 0x09: UInt8(ascii: "t")
            case 0x07: UInt8(ascii: "a")
            case 0x08: UInt8(ascii: "b")
            case 0x1B: UInt8(ascii: "e")
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): byte
            default: nil
            }
        if let letter, matches(rest, [UInt8(ascii: "\\"), letter]) { ends.append(start + 2) }
    }

    private static func matches(_ text: ArraySlice<UInt8>, _ form: Bytes) -> Bool {
        text.count >= form.count && zip(text, form).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        let letter = lower(byte)
        return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z") || byte >= 0x80
            || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
