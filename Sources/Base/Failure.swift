import CPosix

/// Why something could not be done: the exit status to end with, and a sentence or two for a person.
package struct Failure: Error, Equatable, Sendable {
    /// What a caller may do about a failure, beside telling a person.
    package enum Cause: Equatable, Sendable {
        /// The caller can do nothing: the same would fail again.
        case final
        /// The connection broke: the caller may try the same on a new one, if it may be done twice.
        case disconnection
        /// The server had forgotten a script, and nothing happened.
        case forgottenScript
        /// The server did nothing, but will be able to in a moment.
        case busy
        /// The server did nothing, since it is a replica.
        case replica
        /// The server did it, but too few replicas have it.
        case unreplicated
        /// The server has no such command.
        case refused
        /// The server does not know the user: there was no password, or a wrong one.
        case unauthenticated
        /// The node of a cluster did nothing, and says in this reply which node would.
        case elsewhere(Bytes)
        /// Nobody reads the output any more.
        case unread
        /// A person was told already, or need not be told.
        case told
    }

    package var exit: Exit
    /// "what happened: why", without the program's name and without a newline at its end.
    package var message: String
    package var cause: Cause

    package init(_ exit: Exit, _ message: String, _ cause: Cause = .final) {
        self.exit = exit
        self.message = message
        self.cause = cause
    }

    package var isDisconnection: Bool { cause == .disconnection }

    /// A failure of the C library.
    /// - Parameters:
    ///   - what: what could not be done, for the message: "cannot open x".
    ///   - code: the errno that the library left.
    package static func system(_ exit: Exit, _ what: String, errno code: Int32) -> Failure {
        Failure(exit, what + ": " + describe(errno: code))
    }
}

/// The words of the C library for an errno.
package func describe(errno code: Int32) -> String { String(cString: strerror(code)) }
