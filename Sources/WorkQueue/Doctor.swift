import Base
import Redis

/// Something that could lose work, or that could not be looked at.
package struct Finding: Sendable {
    /// Whether it is only that it could not be seen.
    package var isUnseen = false
    /// One word.
    package var subject: StaticString
    /// What is so, and what to do about it.
    package var text: String
}

/// What the server says of itself (`INFO`), and its settings as far as they may be read (`CONFIG GET`).
package struct ServerFacts: Sendable {
    private let info: Bytes
    private let settings: [Value]?

    package init(info: Bytes, settings: [Value]?) {
        self.info = info
        self.settings = settings
    }

    /// A field of `INFO`.
    package func info(_ field: StaticString) -> Bytes? {
        for line in info.split(separator: UInt8(ascii: "\n")) where line.starts(with: field) {
            let rest = line.dropFirst(field.utf8CodeUnitCount)
            if rest.first == UInt8(ascii: ":") { return Bytes(rest.dropFirst().prefix { $0 != UInt8(ascii: "\r") }) }
        }
        return nil
    }

    /// The server's name and version.
    package var software: String {
        if let version = info("valkey_version") { return "Valkey \(version.printable)" }
        guard let version = info("redis_version") else { return "Redis of unknown version" }
        return "Redis \(version.printable)"
    }

    package func number(_ field: StaticString) -> Int? { info(field)?.decimal.map { min($0, 1 << 50) } }

    /// A setting of `CONFIG`; nil if it is not there or may not be read.
    func setting(_ name: StaticString) -> Bytes? {
        guard let settings else { return nil }
        var index = 0
        while index + 1 < settings.count {
            if case .bytes(let key) = settings[index], case .bytes(let value) = settings[index + 1], key.equals(name) {
                return value
            }
            index += 2
        }
        return nil
    }

    /// What is wrong with the server.
    /// - Parameter replicas: how many must be connected.
    package func findings(replicas: Int) -> [Finding] {
        var findings: [Finding] = []
        func found(_ subject: StaticString, _ text: String) {
            findings.append(Finding(subject: subject, text: text))
        }
        func unseen(_ subject: StaticString, _ text: String) {
            findings.append(Finding(isUnseen: true, subject: subject, text: text))
        }
        if let version = info("redis_version") {
            let parts = version.split(separator: UInt8(ascii: ".")).map { $0.decimal ?? 0 }
            if parts.count > 1, parts[0] < 6 || parts[0] == 6 && parts[1] < 2 {
                found("version", "Redis \(version.printable) is too old: wq needs 6.2 or newer")
            }
        } else {
            unseen("version", "INFO does not tell the server's version")
        }
        if let role = info("role"), !role.equals("master") {
            found("role", "this server is a replica and takes no writes: connect to its primary")
        }
        if let policy = info("maxmemory_policy") ?? setting("maxmemory-policy") {
            if !policy.equals("noeviction") {
                found(
                    "eviction",
                    "maxmemory-policy is \(policy.printable): Redis may remove items to make room;"
                        + " set it to noeviction")
            }
        } else {
            unseen("eviction", "maxmemory-policy cannot be read: it must be noeviction")
        }
        if let evicted = number("evicted_keys"), evicted > 0 {
            found("evicted", "\(count(evicted, "key")) evicted since the server started: items may be among them")
        }
        if let used = number("used_memory"), let limit = number("maxmemory"), limit > 0, used * 10 > limit * 9 {
            found(
                "memory",
                "\(used * 100 / limit) % of maxmemory is used: pushing is refused when it is full; raise it")
        }
        persistence(found, unseen)
        let expected = max(replicas, setting("min-replicas-to-write")?.decimal ?? 0)
        if expected > 0, number("connected_slaves") == nil {
            unseen("replicas", "INFO does not tell how many replicas are connected")
        }
        if let connected = number("connected_slaves"), connected < expected {
            found("replicas", "\(count(connected, "replica")) connected, \(expected) expected")
        }
        return findings
    }

    private func persistence(
        _ found: (StaticString, String) -> Void, _ unseen: (StaticString, String) -> Void
    ) {
        if let enabled = number("aof_enabled"), enabled == 0 {
            if let save = setting("save") {
                found(
                    "persistence",
                    save.isEmpty
                        ? "nothing is kept on disk: a restart loses every item; set appendonly to yes"
                        : "only snapshots are kept: a crash loses what came since the last; set appendonly to yes")
            } else {
                found("persistence", "the append-only file is off: a crash can lose items; set appendonly to yes")
            }
        } else if number("aof_enabled") == nil {
            unseen("persistence", "INFO does not tell whether the append-only file is on")
        } else if let policy = setting("appendfsync") {
            if policy.equals("no") {
                found("fsync", "appendfsync is no: a crash of the machine loses items; set it to everysec or always")
            }
        } else {
            unseen("fsync", "CONFIG GET is not permitted: appendfsync must be everysec or always")
        }
        for field: StaticString in ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"] {
            if let status = info(field), !status.equals("ok") {
                found("disk", "\(field) is \(status.printable): Redis could not write; see its log and the disk")
            }
        }
    }
}

