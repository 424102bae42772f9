import Base
import WorkQueue

/// What a worker does: the options of `wq-work`. Times are in ms.
package struct Work: Sendable {
    /// How the output of several commands at once is kept legible.
    package struct Arrangement: Sendable {
        /// Each line begins with the item and a TAB.
        package var isTagged = false
        /// All that a command prints comes in one piece, after its end.
        package var isGrouped = false
        /// Where grouped output lies that is too much to be kept in memory.
        package var temporaryFolder = Bytes("/tmp")

        package init() {}
    }

    /// Who leases.
    package var owner: Bytes
    /// The words of the command.
    package var command: ByteList
    /// How many commands run at once.
    package var jobs = 1
    /// How many items are leased ahead.
    package var prefetch = 0
    /// How long a lease is; it is renewed every third of that.
    package var duration = Defaults.lease.milliseconds
    /// Whether the item is the command's standard input.
    package var isInput = false
    /// Exit statuses that make the item dead at once.
    package var deadly: [Int] = [65]
    /// The longest that a command may run.
    package var maxTime = Int.max
    /// From the wish to end to TERM.
    package var grace = Defaults.workGrace.milliseconds
    /// From TERM to KILL.
    package var killAfter = Defaults.killAfter.milliseconds
    /// Whether the last line of standard error goes into the reason.
    package var hasReasonFromErrors = false
    /// Whether to go on when the queue is drained.
    package var isForever = false
    /// Whether dead items keep a drained queue from being a success.
    package var isStrict = false
    package var maxItems = Int.max
    package var maxTotal = Int.max
    package var untilIdle = Int.max
    package var arrangement = Arrangement()
    /// The file that gets a line for each item.
    package var joblog: Bytes?
    /// The file that is touched while the loop lives.
    package var heartbeat: Bytes?
    /// Whether messages are JSON.
    package var logsJSON = false
    package var isQuiet = false

    /// Never inlined: the constants in it would come to the program with all others that it has twice.
    @inline(never) package init(_ command: ByteList, owner: Bytes) {
        self.command = command
        self.owner = owner
    }

    /// Whether the commands' standard output and errors go through the worker.
    var capturesOutput: Bool { arrangement.isTagged || arrangement.isGrouped }
    var capturesErrors: Bool { capturesOutput || hasReasonFromErrors }

    /// What Redis is asked for.
    var request: LeaseRequest {
        var request = LeaseRequest(owner: owner)
        request.duration = duration
        return request
    }

    /// The command's name, for messages and reasons.
    var name: Bytes {
        let word = command.first
        return Bytes(word[((word.lastIndex(of: 0x2F) ?? -1) + 1)...])
    }
}
