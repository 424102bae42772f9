import Base

/// What a part of a URL stands for.
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

/// For messages: what could be mistaken for something else in a URL is encoded.
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

/// What means nothing but itself in a URL, and colons of IPv6 addresses, which stand in brackets; the rest is encoded.
func percentEncodedWhole(_ bytes: Bytes) -> Bytes {
    var out: Bytes = []
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            out.append(byte)
        default: out += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }
    return out
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
}
