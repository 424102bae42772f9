import Base
import WorkQueue

/// How `wq-lease` prints a lease.
package enum Format: Equatable, Sendable {
    /// `LEASE<TAB>ITEM`, ended by the byte; on a terminal with control characters escaped.
    case line(end: UInt8, isTerminal: Bool)
    /// `WQ_LEASE='...' WQ_ITEM='...' WQ_ATTEMPT='...'`, quoted for `eval`, and a newline; on a terminal with control
    /// characters escaped.
    case sh(isTerminal: Bool)
    /// One JSON object a line.
    case json

    /// Why the item cannot be printed so without being cut or taken for two; nil if it can.
    package func objection(to item: Bytes) -> StaticString? {
        switch self {
        case .line(let end, let isTerminal):
            if isTerminal { return nil }
            if end == 0 { return item.contains(0) ? "the item contains a NUL" : nil }
            return item.contains(end)
                ? "the item contains a newline" : item.contains(0) ? "the item contains a NUL" : nil
        case .sh: return item.contains(0) ? "the item contains a NUL" : nil
        case .json: return nil
        }
    }

    package func write(_ lease: Lease, to output: inout Output) {
        switch self {
        case .line(let end, let isTerminal):
            output.write(lease.id)
            output.write("\t")
            output.write(isTerminal ? lease.item.escaped : lease.item)
            output.write(CollectionOfOne(end))
        case .sh(let isTerminal):
            output.write("WQ_LEASE=")
            output.write(quoted(lease.id))
            output.write(" WQ_ITEM=")
            output.write(quoted(isTerminal ? lease.item.escaped : lease.item))
            output.write(" WQ_ATTEMPT='\(lease.attempt)'\n")
        case .json:
            output.write("{\"lease\":")
            output.write(jsonString(lease.id) ?? [])
            output.write(",\"attempt\":\(lease.attempt),")
            if let text = jsonString(lease.item) {
                output.write("\"item\":")
                output.write(text)
            } else {
                output.write("\"item_base64\":\"")
                output.write(base64(lease.item))
                output.write("\"")
            }
            output.write("}\n")
        }
    }
}

/// The bytes in single quotes, as a POSIX shell reads them back unchanged.
func quoted(_ bytes: Bytes) -> Bytes {
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
