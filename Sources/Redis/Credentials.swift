import Base

/// Who to be on a server.
package struct Credentials: Equatable, Sendable {
    package var user: Bytes?
    package var password: Bytes?

    package init() {}

    /// Reads `user[:password]`, percent-encoded; either may be empty.
    init(userinfo text: ArraySlice<UInt8>, url: Bytes) throws(Failure) {
        let colon = text.firstIndex(of: UInt8(ascii: ":"))
        let name = try percentDecoded(text[..<(colon ?? text.endIndex)], url)
        if !name.isEmpty { user = name }
        let secret = try percentDecoded(text[(colon.map { $0 + 1 } ?? text.endIndex)...], url)
        if !secret.isEmpty { password = secret }
    }

    /// The command that makes a connection this user's; nil if there is nothing to say.
    var command: ByteList? {
        guard let password else { return nil }
        var command: ByteList = ["AUTH"]
        if let user { command.append(user) }
        command.append(password)
        return command
    }
}
