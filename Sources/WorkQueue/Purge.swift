import Base
import Redis

extension Session {
    /// Removes every key of the queue, but of none that came after it. Redis frees the memory in the background (UNLINK).
    /// - Parameter force: whether to remove the queue even while leases are live.
    /// - Returns: nil if the queue was removed, else how many leases are live.
    package mutating func purge(force: Bool) throws(Failure) -> Int? {
        let epoch = try epoch()
        // Of a queue without an epoch it cannot be told whether a call that may have been done has removed it.
        let answer = try call(.purge, [.number(force ? 1 : 0), .bytes(epoch)], again: !epoch.isEmpty).list()
        if try answer.at(0).count(most: 1) == 0 { return try answer.at(1).integer() }
        try sweep()
        return nil
    }

    /// What tells this queue from a later one of its name; empty if nothing but RPUSH ever filled it.
    private mutating func epoch() throws(Failure) -> Bytes {
        try retried { (session: inout Session) throws(Failure) in
            session.append(["HMGET", .bytes(session.queue.key(":config")), "epoch"])
            guard case .bytes(let epoch) = try session.receive().list(of: 1).at(0) else { return [] }
            return epoch
        }
    }

    /// How many keys one call looks at.
    private static var sweepBatch: Int { 500 }

    /// Removes the keys whose names the script does not know, but none that a new queue of the same name has.
    private mutating func sweep() throws(Failure) {
        let (pushes, leases) = (queue.key(":push:"), queue.key(":leased_by_session:"))
        var scan = Scan(["MATCH", .bytes(Scan.pattern(beginning: queue.key(":")))])
        while let page = try retried({ (session: inout Session) throws(Failure) in
            try scan.next(&session.connection, timeout: session.patience)
        }) {
            let (memories, others) = (page.filter { $0.starts(with: pushes) }, page.filter { $0.starts(with: leases) })
            let keys = memories + others
            for start in stride(from: 0, to: keys.count, by: Self.sweepBatch) {
                let batch = Array(keys[start..<min(keys.count, start + Self.sweepBatch)])
                let pushed = min(batch.count, max(0, memories.count - start))
                _ = try call(.sweep, extraKeys: batch, [.number(pushed), .number(batch.count - pushed)])
            }
        }
    }
}
