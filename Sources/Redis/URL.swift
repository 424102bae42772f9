import Base

/// What a part of a URL stands for.
package func percentDecoded(_ text: ArraySlice<UInt8>, _ url: Bytes) throws(Failure) -> Bytes {
    var bytes: Bytes = []
    var rest = text
    while let byte = rest.popFirst() {
        guard byte == 0x25 else {
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
        case 0x25: text += Bytes("%25")
        case 0x3F: text += Bytes("%3F")
        default: text.append(byte)
        }
    }
    return text.printable
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
