import Base

/// The bytes as a JSON string (RFC 8259), or nil if they are not UTF-8. Control characters, also those beyond ASCII,
/// are escaped: a terminal would obey them.
package func jsonString(_ bytes: Bytes) -> Bytes? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var out: Bytes = [0x22]
    for byte in bytes {
        switch byte {
        case 0x22, 0x5C: out += [0x5C, byte]
        case 0x0A: out += [0x5C, 0x6E]
        case 0x09: out += [0x5C, 0x74]
        case 0x80..<0xA0 where out.last == 0xC2:
            out.removeLast()
            fallthrough
        case 0..<0x20, 0x7F: out += [0x5C, 0x75, 0x30, 0x30, hexDigit(byte >> 4), hexDigit(byte & 15)]
        default: out.append(byte)
        }
    }
    out.append(0x22)
    return out
}

/// A further member of an object, `,"name":"value"`; or `,"name_base64":"..."` if the value is not UTF-8.
package func jsonMember(_ name: StaticString, _ value: Bytes) -> Bytes {
    if let text = jsonString(value) { return Bytes(",\"\(name)\":".utf8) + text }
    return Bytes(",\"\(name)_base64\":\"".utf8) + base64(value) + Bytes("\"")
}

/// The bytes in base64 (RFC 4648, section 4).
package func base64(_ bytes: Bytes) -> Bytes {
    let alphabet = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var out: Bytes = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
        let group = bytes[index..<min(index + 3, bytes.count)]
        var bits = 0
        for offset in 0..<3 { bits = bits << 8 | (offset < group.count ? Int(group[index + offset]) : 0) }
        for offset in 0..<4 {
            out.append(offset <= group.count ? alphabet[bits >> (18 - 6 * offset) & 63] : 0x3D)
        }
        index += 3
    }
    return out
}
