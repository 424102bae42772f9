import Base
import Redis

/// Something that could lose work or keeps it from being done, or that could not be looked at.
package struct Finding: Sendable {
    /// Whether it is only that it could not be seen.
    package var isUnseen = false
    /// One word.
    package var subject: StaticString
    /// What is so, and what to do about it.
    package var text: String
    /// The commands that mend it, one after the other.
    package var commands: [String] = []
}

/// What the server says of itself (`INFO`), and its settings as far as they may be read (`CONFIG GET`).
package struct ServerFacts: Sendable {
    private let info: Bytes
    private let settings: [Value]?

    package init(info: Bytes, settings: [Value]?) {
        self.info = info
        self.settings = settings
    }

    /// The settings that the doctor asks for: by name, since others are passwords.
    static var asked: [StaticString] {
        ["appendonly", "appendfsync", "save", "maxmemory-policy", "min-replicas-to-write", "aclfile"]
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

    /// The address of the primary, if this is a replica.
    var primary: String? {
        guard let host = info("master_host"), let port = number("master_port") else { return nil }
        return Address(host: host, port: port).text
    }

    package var isCluster: Bool { info("cluster_enabled")?.equals("1") ?? false }

    /// Whether there is an append-only file; nil if that cannot be seen.
    var hasAppendOnlyFile: Bool? {
        if let enabled = number("aof_enabled") { return enabled != 0 }
        return setting("appendonly").map { $0.equals("yes") }
    }

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

    /// Whether this is a Redis that checks transactions in its append-only file by the rights of the user default.
    var checksTransactions: Bool {
        if info("valkey_version") != nil { return false }
        guard let version = info("redis_version") else { return true }
        return !version.starts(with: "6.")
    }

    /// What is wrong with the server.
    /// - Parameter replicas: how many must be connected.
    package func findings(replicas: Int, _ remedies: Remedies) -> [Finding] {
        var report = ServerReport(remedies: remedies, hasFile: !(info("config_file") ?? []).isEmpty)
        version(&report)
        memory(&report)
        persistence(&report)
        let expected = max(replicas, setting("min-replicas-to-write")?.decimal ?? 0)
        if expected > 0, number("connected_slaves") == nil {
            report.unseen("replicas", "INFO does not tell how many replicas are connected")
        }
        if let connected = number("connected_slaves"), connected < expected {
            report.found("replicas", "\(count(connected, "replica")) connected, \(expected) expected")
        }
        return report.findings
    }

    private struct ServerReport {
        let remedies: Remedies
        /// Whether the server has a file that it can write its settings to.
        let hasFile: Bool
        var findings: [Finding] = []

        mutating func found(_ subject: StaticString, _ text: String, _ commands: [String] = []) {
            findings.append(Finding(subject: subject, text: text, commands: commands))
        }

        mutating func unseen(_ subject: StaticString, _ text: String) {
            findings.append(Finding(isUnseen: true, subject: subject, text: text))
        }

        /// The commands that change a setting of the server, now and for its next start.
        func set(_ setting: String) -> [String] {
            [remedies.redis("config set " + setting)] + (hasFile ? [remedies.redis("config rewrite")] : [])
        }
    }

    private func version(_ report: inout ServerReport) {
        if let version = info("redis_version") {
            let parts = version.split(separator: UInt8(ascii: ".")).map { $0.decimal ?? 0 }
            if parts.count > 1, parts[0] < 6 || parts[0] == 6 && parts[1] < 2 {
                report.found("version", filled("Redis % is too old: wq needs 6.2 or newer", version.printable))
            }
        } else {
            report.unseen("version", "INFO does not tell the server's version")
        }
        guard let role = info("role"), !role.equals("master") else { return }
        guard let primary else {
            return report.found("role", "this server is a replica and takes no writes: connect to its primary")
        }
        report.found(
            "role", filled("this server is a replica and takes no writes: connect to its primary, %", primary),
            ["wq-doctor -u " + String(decoding: shellWord(Bytes(primary.utf8)), as: UTF8.self)])
    }

    private func memory(_ report: inout ServerReport) {
        if let policy = info("maxmemory_policy") ?? setting("maxmemory-policy") {
            if !policy.equals("noeviction") {
                report.found(
                    "eviction",
                    filled(
                        """
                        maxmemory-policy is %: Redis may remove items to make room; set it to noeviction
                        """, policy.printable), report.set("maxmemory-policy noeviction"))
            }
        } else {
            report.unseen("eviction", "maxmemory-policy cannot be read: it must be noeviction")
        }
        if let evicted = number("evicted_keys"), evicted > 0 {
            report.found(
                "evicted",
                filled(
                    """
                    % evicted since the server started: items may be among them; when you have looked (wq-stat \
                    --audit), begin to count anew
                    """, count(evicted, "key")),
                [report.remedies.redis("config resetstat")])
        }
        if let used = number("used_memory"), let limit = number("maxmemory"), limit > 0, used * 10 > limit * 9 {
            report.found(
                "memory",
                "\(used * 100 / limit) % of maxmemory is used: pushing is refused when it is full; raise it,"
                    + " if the machine has as much", report.set("maxmemory \(used / 2 * 3)"))
        }
    }

    private func persistence(_ report: inout ServerReport) {
        if let enabled = hasAppendOnlyFile, !enabled {
            let why =
                switch setting("save") {
                case .none: "the append-only file is off: a crash can lose items"
                case .some(let save) where save.isEmpty: "nothing is kept on disk: a restart loses every item"
                case .some: "only snapshots are kept: a crash loses what came since the last"
                }
            report.found("persistence", why + "; set appendonly to yes", report.set("appendonly yes"))
        } else if hasAppendOnlyFile == nil {
            report.unseen("persistence", "INFO does not tell whether the append-only file is on")
        } else if let policy = setting("appendfsync") {
            if policy.equals("no") {
                report.found(
                    "fsync", "appendfsync is no: a crash of the machine loses items; set it to everysec or always",
                    report.set("appendfsync everysec"))
            }
        } else {
            report.unseen("fsync", "CONFIG GET is not permitted: appendfsync must be everysec or always")
        }
        let checks: [(StaticString, String)] = [
            ("aof_last_write_status", "bgrewriteaof"), ("aof_last_bgrewrite_status", "bgrewriteaof"),
            ("rdb_last_bgsave_status", "bgsave"),
        ]
        for (field, command) in checks {
            if let status = info(field), !status.equals("ok") {
                report.found(
                    "disk",
                    filled(
                        """
                        % is %: Redis could not write; see its log and the disk, and try again
                        """, "\(field)", status.printable),
                    [report.remedies.redis(command)])
            }
        }
    }
}

extension Connection {
    /// Asks the server about itself. What it does not tell is missing: managed servers often know no CONFIG at all.
    /// - Parameter timeout: how long it may take for each answer, in ms.
    package mutating func facts(timeout: Int) throws(Failure) -> ServerFacts {
        append(["INFO"])
        for name in ServerFacts.asked {
            var command: ByteList = ["CONFIG", "GET"]
            command.append(name)
            append(command)
        }
        let info = try resultUnlessRefused(timeout)?.bytes() ?? []
        var settings: [Value]?
        for _ in ServerFacts.asked {
            if let pair = try resultUnlessRefused(timeout)?.list() { settings = (settings ?? []) + pair }
        }
        return ServerFacts(info: info, settings: settings)
    }

    /// The next reply; nil if the user may not run this command, or the server knows none of that name.
    mutating func resultUnlessRefused(_ timeout: Int) throws(Failure) -> Value? {
        do throws(Failure) { return try result(timeout) } catch {
            guard error.isOneCommandRefused || error.cause == .refused else { throw error }
            return nil
        }
    }
}

func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

/// What a look at a server and its queues told.
package struct Examined: Sendable {
    package var software: String
    package var findings: [Finding]
    /// Why some queue could not be looked at, by this user or by programs of this version.
    package var failure: Failure?
}

/// Looks at a server, and at queues on it.
/// - Parameters:
///   - queues: nil for all that there are.
///   - replicas: how many must be connected.
///   - url: the server's address, if commands must name it.
///   - sha224: the SHA-224 of an item in hexadecimal digits, by which rediswq names the item's lease.
package func examine(
    _ server: Server, _ connection: consuming Connection, _ queues: [Queue]?, _ replicas: Int, _ url: String?,
    sha224: (ArraySlice<UInt8>) -> Bytes
) throws(Failure) -> Examined {
    let facts = try connection.facts(timeout: server.commandTimeout)
    let remedies = Remedies(
        url: url, server.address.at(connection.node.endpoint), user: server.address.credentials.user,
        isCluster: facts.isCluster)
    var examined = Examined(software: facts.software, findings: facts.findings(replicas: replicas, remedies))
    var keyspace: Keyspace?
    do throws(Failure) {
        keyspace = try Keyspace(server, &connection, queues: queues == nil, items: true)
    } catch {
        guard error.isOneCommandRefused || error.cause == .refused else { throw error }
        examined.findings.append(
            Finding(
                isUnseen: true, subject: "queues",
                text: (queues == nil ? "which queues there are" : "what pushes left behind")
                    + " cannot be seen: \(error.message)"))
    }
    let queues = queues ?? keyspace?.queues ?? []
    examined.findings += try connection.replayFindings(facts, queues, remedies, timeout: server.commandTimeout)
    guard let first = queues.first else { return examined }
    var session = Session(first, server, connection)
    for queue in queues {
        session.queue = queue
        let (findings, failure) = try session.findings(
            facts, remedies, unfinished: keyspace?.unfinished(of: queue) ?? [], sha224: sha224)
        examined.findings += findings
        examined.failure = examined.failure ?? failure
    }
    return examined
}
