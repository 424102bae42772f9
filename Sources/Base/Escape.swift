extension Collection<UInt8> {
    /// The bytes as text for a message: what is not printable ASCII or UTF-8 is escaped.
    package var printable: String {
        String(decoding: escaped, as: UTF8.self)
    }

    /// The bytes as a terminal can show them without obeying them: control characters, also those beyond ASCII, and
    /// what cannot be seen or turns the direction of what follows are written `\n`, `\t`, `\e` or `\xNN`, and so is each
    /// byte that is not UTF-8 when any is not.
    package var escaped: Bytes { escaped(backslash: false) }

    /// The same; with backslashes doubled, so that it can be turned back.
    package func escaped(backslash: Bool) -> Bytes {
        let isText = String(validating: Bytes(self), as: UTF8.self) != nil
        var out: Bytes = []
        let bytes = Bytes(self)
        // So many bytes still belong to a character that is not shown.
        var hidden = 0
        for (index, byte) in bytes.enumerated() {
            if isText, hidden == 0 { hidden = unseen(bytes[index...]) }
            if hidden > 0 {
                hidden -= 1
                out += escape(byte)
                continue
            }
            switch byte {
            case 0x0A: out += [0x5C, 0x6E]
            case 0x09: out += [0x5C, 0x74]
            case 0x1B: out += [0x5C, 0x65]
            case 0x5C where backslash: out += [0x5C, 0x5C]
            case 0..<0x20, 0x7F: out += escape(byte)
            case 0x80... where !isText: out += escape(byte)
            default: out.append(byte)
            }
        }
        return out
    }
}

/// How many bytes a character beyond ASCII has, at the beginning of the text, that is not to be shown; else 0.
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

private func escape(_ byte: UInt8) -> Bytes { [0x5C, 0x78, hexDigit(byte >> 4), hexDigit(byte & 15)] }

/// The lower-case hexadecimal digit of a value below 16.
package func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

/// The bytes as lower-case hexadecimal digits, two each.
package func hex(_ bytes: Bytes) -> Bytes { bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] } }

/// The bytes with control characters replaced by `_`, fit for a field of a record.
package func oneField(_ text: Bytes) -> Bytes {
    text.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "_") : $0 }
}

/// The bytes in single quotes, as a POSIX shell reads them back unchanged.
package func quoted(_ bytes: Bytes) -> Bytes {
    var out: Bytes = [0x27]
    for byte in bytes {
        if byte == 0x27 {
            out += [0x27, 0x5C, 0x27, 0x27]
        } else {
            out.append(byte)
        }
    }
    out.append(0x27)
    return out
}

/// The bytes as one word of a shell's command line that a person can read and paste: as they are where the shell reads
/// them so, else in quotes; where a terminal would obey them, in those of bash, ksh and zsh that know escapes.
package func shellWord(_ bytes: Bytes) -> Bytes {
    let plain = Bytes("-_./:@%+=,")
    let isPlain = bytes.allSatisfy {
        $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x41 && $0 <= 0x5A || $0 >= 0x61 && $0 <= 0x7A || plain.contains($0)
    }
    if isPlain, !bytes.isEmpty { return bytes }
    if bytes.escaped == bytes { return quoted(bytes) }
    var out: Bytes = [0x24, 0x27]
    for byte in bytes {
        switch byte {
        case 0x27, 0x5C: out += [0x5C, byte]
        case 0x20..<0x7F: out.append(byte)
        default: out += escape(byte)
        }
    }
    return out + [0x27]
}

/// The text with the values in place of its percent signs. It makes a smaller program than interpolation does.
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
