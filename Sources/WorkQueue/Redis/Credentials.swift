/// Who to be on a server.
public struct Credentials: Equatable, Sendable {
    public var user: Bytes?
    public var password: Bytes?

    public init() {}

    /// Reads `user[:password]`, percent-encoded; either may be empty.
    init(userinfo text: ArraySlice<UInt8>, url: Bytes) throws(Failure) {
        let colon = text.firstIndex(of: 0x3A)
        let name = try percentDecoded(text[..<(colon ?? text.endIndex)], url)
        if !name.isEmpty { user = name }
        let secret = try percentDecoded(text[(colon.map { $0 + 1 } ?? text.endIndex)...], url)
        if !secret.isEmpty { password = secret }
    }

    /// Takes what is missing from `WQ_USER`, `WQ_PASSWORD`, the file that `WQ_PASSWORD_FILE` names (without the newline
    /// at its end) and `REDISCLI_AUTH`.
    mutating func complete() throws(Failure) {
        if password != nil { return }
        user = user ?? environment("WQ_USER")
        password = environment("WQ_PASSWORD")
        if password == nil, let path = environment("WQ_PASSWORD_FILE") { password = try Self.secret(path) }
        password = password ?? environment("REDISCLI_AUTH")
        if let user, password == nil {
            throw Failure(
                .badConfiguration,
                "there is no password for the user \(user.printable): set WQ_PASSWORD or WQ_PASSWORD_FILE")
        }
    }

    private static func secret(_ path: Bytes) throws(Failure) -> Bytes {
        var records = ByteList()
        do throws(Failure) {
            var file = try Input(path: path, .whole)
            _ = try file.read(into: &records, limit: 1, of: .item)
        } catch {
            throw Failure(.badConfiguration, "WQ_PASSWORD_FILE: \(error.message)")
        }
        var secret = records.isEmpty ? [] : Bytes(records.first)
        while let last = secret.last, last == 0x0A || last == 0x0D { secret.removeLast() }
        guard !secret.isEmpty else { throw Failure(.badConfiguration, "WQ_PASSWORD_FILE: \(path.printable) is empty") }
        return secret
    }

    /// The command that makes a connection this user's; nil if there is nothing to say.
    var command: ByteList? {
        guard let password else { return nil }
        var command = ByteList()
        command.append("AUTH")
        if let user { command.append(user) }
        command.append(password)
        return command
    }
}

/// What a part of a URL stands for.
func percentDecoded(_ text: ArraySlice<UInt8>, _ url: Bytes) throws(Failure) -> Bytes {
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
func percentEncoded(_ bytes: Bytes) -> String {
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
