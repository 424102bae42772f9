import Base
import Redis

/// What `reap` did with items that nobody holds any more.
package struct Reaped: Equatable, Sendable {
    /// How many items went back to the queue: their leases had expired, or a waiter that was killed had taken them.
    package var requeued = 0
    /// How many items became dead, because their attempts were used up.
    package var dead = 0
    /// How many items went back to the queue that rediswq clients had taken and no longer held.
    package var orphans = 0
    /// Items that lay in Redis and in no state.
    package var strays = 0
    /// IDs of delayed and dead items that had no record any more.
    package var lost = 0
}

extension Session {
    /// How many calls in a row may return nothing, although the script says that there is more. The limit only ends the
    /// program if a server lies.
    private static var mostFruitless: Int { 100_000 }

    /// Returns everything that is expired to the queue, in batches, and then the orphans of rediswq clients. An orphan is an
    /// item in Q:processing that has no lease, neither now nor `orphanAfter` ms later; a rediswq client takes an item before it
    /// leases it, so that one look is not enough.
    /// Then it returns what lies in no state, if the counts tell that something does.
    /// - Parameters:
    ///   - orphanAfter: the time between the two looks, in ms.
    ///   - strays: whether to look for items in no state whatever the counts tell.
    ///   - sha224: the SHA-224 of an item in hexadecimal digits, by which rediswq names the item's lease.
    package mutating func reap(
        orphanAfter: Int, strays: Bool, sha224: (ArraySlice<UInt8>) -> Bytes
    ) throws(Failure) -> Reaped {
        var reaped = Reaped()
        let (unreferenced, difference) = try reapExpired(&reaped)
        try reapOrphans(orphanAfter, &reaped, sha224)
        if strays || unreferenced != 0 { try reapStrays(&reaped) }
        if strays || difference < 0 { try reapUnfinished(&reaped) }
        return reaped
    }

    /// Returns what is due.
    /// - Returns: how many records too many there are, and how many items; negative if too few.
    @discardableResult
    mutating func reapExpired(
        _ reaped: inout Reaped
    ) throws(Failure) -> (unreferenced: Int, difference: Int) {
        var limit = ByteList()
        limit.append(Self.smallBatch)
        var fruitless = 0
        while true {
            let answer = try call(.reap, limit).list(of: 5)
            let (requeued, dead) = (try answer.at(0).count(), try answer.at(1).count())
            reaped.requeued += requeued
            reaped.dead += dead
            guard try answer.at(2).count(most: 1) == 1 else {
                return (try answer.at(3).integer(), try answer.at(4).integer())
            }
            // A call that removes only leases without records counts nothing, and there may be several of them.
            fruitless = requeued + dead > 0 ? 0 : fruitless + 1
            if fruitless > Self.mostFruitless { throw Value.unexpected("what is expired does not go away") }
        }
    }

    private mutating func reapOrphans(
        _ orphanAfter: Int, _ reaped: inout Reaped, _ sha224: (ArraySlice<UInt8>) -> Bytes
    ) throws(Failure) {
        let suspects = try unleased(sha224)
        guard !suspects.isEmpty else { return }
        Connection.sleep(orphanAfter)
        for index in 0..<suspects.count {
            var item = ByteList()
            item.append(suspects[index])
            let answer = try call(.orphan, extraKeys: [leaseKey(sha224(suspects[index]))], item).bytes()
            if answer.equals("requeued") { reaped.orphans += 1 }
            if answer.equals("dead") { reaped.dead += 1 }
        }
    }

    /// Records that no state refers to, and delayed and dead items that have none.
    private mutating func reapStrays(_ reaped: inout Reaped) throws(Failure) {
        var ids = try strays()
        for state: State in [.delayed, .dead] {
            for oddity in try survey(state, long: .max, many: .max, naming: .max) where oddity.what.equals("bare") {
                ids += oddity.ids
            }
        }
        while !ids.isEmpty {
            try settleStrays(Array(ids.prefix(Self.smallBatch)), &reaped)
            ids.removeFirst(min(ids.count, Self.smallBatch))
        }
    }

    private mutating func settleStrays(_ ids: [Bytes], _ reaped: inout Reaped) throws(Failure) {
        var list = ByteList()
        for id in ids { list.append(id) }
        let answer = try call(.stray, list).list(of: 2)
        reaped.strays += try answer.at(0).count()
        reaped.lost += try answer.at(1).count()
    }

    /// The items of pushes that were broken off half way, which a torn append-only file can leave: they are older than
    /// what was pushed since, and so are taken first.
    private mutating func reapUnfinished(_ reaped: inout Reaped) throws(Failure) {
        for list in try Keyspace(server, &connection, queues: false, items: true).unfinished(of: queue) {
            var moved = 0
            repeat {
                moved = 0
                for _ in 0..<Self.batch { append(["LMOVE", .bytes(list), .bytes(queue.name), "LEFT", "RIGHT"]) }
                for _ in 0..<Self.batch where try receive() != .null { moved += 1 }
                reaped.strays += moved
            } while moved > 0
        }
    }

    /// Finds the items in Q:processing that have no lease key now.
    private mutating func unleased(_ sha224: (ArraySlice<UInt8>) -> Bytes) throws(Failure) -> ByteList {
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
                if item.equals(Queue.guardElement) { continue }
                held.append(item)
                append(["EXISTS", .bytes(leaseKey(sha224(item[...])))])
            }
            for item in held where try receive().integer() == 0 { suspects.append(item) }
            guard page.count == Self.batch else { return suspects }
            start += Self.batch
        }
    }

    /// The name of the key that a rediswq client's lease of an item has.
    func leaseKey(_ sha224: Bytes) -> Bytes { queue.key(":leased_by_session:") + sha224 }
}
