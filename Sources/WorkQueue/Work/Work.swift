/// What a worker does: the options of `wq-work`. Times are in ms.
public struct Work: Sendable {
    /// How the output of several commands at once is kept legible.
    public struct Arrangement: Sendable {
        /// Each line begins with the item and a TAB.
        public var isTagged = false
        /// All that a command prints comes in one piece, after its end.
        public var isGrouped = false

        public init() {}
    }

    /// The words of the command.
    public var command: ByteList
    /// How many commands run at once.
    public var jobs = 1
    /// How many items are leased ahead.
    public var prefetch = 0
    /// How long a lease is; it is renewed every third of that.
    public var duration = 60_000
    /// Whether the item is the command's standard input.
    public var isInput = false
    /// Exit statuses that make the item dead at once.
    public var deadly: [Int] = [65]
    /// The longest that a command may run.
    public var maxTime = Int.max
    /// From the wish to end to TERM.
    public var grace = 25_000
    /// From TERM to KILL.
    public var killAfter = 3000
    /// Whether the last line of standard error goes into the reason.
    public var hasReasonFromErrors = false
    /// Whether to go on when the queue is drained.
    public var isForever = false
    public var maxItems = Int.max
    public var maxTotal = Int.max
    public var untilIdle = Int.max
    public var arrangement = Arrangement()
    /// The file that gets a line for each item.
    public var joblog: Bytes?
    /// The file that is touched while the loop lives.
    public var heartbeat: Bytes?
    /// Whether messages are JSON.
    public var logsJSON = false
    public var isQuiet = false

    /// Never inlined: the constants in it would come to the program with all others that it has twice.
    @inline(never) public init(_ command: ByteList) { self.command = command }

    /// The command's name, for messages and reasons.
    var name: Bytes {
        let word = command.first
        return Bytes(word[((word.lastIndex(of: 0x2F) ?? -1) + 1)...])
    }
}
