import Base
import Redis

/// What a session finds out about a refusal, beyond what Redis says.
extension Session {
    /// The command that a user may not run. Redis names only the line of the script; if that line has several commands,
    /// all of them are named.
    /// - Returns: nil if the reply names no line, or the line has no command.
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

    /// Adds to the message of a failure at a replica where its primary is. Waits for all outstanding answers first.
    package mutating func namePrimary(in failure: inout Failure) {
        // Sentinels and clusters name it themselves.
        guard failure.cause == .replica, !situation(now: 0).hasAlternatives, let primary = findPrimary() else { return }
        failure.message += "; it is at \(primary)"
    }

    /// The address of the primary whose replica the server is; nil if it does not tell. Waits for all outstanding answers
    /// first.
    private mutating func findPrimary() -> String? {
        while !outstanding.isEmpty {
            do throws(Failure) { _ = try receive() } catch { if error.isDisconnection { return nil } }
        }
        connection.append(["INFO", "replication"])
        do throws(Failure) {
            guard case .bytes(let info) = try connection.receive(timeout: patience) else { return nil }
            return ServerFacts(info: info, settings: nil).primary
        } catch {
            return nil
        }
    }

    /// Waits for all outstanding answers, then looks with TYPE for a key of another type than wq gives it.
    /// - Returns: a sentence that names the key; nil if all keys have their types.
    package mutating func findWrongType() throws(Failure) -> String? {
        while !outstanding.isEmpty {
            do throws(Failure) { _ = try receive() } catch { guard error.exit == .badData else { throw error } }
        }
        for entry in Queue.keyTable {
            let key = queue.key(entry.suffix)
            connection.append(["TYPE", .bytes(key)])
            guard case .bytes(let type) = try connection.receive(timeout: patience) else { return nil }
            if !type.equals(entry.type), !type.equals("none") {
                return "the key \(key.printable) is a \(type.printable), not a \(entry.type) as wq keeps it:"
                    + " rename it, or use another queue name"
            }
        }
        return nil
    }
}
