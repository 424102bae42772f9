/// A status that a wq program ends with. Small numbers are answers; from 64 on they are the errors of
/// `sysexits.h`, so that a failure never looks like an answer. A program that runs a command may end with the
/// command's status instead, which can be any number.
package struct Exit: RawRepresentable, Equatable, Sendable {
    package var rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    // The statuses by name; the table below says what they mean.
    package static var done: Exit { Exit(rawValue: 0) }
    package static var no: Exit { Exit(rawValue: 1) }
    package static var drained: Exit { Exit(rawValue: 3) }
    package static var deadLeft: Exit { Exit(rawValue: 4) }
    package static var usage: Exit { Exit(rawValue: 64) }
    package static var badData: Exit { Exit(rawValue: 65) }
    package static var noQueue: Exit { Exit(rawValue: 66) }
    package static var unavailable: Exit { Exit(rawValue: 69) }
    package static var cannotCreate: Exit { Exit(rawValue: 73) }
    package static var inputOutput: Exit { Exit(rawValue: 74) }
    package static var tryAgain: Exit { Exit(rawValue: 75) }
    package static var unexpectedReply: Exit { Exit(rawValue: 76) }
    package static var notPermitted: Exit { Exit(rawValue: 77) }
    package static var badConfiguration: Exit { Exit(rawValue: 78) }
    package static var cannotRun: Exit { Exit(rawValue: 126) }
    package static var notFound: Exit { Exit(rawValue: 127) }
    /// The end by a signal, as a shell tells it.
    package static func signalled(_ number: Int32) -> Exit { Exit(rawValue: 128 + number) }

    /// What each status means, in the words of wq(7) and the README, which a unit test compares with this table.
    package static var table: [(exit: Exit, meaning: StaticString)] {
        [
            (.done, "as asked: added, leased, completed, drained"),
            (.no, "the other answer: nothing to lease now, a lease was lost or unknown, not drained, refused"),
            (.drained, "wq-lease: the queue is drained"),
            (.deadLeft, "with --strict: drained, but some items are dead"),
            (.usage, "the command line is wrong"),
            (.badData, "an item cannot be printed as asked, or a key has another type, or a value that is no number"),
            (.noQueue, "there is no such queue: it was never used, or it is gone: purged, or lost by Redis"),
            (
                .unavailable,
                "Redis cannot be reached, or does not answer in time; whether it did what was asked is not known"
            ),
            (.cannotCreate, "wq-local: a folder cannot be made"),
            (.inputOutput, "reading or writing failed"),
            (.tryAgain, "Redis cannot do it now, so try again: it is loading its data, out of memory, a replica"),
            (.unexpectedReply, "Redis gave an answer that makes no sense here"),
            (.notPermitted, "Redis does not permit it"),
            (.badConfiguration, "a setting is wrong: an address, or a queue in a format of a newer version"),
            (.cannotRun, "wq-work, wq-renew, wq-local: the command cannot be run"),
            (.notFound, "wq-work, wq-renew, wq-local: the command was not found"),
        ]
    }
}
