extension Collection<UInt8> {
    /// The bytes as text for a message: escaped where they are neither printable ASCII nor UTF-8.
    package var printable: String {
        String(decoding: escaped, as: UTF8.self)
    }

    /// The bytes in a form that a terminal shows and does not obey: `\n`, `\t`, `\e` or `\xNN` stands for control
    /// characters, also those beyond ASCII, and for characters that nobody can see or that turn the direction of the text.
    /// If the bytes are not UTF-8, `\xNN` stands for each of them that is not ASCII.
    package var escaped: Bytes { escaped(backslash: false) }

    /// The same.
    /// - Parameter backslash: whether backslashes are doubled, so that a reader can turn the text back into the bytes.
    package func escaped(backslash: Bool) -> Bytes {
        let isText = String(validating: Bytes(self), as: UTF8.self) != nil
        var out: Bytes = []
        let bytes = Bytes(self)
        // How many bytes still belong to a character that is not to be shown.
        var hidden = 0
        for (index, byte) in bytes.enumerated() {
            if isText, hidden == 0 { hidden = unseen(bytes[index...]) }
            if hidden > 0 {
                hidden -= 1
                out += escape(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\n"): out += Bytes("\\n")
            case UInt8(ascii: "\t"): out += Bytes("\\t")
            case UInt8(ascii: "\u{1B}"): out += Bytes("\\e")
            case UInt8(ascii: "\\") where backslash: out += Bytes("\\\\")
            case _ where byte.isControl || !isText && !byte.isASCII: out += escape(byte)
            default: out.append(byte)
            }
        }
        return out
    }
}

/// How many bytes the first character of the text has, if it is one beyond ASCII that is not to be shown; else 0.
/// Source: <https://www.unicode.org/reports/tr36/>, <https://www.unicode.org/reports/tr9/>
private func unseen(_ text: ArraySlice<UInt8>) -> Int {
    let start = text.startIndex
    func byte(_ offset: Int) -> UInt8 { start + offset < text.endIndex ? text[start + offset] : 0 }
    switch (byte(0), byte(1), byte(2)) {
    // C1 controls and the soft hyphen; the mark of Arabic letters.
    case (0xC2, 0x80...0x9F, _), (0xC2, 0xAD, _), (0xD8, 0x9C, _): return 2
    // The vowel separator and free selectors of Mongolian; zero widths, marks, separators, embeddings and overrides.
    case (0xE1, 0xA0, 0x8B...0x8F), (0xE2, 0x80, 0x8B...0x8F), (0xE2, 0x80, 0xA8...0xAE): return 3
    // Joiners, invisible operators, isolates; fillers of Hangul; the byte order mark; marks of annotations.
    case (0xE2, 0x81, 0xA0...0xAF), (0xE1, 0x85, 0x9F...0xA0), (0xE3, 0x85, 0xA4), (0xEF, 0xBE, 0xA0),
        (0xEF, 0xBB, 0xBF),
        (0xEF, 0xBF, 0xB9...0xBB):
        return 3
    // Tags and further variation selectors: the whole plane's beginning.
    case (0xF3, 0xA0, _): return 4
    default: return 0
    }
}

/// `\xNN`
private func escape(_ byte: UInt8) -> Bytes { Bytes("\\x") + hex([byte]) }

/// The lower-case hexadecimal digit of a value below 16.
private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The bytes as lower-case hexadecimal digits, two each: those of the high four bits and of the low four bits.
package func hex(_ bytes: Bytes) -> Bytes { bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 0xF)] } }

/// The bytes as a field of a record: with `_` in place of control characters.
package func oneField(_ text: Bytes) -> Bytes {
    text.map { $0.isControl ? UInt8(ascii: "_") : $0 }
}

/// The bytes in single quotes, as a POSIX shell reads them back unchanged.
package func quoted(_ bytes: Bytes) -> Bytes {
    var out = Bytes("'")
    for byte in bytes {
        if byte == UInt8(ascii: "'") {
            out += Bytes("'\\''")
        } else {
            out.append(byte)
        }
    }
    return out + Bytes("'")
}

/// The bytes as one word of a shell's command line that a person can read and paste: without quotes if a shell needs none,
/// else in single quotes; in `$'...'`, which bash, ksh and zsh know, if a terminal would obey some of them.
package func shellWord(_ bytes: Bytes) -> Bytes {
    let plain = Bytes("-_./:@%+=,")
    // zsh takes a word that begins with `=` for the file of a command.
    let isPlain = bytes.allSatisfy { $0.isDigit || $0.isLetter || plain.contains($0) }
    if isPlain, let first = bytes.first, first != UInt8(ascii: "=") { return bytes }
    if bytes.escaped == bytes { return quoted(bytes) }
    var out = Bytes("$'")
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case _ where byte.isControl || !byte.isASCII: out += escape(byte)
        default: out.append(byte)
        }
    }
    return out + Bytes("'")
}

/// The template with the values in place of its percent signs. A program with calls of this is smaller than one with
/// interpolations.
@inline(never) package func filled(_ template: StaticString, _ values: String...) -> String {
    var text: Bytes = []
    var next = 0
    for byte in Bytes(template) {
        if byte == UInt8(ascii: "%"), next < values.count {
            text += values[next].utf8
            next += 1
        } else {
            text.append(byte)
        }
    }
    return String(decoding: text, as: UTF8.self)
}
