import Base
import CPosix
import Redis

/// What a reaper returned to the queue.
package struct Reaped: Equatable, Sendable {
    /// Expired leases, and items that a killed waiter had taken.
    package var requeued = 0
    /// Items whose attempts were used up.
    package var dead = 0
    /// What rediswq clients had taken and no longer hold.
    package var orphans = 0
}

extension Session {
    /// Returns everything expired to the queue, in batches, then the orphans of rediswq clients: items that are in
    /// Q:processing without a lease, twice, `grace` ms apart. (A rediswq client takes an item before it leases it.)
    package mutating func reap(grace: Int) throws(Failure) -> Reaped {
        var reaped = Reaped()
        var limit = ByteList()
        limit.append(Self.smallBatch)
        var isLoaded = false
        var fruitless = 0
        while true {
            let answer = try call(.reap, limit).list()
            let (requeued, dead) = (try answer.at(0).count(), try answer.at(1).count())
            reaped.requeued += requeued
            reaped.dead += dead
            guard try answer.at(2).count(most: 1) == 1 else { break }
            // Leases that have no record any more are returned by such calls, some at a time.
            fruitless = requeued + dead > 0 ? 0 : fruitless + 1
            if fruitless > 100_000 { throw Value.unexpected("what is expired does not go away") }
            if !isLoaded { try load(.reap) }
            isLoaded = true
        }
        let suspects = try unleased()
        guard !suspects.isEmpty else { return reaped }
        _ = wq_poll(-1, 0, Int32(clamping: grace), true)
        for index in 0..<suspects.count {
            var item = ByteList()
            item.append(suspects[index])
            let answer = try call(.orphan, extraKeys: [leaseKey(suspects[index])], item).bytes()
            if answer.equals("requeued") { reaped.orphans += 1 }
            if answer.equals("dead") { reaped.dead += 1 }
        }
        return reaped
    }

    /// The elements of Q:processing that have no lease key now.
    private mutating func unleased() throws(Failure) -> ByteList {
        var suspects = ByteList()
        var start = 0
        while true {
            append([
                "LRANGE", .bytes(queue.key(":processing")), .number(start), .number(start + Self.batch - 1),
            ])
            let page = try receive().list()
            var held: [Bytes] = []
            for value in page {
                let item = try value.bytes()
                if item.equals("wq:busy") { continue }
                held.append(item)
                append(["EXISTS", .bytes(leaseKey(item[...]))])
            }
            for item in held where try receive().integer() == 0 { suspects.append(item) }
            guard page.count == Self.batch else { return suspects }
            start += Self.batch
        }
    }

    /// The name of the lease that a rediswq client would hold on the item.
    func leaseKey(_ item: ArraySlice<UInt8>) -> Bytes {
        queue.key(":leased_by_session:") + sha224(item)
    }
}
