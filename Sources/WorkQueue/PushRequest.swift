import Base

/// How items are added.
package struct PushRequest: Sendable {
    package enum Place: Equatable, Sendable {
        /// The items go behind all others.
        case back
        /// Each item goes before all others, so that the last one is taken first.
        case front
        /// The items become ready after this many ms.
        case delay(Int)
    }

    /// What a push does while as many items are ready as the setting `max-ready` permits.
    package enum Room: Sendable {
        /// It waits until there is room, and holds the queue open.
        case awaited
        /// It is refused.
        case needed
        /// It adds its items all the same: who pushes has a lease, and it would wait for itself.
        case unneeded
    }

    package var place = Place.back
    package var room = Room.awaited
    /// The name of the push, by which a rerun continues where an earlier run stopped; nil if nobody will rerun it.
    package var name: Bytes?
    /// Whether the push seals the queue when it ends, so that nothing can be added any more.
    package var seals = false
    /// nil: all items are added. Else those that are new: not those that are in the queue, nor those that were pushed before
    /// with a time that is not over. This is the time that they count as pushed, in ms; 0: as long as they are in the queue.
    package var once: Int?
    /// Whether the push is refused if the queue is drained.
    package var onlyIfActive = false
    /// Who pushes, for those who wonder what holds the queue open; no TAB in it.
    package var owner: Bytes = []
    /// Is called now and then, once the push has gone on for a while, with how many items were added.
    package var report: (@Sendable (Int) -> Void)?
    /// Is called once if the push waits for room for longer than `fullPatience` ms.
    package var full: (@Sendable () -> Void)?
    package var fullPatience = 10 * TimeUnit.second
    /// Is called once if the queue was not held open for a while, although the push went on.
    package var lapsed: (@Sendable () -> Void)?

    package init() {}
}
