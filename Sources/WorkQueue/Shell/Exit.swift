/// A status that a wq program ends with. Small numbers are answers; from 64 on they are the errors of
/// `sysexits.h`, so that a failure never looks like an answer. A program that runs a command may end with its
/// status instead.
public struct Exit: RawRepresentable, Equatable, Sendable {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// It is as asked: pushed, leased, completed, drained.
    public static var done: Exit { Exit(rawValue: 0) }
    /// The other answer: nothing to lease now, a lease was lost, not drained.
    public static var no: Exit { Exit(rawValue: 1) }
    /// `wq-lease`: the queue is drained.
    public static var drained: Exit { Exit(rawValue: 3) }
    /// `wq-empty --strict`: drained, but some items are dead.
    public static var deadLeft: Exit { Exit(rawValue: 4) }
    /// The command line is wrong.
    public static var usage: Exit { Exit(rawValue: 64) }
    /// The data is wrong: an item that cannot be shown as asked, a key of another type.
    public static var badData: Exit { Exit(rawValue: 65) }
    /// Redis cannot be reached.
    public static var unavailable: Exit { Exit(rawValue: 69) }
    /// Reading input or writing output failed.
    public static var inputOutput: Exit { Exit(rawValue: 74) }
    /// Redis cannot do it now: loading, out of memory, a replica.
    public static var tryAgain: Exit { Exit(rawValue: 75) }
    /// Redis answered with something that is no answer to the question.
    public static var unexpectedReply: Exit { Exit(rawValue: 76) }
    /// Redis does not permit it.
    public static var notPermitted: Exit { Exit(rawValue: 77) }
    /// A setting is wrong: an address, the queue's format.
    public static var badConfiguration: Exit { Exit(rawValue: 78) }
    /// A command was found but cannot be run, as in a shell.
    public static var cannotRun: Exit { Exit(rawValue: 126) }
    /// A command was not found, as in a shell.
    public static var notFound: Exit { Exit(rawValue: 127) }
}

/// Why something could not be done: the exit status to end with, and a sentence or two for a person.
public struct Failure: Error, Sendable {
    public var exit: Exit
    /// "what happened: why", without the program's name and without a newline at its end.
    public var message: String
    /// Whether the connection broke, so that the same may be tried on a new one.
    public var isDisconnection: Bool
    /// Whether the server had forgotten a script, and nothing happened.
    var isForgottenScript = false
    /// Whether the server did nothing, but will be able to in a moment.
    var isTransient = false
    /// Whether the server did nothing, since it is a replica.
    var isReadOnly = false
    /// Whether the server does not know who asks: no password, or a wrong one.
    var isUnauthenticated = false
    /// Where else the queue is, whose node did nothing.
    var redirection: Redirection?

    public init(_ exit: Exit, _ message: String, isDisconnection: Bool = false) {
        self.exit = exit
        self.message = message
        self.isDisconnection = isDisconnection
    }

    init(_ exit: Exit, _ message: String, isTransient: Bool, redirection: Redirection? = nil) {
        self.init(exit, message)
        self.isTransient = isTransient
        self.redirection = redirection
    }

    /// A failure of the C library, by the errno it left.
    public static func system(_ exit: Exit, _ what: String, errno code: Int32) -> Failure {
        Failure(exit, what + ": " + describe(errno: code))
    }
}
