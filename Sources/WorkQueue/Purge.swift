import Base
import Redis

extension Session {
    /// Removes every key of the queue. Redis frees the memory in the background (UNLINK).
    /// - Parameter force: whether to remove the queue even while leases are live.
    /// - Returns: nil if the queue was removed, else how many leases are live.
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

    /// How many keys of the database one SCAN looks at: the pages are large, since the queue has few of them.
    private static var scanPage: Int { 1000 }

    /// Removes all keys whose names begin with the prefix, a page of the database at a time.
    private mutating func removeAll(startingWith prefix: Bytes) throws(Failure) {
        // A backslash keeps the characters that have a meaning in a pattern (see KEYS) from having it.
        var pattern: Bytes = []
        for byte in prefix {
            if Bytes("*?[]\\^-").contains(byte) { pattern.append(UInt8(ascii: "\\")) }
            pattern.append(byte)
        }
        pattern.append(UInt8(ascii: "*"))
        var cursor = Bytes("0")
        repeat {
            append(["SCAN", .bytes(cursor), "MATCH", .bytes(pattern), "COUNT", .number(Self.scanPage)])
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
