import Base
import Redis

/// A queue's name and the names of its Redis keys. docs/protocol.md says what each key holds.
package struct Queue: Sendable {
    package let name: Bytes

    /// One of the keys that every script gets.
    struct Key {
        /// What follows the queue's name in the key's name.
        let suffix: StaticString
        /// The type of the value, as the TYPE command names it.
        let type: StaticString
        /// The name of the variable that has the key in the scripts (common.lua).
        let variable: StaticString

        init(_ suffix: StaticString, _ type: StaticString, _ variable: StaticString) {
            self.suffix = suffix
            self.type = type
            self.variable = variable
        }
    }

    /// The guard: an element of `Q:processing` that keeps the queue from looking empty to rediswq while wq holds anything.
    static var guardElement: StaticString { "wq:busy" }

    /// All keys that every script gets, in the order of KEYS. The third is the lease key of the guard: rediswq names a
    /// lease after the SHA-224 of its item, which here is the guard.
    static var keyTable: [Key] {
        [
            Key("", "list", "ready"),
            Key(":processing", "list", "processing"),
            Key(
                ":leased_by_session:2842d3a1946f3123f21243f01e2f1e10401377297dad2d9b5f77352f", "string", "guard_lease"),
            Key(":arriving", "list", "arriving"),
            Key(":items", "hash", "items"),
            Key(":leased", "zset", "leased"),
            Key(":delayed", "zset", "delayed"),
            Key(":suspects", "zset", "suspects"),
            Key(":dead", "zset", "dead"),
            Key(":attempts", "hash", "attempts"),
            Key(":producers", "zset", "producers"),
            Key(":config", "hash", "config"),
            Key(":stats", "hash", "stats"),
            Key(":seq", "string", "seq"),
            Key(":lost", "zset", "lost"),
            Key(":known", "zset", "known"),
            Key(":calls", "hash", "calls"),
        ]
    }

    /// - Throws: `.usage` if the name is empty, or could be that of another queue's key.
    package init(_ name: Bytes) throws(Failure) {
        guard !name.isEmpty else { throw Failure(.usage, "the queue's name is empty") }
        for key in Self.keyTable.dropFirst() where Self.has(name, suffix: key.suffix) {
            throw Self.refused(name)
        }
        if Self.has(name, suffix: ":push") || Self.has(name, suffix: ":leased_by_session")
            || Self.has(name, suffix: ":leased_by_session:", within: true)
            || Self.has(name, suffix: ":push:", within: true)
        {
            throw Self.refused(name)
        }
        self.name = name
    }

    private static func has(_ name: Bytes, suffix: StaticString, within: Bool = false) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard name.count >= length else { return false }
        if !within { return name[(name.count - length)...].starts(with: suffix) }
        for at in 0...(name.count - length) where name[at...].starts(with: suffix) { return true }
        return false
    }

    private static func refused(_ name: Bytes) -> Failure {
        Failure(
            .usage,
            "\(name.printable) cannot be a queue's name: it looks like a key that belongs to another queue")
    }

    /// What is in the name's hash tag, `{...}`, which makes a cluster keep all keys of the queue on one node; nil if there is
    /// none.
    /// Source: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>
    private var hashTag: ArraySlice<UInt8>? {
        guard let open = name.firstIndex(of: UInt8(ascii: "{")),
            let close = name[open...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return nil }
        return name[(open + 1)..<close]
    }

    /// Whether the name has a hash tag.
    package var hasHashTag: Bool { hashTag != nil }

    /// Whether both queues are on one node of each cluster, which goes by the hash tag or, if there is none, by the name.
    package func isBeside(_ other: Queue) -> Bool { (hashTag ?? name[...]) == (other.hashTag ?? other.name[...]) }

    /// The name of one of the queue's keys.
    package func key(_ suffix: StaticString) -> Bytes { name + Bytes(suffix) }

    /// The names of all keys that every script gets.
    var keys: ByteList {
        var keys = ByteList()
        for entry in Self.keyTable { keys.append(key(entry.suffix)) }
        return keys
    }
}
