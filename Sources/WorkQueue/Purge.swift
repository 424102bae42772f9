import Base
import Redis

extension Session {
    /// Removes every key of the queue, the memory being freed in the background.
    /// - Parameter force: even while leases are live.
    /// - Returns: nil, or how many leases are live, when nothing was removed.
    package mutating func purge(force: Bool) throws(Failure) -> Int? {
        var list = ByteList()
        list.append(force ? 1 : 0)
        let answer = try call(.purge, list).list()
        if try answer.at(0).count(most: 1) == 0 { return try answer.at(1).integer() }
        for prefix: StaticString in [":push:", ":leased_by_session:"] {
            try removeAll(startingWith: queue.key(prefix))
        }
        return nil
    }

    /// Removes the keys with the prefix, a page of the keyspace at a time.
    private mutating func removeAll(startingWith prefix: Bytes) throws(Failure) {
        var pattern: Bytes = []
        for byte in prefix {
            if Bytes("*?[]\\^-").contains(byte) { pattern.append(0x5C) }
            pattern.append(byte)
        }
        pattern.append(0x2A)
        var cursor = Bytes("0")
        repeat {
            append(["SCAN", .bytes(cursor), "MATCH", .bytes(pattern), "COUNT", 1000])
            let page = try receive().list()
            cursor = try page.at(0).bytes()
            var unlink: ByteList = ["UNLINK"]
            for key in try page.at(1).list() { unlink.append(try key.bytes()) }
            if unlink.count > 1 {
                append(unlink)
                _ = try receive()
            }
        } while !cursor.equals("0")
    }
}
