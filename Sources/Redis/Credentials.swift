import Base

/// As which user to speak to a server.
package struct Credentials: Equatable, Sendable {
    /// nil for the server's default user.
    package var user: Bytes?
    /// nil if the server is not to be told any.
    package var password: Bytes?

    package init() {}

    /// Reads `user[:password]`, percent-encoded; either may be empty. A newline at the end of the password, which comes from
    /// the secret that a URL was put together with, is no part of it.
    init(userinfo text: ArraySlice<UInt8>, url: Bytes) throws(Failure) {
        let colon = text.firstIndex(of: UInt8(ascii: ":"))
        let name = try percentDecoded(text[..<(colon ?? text.endIndex)], url)
        if !name.isEmpty { user = name }
        let secret = try percentDecoded(text[(colon.map { $0 + 1 } ?? text.endIndex)...], url).withoutLineEnds
        if !secret.isEmpty { password = secret }
    }

    /// The command by which a connection becomes this user's; nil if there is no password to send.
    var command: ByteList? {
        guard let password else { return nil }
        var command: ByteList = ["AUTH"]
        if let user { command.append(user) }
        command.append(password)
        return command
    }
}
