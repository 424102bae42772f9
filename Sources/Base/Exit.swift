/// A status that a wq program ends with. Small numbers are answers; from 64 on they are the errors of
/// `sysexits.h`, so that a failure never looks like an answer. A program that runs a command may end with its
/// status instead.
package struct Exit: RawRepresentable, Equatable, Sendable {
    package var rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// It is as asked: pushed, leased, completed, drained.
    package static var done: Exit { Exit(rawValue: 0) }
    /// The other answer: nothing to lease now, a lease was lost, not drained.
    package static var no: Exit { Exit(rawValue: 1) }
    /// `wq-lease`: the queue is drained.
    package static var drained: Exit { Exit(rawValue: 3) }
    /// `wq-empty --strict`: drained, but some items are dead.
    package static var deadLeft: Exit { Exit(rawValue: 4) }
    /// The command line is wrong.
    package static var usage: Exit { Exit(rawValue: 64) }
    /// The data is wrong: an item that cannot be shown as asked, a key of another type.
    package static var badData: Exit { Exit(rawValue: 65) }
    /// Redis cannot be reached.
    package static var unavailable: Exit { Exit(rawValue: 69) }
    /// Reading input or writing output failed.
    package static var inputOutput: Exit { Exit(rawValue: 74) }
    /// Redis cannot do it now: loading, out of memory, a replica.
    package static var tryAgain: Exit { Exit(rawValue: 75) }
    /// Redis answered with something that is no answer to the question.
    package static var unexpectedReply: Exit { Exit(rawValue: 76) }
    /// Redis does not permit it.
    package static var notPermitted: Exit { Exit(rawValue: 77) }
    /// A setting is wrong: an address, the queue's format.
    package static var badConfiguration: Exit { Exit(rawValue: 78) }
    /// A command was found but cannot be run, as in a shell.
    package static var cannotRun: Exit { Exit(rawValue: 126) }
    /// A command was not found, as in a shell.
    package static var notFound: Exit { Exit(rawValue: 127) }
}
