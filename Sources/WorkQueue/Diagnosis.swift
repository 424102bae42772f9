import Base
import Redis

/// What a session finds out about a refusal, beyond what Redis says.
extension Session {
    /// The command that a user may not run, or the commands among which it is: Redis tells only the line of the script.
    func refusedCommand(_ script: Script, _ reply: Bytes) -> String? {
        guard let mark = reply.end(of: "user_script:"),
            let number = Bytes(reply[mark...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }).decimal,
            number > 0
        else { return nil }
        let lines = text(script).split(
            separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        var rest = Bytes(lines[number - 1])
        var names: [String] = []
        while let end = rest.end(of: "call('") {
            rest = Bytes(rest[end...])
            names.append(Bytes(rest.prefix { $0 != UInt8(ascii: "'") }).printable)
        }
        return names.isEmpty ? nil : names.joined(separator: " or ")
    }

    /// Names the key that has another type than it should. Waits for all outstanding answers first.
    package mutating func findWrongType() throws(Failure) -> String? {
        while !outstanding.isEmpty {
            do throws(Failure) { _ = try receive() } catch { guard error.exit == .badData else { throw error } }
        }
        let types: [StaticString] = [
            "list", "list", "string", "list", "hash", "zset", "zset", "zset", "hash", "zset", "hash", "hash",
            "string", "zset",
        ]
        let keys = queue.keys
        for index in 0..<keys.count {
            connection.append(["TYPE", .bytes(Bytes(keys[index]))])
            guard case .bytes(let type) = try connection.receive(timeout: patience) else { return nil }
            if !type.equals(types[index]), !type.equals("none") {
                return "the key \(keys[index].printable) is a \(type.printable), not a \(types[index]) as wq keeps it:"
                    + " rename it, or use another queue name"
            }
        }
        return nil
    }
}
