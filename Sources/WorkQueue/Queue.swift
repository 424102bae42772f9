import Base
import Redis

/// A queue's name and the Redis keys it lies in. See docs/protocol.md for what each key holds.
package struct Queue: Sendable {
    package let name: Bytes

    /// The suffixes of the keys after the ready list, in the order in which the scripts expect them. The third
    /// is the lease key of the guard: rediswq names leases after the SHA-224 of the item, here of `wq:busy`.
    static var suffixes: [StaticString] {
        [
            ":processing", ":leased_by_session:2842d3a1946f3123f21243f01e2f1e10401377297dad2d9b5f77352f",
            ":arriving", ":items", ":leased", ":delayed", ":dead", ":attempts", ":producers", ":config",
            ":stats", ":seq", ":lost",
        ]
    }

    /// No queue.
    static var none: Queue { Queue() }

    private init() { name = [] }

    /// - Throws: `.usage` for a name that is empty or could be one of another queue's keys.
    package init(_ name: Bytes) throws(Failure) {
        guard !name.isEmpty else { throw Failure(.usage, "the queue's name is empty") }
        for suffix in Self.suffixes where Self.has(name, suffix: suffix) {
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

    /// Whether the name has a hash tag, `{...}`, by which a cluster keeps all its keys in one place.
    package var hasHashTag: Bool {
        guard let open = name.firstIndex(of: 0x7B), let close = name[open...].firstIndex(of: 0x7D) else { return false }
        return close > open + 1
    }

    /// The name of one of the queue's keys.
    package func key(_ suffix: StaticString) -> Bytes { name + Bytes(suffix) }

    /// The command that waits for an item, which then lies in Q:arriving.
    /// - Parameter span: how long to wait at most, in ms.
    package func blockingMove(within span: Int) -> ByteList {
        ["BLMOVE", .bytes(name), .bytes(key(":arriving")), "RIGHT", "LEFT", .bytes(seconds(span))]
    }

    /// All keys that every script is given, the ready list first.
    var keys: ByteList {
        var keys = ByteList()
        keys.append(name)
        for suffix in Self.suffixes { keys.append(key(suffix)) }
        return keys
    }
}
