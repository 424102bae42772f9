import Base
import Redis

/// Which dead items to put back into the queue.
package enum Selection: Sendable {
    /// The items with these IDs.
    case ids(ByteList)
    /// The items that contain the first bytes, or whose reason does, and whose reason contains the others. No bytes select
    /// all items.
    case matching(Bytes, reason: Bytes)
}

extension Session {
    /// How many batches a second has if there is a rate: many small ones spread the items evenly.
    private static var batchesPerSecond: Int { 10 }

    /// Puts dead items back into the queue, behind all others, with their attempts at zero.
    /// - Parameter rate: the most items a second; nil for no limit.
    /// - Returns: how many items went back, and the given IDs that no dead item has.
    package mutating func retry(
        _ selection: Selection, rate: Int?
    ) throws(Failure) -> (retried: Int, unknown: [Bytes]) {
        let limit = min(Self.smallBatch, max(1, (rate ?? Int.max) / Self.batchesPerSecond))
        var retried = 0
        var unknown: [Bytes] = []
        var next = 0
        let started = monotonic()
        while true {
            var list = ByteList()
            switch selection {
            case .ids(let ids):
                guard next < ids.count else { return (retried, unknown) }
                list.append("ids")
                for index in next..<min(next + limit, ids.count) { list.append(ids[index]) }
            case .matching(let text, let reason):
                list.append("some")
                list.append(next)
                list.append(limit)
                list.append(text)
                list.append(reason)
            }
            let answer = try call(.retry, list, again: false).list()
            let (moved, left) = (try answer.at(0).count(most: limit), try answer.at(1).count(most: limit))
            let hasMore = try answer.at(2).count(most: 1) == 1
            if hasMore, moved + left == 0 { throw Value.unexpected("there is more, and it is not looked at") }
            retried += moved
            for index in 3..<max(3, answer.count) { unknown.append(try answer.at(index).bytes()) }
            // `next` is a rank among the dead items, and those behind an item that moved away move up; in the list of
            // IDs it is an index, where none do.
            if case .matching = selection {
                next += left
                if !hasMore { return (retried, unknown) }
            } else {
                next += max(1, moved + left)
            }
            if let rate {
                let due = started + retried * TimeUnit.second / rate
                while monotonic() < due { Connection.sleep(due - monotonic()) }
            }
        }
    }
}
