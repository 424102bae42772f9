import Base

extension Connection {
    /// Sends the greetings, and awaits the answers to them.
    /// - Parameter timeout: in ms, for each answer.
    mutating func prove(timeout: Int) throws(Failure) {
        flush()
        for _ in greetings.commands { _ = try greetings.take(try next(timeout, false), from: address) }
    }

    /// Authenticates, and awaits the answer, since a server that refused a password does the commands after it as the
    /// default user, if that user may run them. A password that was refused is read anew, where the server's configuration
    /// can do that.
    /// - Throws: `.notPermitted` if the server refuses the password.
    mutating func authenticate(_ server: Server, timeout: Int) throws(Failure) {
        var credentials = server.address.credentials
        guard let command = credentials.command else { return }
        do throws(Failure) { try authenticate(command, timeout: timeout) } catch {
            guard error.cause == .unauthenticated, let password = server.rereadPassword?(),
                password != credentials.password
            else { throw error }
            credentials.password = password
            if let command = credentials.command { try authenticate(command, timeout: timeout) }
        }
    }

    mutating func authenticate(_ command: ByteList, timeout: Int) throws(Failure) {
        append(command)
        flush()
        try Greetings.checkPassword(try next(timeout, false), from: address)
    }
}
