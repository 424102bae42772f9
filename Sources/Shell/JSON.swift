import Base

/// The bytes as a JSON string (RFC 8259); nil if they are not UTF-8. Control characters, also those beyond ASCII, are
/// escaped: a terminal would obey them.
package func jsonString(_ bytes: Bytes) -> Bytes? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    // In UTF-8, control characters beyond ASCII (C1) are the first of these bytes and one of the others.
    let (first, others): (UInt8, ClosedRange<UInt8>) = (0xC2, 0x80...0x9F)
    var out = Bytes("\"")
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): out += Bytes("\\n")
        case UInt8(ascii: "\t"): out += Bytes("\\t")
        case others where out.last == first:
            out.removeLast()
            out += Bytes("\\u00") + hex([byte])
        case _ where byte.isControl: out += Bytes("\\u00") + hex([byte])
        default: out.append(byte)
        }
    }
    return out + Bytes("\"")
}

/// A line with the object that has these members, of which the first begins with a comma, too.
package func jsonObject(_ members: Bytes) -> Bytes { Bytes("{") + members.dropFirst() + Bytes("}\n") }

/// A member of an object that follows another one, whose value is JSON already: `,"name":[1]`.
package func jsonMember(_ name: StaticString, json value: Bytes) -> Bytes { Bytes(",\"\(name)\":".utf8) + value }

/// A member of an object that follows another one: `,"name":1`.
package func jsonMember(_ name: StaticString, _ value: Int) -> Bytes { jsonMember(name, json: Bytes("\(value)".utf8)) }

/// A member of an object that follows another one: `,"name":true`.
package func jsonMember(_ name: StaticString, _ value: Bool) -> Bytes { jsonMember(name, json: Bytes("\(value)".utf8)) }

/// A member of an object that follows another one: `,"name":"value"`, or `,"name_base64":"..."` if the value is not UTF-8.
package func jsonMember(_ name: StaticString, _ value: Bytes) -> Bytes {
    if let text = jsonString(value) { return jsonMember(name, json: text) }
    return Bytes(",\"\(name)_base64\":\"".utf8) + base64(value) + Bytes("\"")
}

/// The bytes in base64 (RFC 4648, section 4): each group of three bytes, 24 bits, becomes four digits of 6 bits; `=` stands
/// for a digit that has no bits of the bytes.
package func base64(_ bytes: Bytes) -> Bytes {
    let alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let (groupBytes, groupDigits, digitBits) = (3, 4, 6)
    var out: Bytes = []
    out.reserveCapacity((bytes.count + groupBytes - 1) / groupBytes * groupDigits)
    var index = 0
    while index < bytes.count {
        let group = bytes[index..<min(index + groupBytes, bytes.count)]
        var bits = 0
        for offset in 0..<groupBytes { bits = bits << 8 | (offset < group.count ? Int(group[index + offset]) : 0) }
        for digit in 0..<groupDigits {
            let value = (bits >> (digitBits * (groupDigits - 1 - digit))) % alphabet.count
            out.append(digit <= group.count ? alphabet[value] : UInt8(ascii: "="))
        }
        index += groupBytes
    }
    return out
}
