import Base
import Shell
import WorkQueue

/// The work of a worker: the options of `wq-work`. Times are in ms.
package struct Work: Sendable {
    /// How the outputs of several commands at once are kept apart.
    package struct Arrangement: Sendable {
        /// Whether each line begins with the item and a TAB.
        package var isTagged = false
        /// Whether the output of a command comes in one piece, after its end.
        package var isGrouped = false
        /// The folder for grouped output that is too long to be kept in memory.
        package var temporaryFolder = Bytes("/tmp")

        package init() {}
    }

    /// The name of the one who leases.
    package var owner: Bytes
    /// The queues, and which of them is asked when.
    package var turns: Turns
    /// The words of the command.
    package var command: ByteList
    /// How many commands run at once.
    package var jobs = 1
    /// How many items are leased ahead; nil if the worker decides.
    package var prefetch: Int?
    /// How long a lease lasts from each renewal on.
    package var duration = Defaults.workLease.milliseconds
    /// Whether the item is the command's standard input.
    package var isInput = false
    /// How items are written to commands that live, and answer each; nil if each item has a command of its own.
    package var feed: Format?
    /// The most items that one command gets; and how each is written to its standard input then, nil if it is an argument.
    package var batch = 1
    package var lines: Format?
    /// Exit statuses that make the item dead at once.
    package var deadly = [Int(Exit.badData.rawValue)]
    /// The longest that a command may run.
    package var maxTime = Int.max
    /// How long commands may go on after the worker was told to end.
    package var grace = Defaults.grace.milliseconds
    /// The time between TERM and KILL for a command that is stopped.
    package var killAfter = Defaults.killAfter.milliseconds
    /// Whether the last line of standard error goes into the reason.
    package var hasReasonFromErrors = false
    /// Whether to go on when the queue is drained.
    package var isForever = false
    /// Whether dead items keep a drained queue from being a success.
    package var isStrict = false
    /// After how many items, after how long, and after how long without an item the worker ends.
    package var maxItems = Int.max
    package var maxTotal = Int.max
    package var untilIdle = Int.max
    package var arrangement = Arrangement()
    /// The file that gets a line for each item.
    package var joblog: Bytes?
    /// The file that is touched while the worker's loop turns.
    package var heartbeat: Bytes?
    /// Whether messages are JSON.
    package var logsJSON = false
    /// Whether there are no messages about single items.
    package var isQuiet = false

    /// Never inlined: the constants in it would come to the program with all others that it has twice.
    @inline(never) package init(_ command: ByteList, _ turns: Turns, owner: Bytes) {
        self.command = command
        self.turns = turns
        self.owner = owner
    }

    /// Whether commands live, and are fed one item after the other.
    var isFed: Bool { feed != nil }

    /// Whether the command looks as if each item had a command of its own: it has a word like `{}`.
    package var hasPlaceForItem: Bool { Template.hasPlaceAlone(command) }
    /// Whether it can get one item only: it has a word like `x{}`.
    package var hasPlaceForOne: Bool { !isInput && Template.hasPlaceForOne(command) }

    /// The largest batch: so many IDs are one variable, which the kernel limits.
    package static var largestBatch: Int { 1000 }

    /// Whether the commands' standard output and errors go through the worker.
    var capturesOutput: Bool { arrangement.isTagged || arrangement.isGrouped }
    var capturesErrors: Bool { capturesOutput || hasReasonFromErrors }

    /// The request for leases, without a count.
    var request: LeaseRequest {
        var request = LeaseRequest(owner: owner)
        request.duration = duration
        return request
    }

    /// The command's name, for messages and reasons.
    var name: Bytes {
        let word = command.first
        return Bytes(word[((word.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...])
    }
}