extension Connection {
    /// Asks the server about itself.
    /// - Parameter timeout: how long it may take for each answer, in ms.
    package mutating func facts(timeout: Int) throws(Failure) -> ServerFacts {
        append(["INFO"])
        append(["CONFIG", "GET", "*"])
        var info: Bytes = []
        var settings: [Value]?
        do throws(Failure) { info = try answer(timeout).bytes() } catch {
            guard error.isOneCommandRefused else { throw error }
        }
        do throws(Failure) { settings = try answer(timeout).list() } catch {
            // Managed servers often know no CONFIG at all.
            guard error.isOneCommandRefused || error.exit == .unexpectedReply else { throw error }
        }
        return ServerFacts(info: info, settings: settings)
    }

    private mutating func answer(_ timeout: Int) throws(Failure) -> Value {
        let value = try receive(timeout: timeout)
        if case .error(let text) = value { throw failure(ofOperation: text) }
        return value
    }
}

extension Session {
    /// What is wrong with the queue.
    package mutating func findings(_ facts: ServerFacts) throws(Failure) -> [Finding] {
        let name = queue.name.printable
        var findings: [Finding] = []
        func found(_ subject: StaticString, _ text: String) {
            findings.append(Finding(subject: subject, text: "\(name) \(text)"))
        }
        if let cluster = facts.info("cluster_enabled"), cluster.equals("1"), !queue.hasHashTag {
            found("cluster", "has no hash tag: in a cluster its keys lie apart; call it {\(name)}")
            return findings
        }
        let census = try census()
        if census.overdue > 60_000 {
            found(
                "expired",
                "has a lease that ended \(roughly(census.overdue)) ago: nobody works on it or reaps;"
                    + " run wq-reap from cron")
        }
        if census.dead > 0 {
            found("dead", "has \(count(census.dead, "dead item")): see wq-list --dead, then wq-retry")
        }
        var orphans = 0
        try list(.rediswq, limit: Int.max) { (entries) throws(Failure) in
            for entry in entries where entry.reason.equals("no lease") { orphans += 1 }
        }
        if orphans > 0 {
            found("orphans", "has \(count(orphans, "item")) that a rediswq client took and does not hold: run wq-reap")
        }
        if census.difference < 0 {
            found(
                "audit",
                "lacks \(-census.difference) of the items that were pushed: others took them (rediswq, redis-cli),"
                    + " or Redis lost them")
        }
        return findings
    }
}

extension Failure {
    /// Whether this user is known, and may not run the command.
    fileprivate var isOneCommandRefused: Bool { exit == .notPermitted && cause != .unauthenticated }
}

func count(_ number: Int, _ noun: StaticString) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
