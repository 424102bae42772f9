import Base
import Redis

/// What the keys of a server, or of all nodes of a cluster, tell: which queues there are.
package struct Keyspace: Sendable {
    /// The queues in the order of their names.
    package private(set) var queues: [Queue] = []
    /// The lists of pushes that were broken off half way. The name of each begins with that of its queue.
    private var unfinished: [Bytes] = []

    /// Looks through all keys, a page at a time, so that nobody has to wait for long. A queue is what has `format` in
    /// `Q:config`: nothing tells a list that only others ever used from a list that is none.
    /// - Parameters:
    ///   - findsQueues: whether queues are looked for.
    ///   - findsItems: whether lists are looked for that pushes left behind.
    /// If the connection breaks, a new one takes its place, and the look begins anew.
    package init(
        _ server: Server, _ connection: inout Connection, queues findsQueues: Bool, items findsItems: Bool
    ) throws(Failure) {
        var recovery = Recovery()
        while true {
            do throws(Failure) {
                self = try Keyspace(server, &connection, findsQueues, findsItems)
                return
            } catch {
                let stage: Recovery.Stage = error.isDisconnection ? .connection : .reply
                let situation = Recovery.Situation(now: monotonic(), patience: server.connectTimeout)
                guard case .reconnect(let pause, _) = recovery.decide(after: error, at: stage, situation) else {
                    throw error
                }
                Connection.sleep(max(1, pause))
                connection = try Connection(server, timeout: server.connectTimeout)
            }
        }
    }

    private init(
        _ server: Server, _ connection: inout Connection, _ findsQueues: Bool, _ findsItems: Bool
    ) throws(Failure) {
        let nodes = try connection.clusterNodes(timeout: server.commandTimeout)
        var names: [Bytes] = []
        if nodes.isEmpty {
            try look(&connection, server, findsQueues, findsItems, &names)
        }
        for node in nodes {
            let there = server.at(node)
            var connection = try Connection(there, timeout: there.connectTimeout)
            try look(&connection, there, findsQueues, findsItems, &names)
        }
        // SCAN may show a key twice, and so may two nodes while its slot moves.
        names.sort { $0.lexicographicallyPrecedes($1) }
        for (index, name) in names.enumerated() where index == 0 || names[index - 1] != name {
            do throws(Failure) { queues.append(try Queue(name)) } catch {}
        }
    }

    /// The lists that pushes of the queue left behind.
    package func unfinished(of queue: Queue) -> [Bytes] {
        let prefix = queue.key(":push:")
        return unfinished.filter { $0.starts(with: prefix) }
    }

    private static func hasValue(_ reply: Value) -> Bool {
        if case .list(let values) = reply { values.contains { $0 != .null } } else { false }
    }

    private mutating func look(
        _ connection: inout Connection, _ server: Server, _ findsQueues: Bool, _ findsItems: Bool,
        _ names: inout [Bytes]
    ) throws(Failure) {
        let patience = server.commandTimeout
        if findsQueues {
            let suffix: StaticString = ":config"
            var scan = Scan(["MATCH", "*:config"])
            while let keys = try scan.next(&connection, timeout: patience) {
                let all = keys.map { Bytes($0.dropLast(suffix.utf8CodeUnitCount)) }
                for name in all {
                    connection.append(["HMGET", .bytes(name + Bytes(":config")), "format"])
                    // A key of another type may have taken the place of the settings.
                    connection.append(["HMGET", .bytes(name + Bytes(":stats")), "pushed", "leased"])
                }
                for name in all {
                    let settings = try connection.receive(timeout: patience)
                    let counters = try connection.receive(timeout: patience)
                    if Self.hasValue(settings) || settings.isError && Self.hasValue(counters) { names.append(name) }
                }
            }
        }
        if findsItems {
            var scan = Scan(["MATCH", "*:push:*", "TYPE", "list"])
            while let keys = try scan.next(&connection, timeout: patience) {
                for key in keys where !unfinished.contains(key) { unfinished.append(key) }
            }
        }
    }
}

/// A look through the server's keys that match, a page at a time, so that nobody has to wait for long. A key may come twice.
struct Scan {
    private let filter: ByteList
    /// How many keys a server looks at in one step.
    private static var page: Int { 1000 }
    /// nil after the last page.
    private var cursor: Bytes? = Bytes("0")

    /// - Parameter filter: the options of SCAN.
    init(_ filter: ByteList) { self.filter = filter }

    /// A pattern for the keys whose names begin like that: a backslash keeps the characters that have a meaning in patterns
    /// from having it. Source: <https://redis.io/docs/latest/commands/keys/>
    static func pattern(beginning prefix: Bytes) -> Bytes {
        var pattern: Bytes = []
        for byte in prefix {
            if Bytes("*?[]\\^-").contains(byte) { pattern.append(UInt8(ascii: "\\")) }
            pattern.append(byte)
        }
        return pattern + Bytes("*")
    }

    /// - Returns: the next page, which may be empty; nil at the end.
    mutating func next(_ connection: inout Connection, timeout: Int) throws(Failure) -> [Bytes]? {
        guard let start = cursor else { return nil }
        var command: ByteList = ["SCAN", .bytes(start), "COUNT", .number(Self.page)]
        command.append(contentsOf: filter)
        connection.append(command)
        let page = try connection.result(timeout).list()
        let next = try page.at(0).bytes()
        if next == start, !next.equals("0") { throw Value.unexpected("the look through the keys does not go on") }
        cursor = next.equals("0") ? nil : next
        var keys: [Bytes] = []
        for key in try page.at(1).list() { keys.append(try key.bytes()) }
        return keys
    }
}

extension Connection {
    /// The nodes of a cluster that take writes; none if the server is in no cluster.
    mutating func clusterNodes(timeout: Int) throws(Failure) -> [Address.Endpoint] {
        append(["CLUSTER", "SLOTS"])
        var nodes: [Address.Endpoint] = []
        switch try receive(timeout: timeout) {
        case .list(let ranges):
            for range in ranges {
                let place = try range.list().at(2).list()
                let port = try place.at(1).count(most: Address.highestPort)
                var host: Bytes = []
                if case .bytes(let name) = try place.at(0) { host = name }
                var endpoint = Redirection(host: host, port: port).endpoint(seenFrom: node.endpoint)
                // The node that answers does not always know its own name.
                if host.isEmpty, case .unix = node.endpoint { endpoint = node.endpoint }
                if !nodes.contains(endpoint) { nodes.append(endpoint) }
            }
        case .error(let text):
            let failure = failure(ofOperation: text)
            if failure.cause == .refused { return [] }
            guard failure.isOneCommandRefused else { throw failure }
            // Whoever may not ask this may still learn that there is no cluster.
            append(["INFO", "cluster"])
            guard case .bytes(let info) = try receive(timeout: timeout), info.end(of: "cluster_enabled:0") != nil else {
                throw failure
            }
        default: throw Value.unexpected("a list of slots was expected")
        }
        return nodes
    }

    /// The next reply.
    /// - Throws: what an error reply stands for.
    mutating func result(_ timeout: Int) throws(Failure) -> Value {
        let value = try receive(timeout: timeout)
        if case .error(let text) = value { throw failure(ofOperation: text) }
        return value
    }
}

extension Failure {
    /// Whether this user is known, and may not run the command.
    package var isOneCommandRefused: Bool { exit == .notPermitted && cause != .unauthenticated }
}
