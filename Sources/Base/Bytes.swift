import CPosix

/// Items, lease IDs and operands are bytes: they need not be UTF-8, and nothing may repair them.
package typealias Bytes = [UInt8]

extension Bytes {
    package init(_ text: StaticString) {
        self.init(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The bytes of a C string, up to its NUL.
    package init(cString: UnsafePointer<CChar>) {
        self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }
}

extension Bytes {
    /// Where the text ends, the first time that it occurs in the bytes; nil if it does not.
    package func end(of text: StaticString) -> Int? {
        var at = startIndex
        while at + text.utf8CodeUnitCount <= endIndex {
            if self[at...].starts(with: text) { return at + text.utf8CodeUnitCount }
            at += 1
        }
        return nil
    }

    /// The bytes without the newlines and carriage returns at their end.
    package var withoutLineEnds: Bytes {
        var end = endIndex
        while end > startIndex, self[end - 1] == UInt8(ascii: "\n") || self[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return Bytes(self[..<end])
    }
}

extension Collection<UInt8> {
    /// Whether the bytes begin with the text's.
    package func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && elementsEqual(prefix(text.utf8CodeUnitCount), text)
    }

    private func elementsEqual(_ head: SubSequence, _ text: StaticString) -> Bool {
        var at = 0
        for byte in head {
            if byte != text.utf8Start[at] { return false }
            at += 1
        }
        return at == text.utf8CodeUnitCount
    }

    /// Whether the bytes are the text's, no more and no less.
    package func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    /// The decimal number that the bytes spell; nil if they spell none, or one that is too large, or have a sign or a
    /// space.
    package var decimal: Int? {
        guard !isEmpty else { return nil }
        var value = 0
        for byte in self {
            guard byte.isDigit else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }
}

extension UInt8 {
    /// Whether the byte is a digit of ASCII.
    package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether the byte is a letter of ASCII.
    package var isLetter: Bool {
        self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") || self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z")
    }

    package var isASCII: Bool { self < 0x80 }

    /// Whether the byte is a control character of ASCII.
    package var isControl: Bool { self < UInt8(ascii: " ") || self == UInt8(ascii: "\u{7F}") }
}

extension StaticString {
    /// The text as a C string.
    package var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

/// Lends the bytes as a C string. They should hold no NUL.
package func withCString<R>(_ bytes: some Sequence<UInt8>, _ body: (UnsafePointer<CChar>) -> R) -> R {
    var string = Bytes(bytes)
    string.append(0)
    return string.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}
