import Base

/// The times that hold where nobody asks for others. Requests begin with them, the option tables show them in help and
/// manual pages, and a unit test compares them with what the other pages say.
package enum Defaults {
    /// For how long an item is leased.
    package static var lease: Seconds { Seconds(60) }
    /// For how long an item of a rediswq client must lack its lease until `wq-reap` takes it for an orphan.
    package static var orphanGrace: Seconds { Seconds(5) }
    /// How often `wq-stat --watch` looks.
    package static var watchInterval: Seconds { Seconds(1) }
    /// From TERM to KILL, for the command that `wq-renew` runs.
    package static var renewGrace: Seconds { Seconds(10) }
    /// From TERM to KILL, for a command that `wq-work` stops.
    package static var killAfter: Seconds { Seconds(3) }
    /// How long the commands of a `wq-work` that was told to end may go on.
    package static var workGrace: Seconds { Seconds(25) }
    /// For how long an item is kept back whose command ended with 75: later.
    package static var later: Seconds { Seconds(10) }
    /// For how long a push holds the queue open after it was last heard of.
    package static var pushHold: Seconds { Seconds(30) }
    /// How often a push that reads says that it is there.
    package static var pushHoldInterval: Seconds { Seconds(10) }
}
