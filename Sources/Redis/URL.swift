import Base

/// The bytes that a percent-encoded part of a URL stands for.
/// - Parameter url: the whole URL, for the message.
/// - Throws: `.badConfiguration` if a `%` has no two hexadecimal digits.
package func percentDecoded(_ text: ArraySlice<UInt8>, _ url: Bytes) throws(Failure) -> Bytes {
    var bytes: Bytes = []
    var rest = text
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
            throw Address.wrong(url, "% needs two hexadecimal digits (%25 is itself)")
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

/// The bytes as a part of a URL in a message: those that would end the part, or begin a code, are percent-encoded.
package func percentEncoded(_ bytes: Bytes) -> String {
    var text: Bytes = []
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "%"): text += Bytes("%25")
        case UInt8(ascii: "?"): text += Bytes("%3F")
        default: text.append(byte)
        }
    }
    return text.printable
}

/// The bytes as a part of a URL: letters, digits, `.`, `-`, `_` and colons (of IPv6 addresses, which stand in brackets)
/// stay, and all others are percent-encoded.
func percentEncodedWhole(_ bytes: Bytes) -> Bytes {
    var out: Bytes = []
    for byte in bytes {
        switch byte {
        case _ where byte.isLetter || byte.isDigit || Bytes(".-_:").contains(byte): out.append(byte)
        default: out += Bytes("%") + hex([byte])
        }
    }
    return out
}

/// The value of a hexadecimal digit; nil if the byte is none.
private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
}
