import Base

/// The times that apply unless the user gives others. Requests begin with them, the help and the manual pages show them,
/// and a unit test compares them with the other pages.
package enum Defaults {
    /// How long a lease of an item lasts.
    package static var lease: Seconds { Seconds(60) }
    /// How long a lease of `wq-work` lasts, which renews it: so soon an item of a worker that was killed is with another one.
    package static var workLease: Seconds { Seconds(20) }
    /// How long an item of a rediswq client must lack its lease before `wq-reap` takes it for an orphan.
    package static var orphanAfter: Seconds { Seconds(5) }
    /// The time between two lines of `wq-stat --watch`.
    package static var watchInterval: Seconds { Seconds(1) }
    /// The time between TERM and KILL for a command that is stopped.
    package static var killAfter: Seconds { Seconds(3) }
    /// How long its commands may go on after `wq-work` was told to end.
    package static var grace: Seconds { Seconds(25) }
    /// How long `wq-work` keeps an item back whose command ended with 75, which asks for a later try.
    package static var later: Seconds { Seconds(10) }
    /// How long Redis holds a queue open after it last heard of a push.
    package static var pushHold: Seconds { Seconds(30) }
    /// The time between two messages of a push that it still reads.
    package static var pushHoldInterval: Seconds { Seconds(10) }
}
