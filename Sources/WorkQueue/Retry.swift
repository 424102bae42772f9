import Base
import CPosix
import Redis

/// Which dead items to bring back.
package enum Selection: Sendable {
    case ids(ByteList)
    /// Those whose item or reason contains the bytes, and whose reason contains the other ones; empty for all.
    case matching(Bytes, reason: Bytes)
}

extension Session {
    /// Puts dead items back into the queue, behind all others, with no attempts behind them.
    /// - Parameter rate: items a second at most; nil for no limit.
    /// - Returns: how many came back, and the IDs that are not those of dead items.
    package mutating func retry(
        _ selection: Selection, rate: Int?
    ) throws(Failure) -> (retried: Int, unknown: [Bytes]) {
        // With a rate, a tenth of a second's worth at a time.
        let limit = min(Self.smallBatch, max(1, (rate ?? Int.max) / 10))
        var retried = 0
        var unknown: [Bytes] = []
        var next = 0
        let started = monotonic()
        try load(.retry)
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
            // Ranks close up behind what moved; the IDs that were given do not.
            if case .matching = selection {
                next += left
                if !hasMore { return (retried, unknown) }
            } else {
                next += max(1, moved + left)
            }
            if let rate {
                let due = started + retried * 1000 / rate
                while monotonic() < due { _ = wq_poll(-1, 0, Int32(clamping: due - monotonic()), true) }
            }
        }
    }
}
