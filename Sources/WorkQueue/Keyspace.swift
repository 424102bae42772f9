import Base
import Redis

/// What the keys of a server, or of all nodes of a cluster, tell: which queues there are.
package struct Keyspace: Sendable {
    /// In the order of their names.
    package private(set) var queues: [Queue] = []
    /// The lists in which pushes lie that were broken off half way: each has the name of its queue in front.
    private var unfinished: [Bytes] = []

    /// How many keys a server looks at in one step.
    private static var page: Int { 1000 }

    /// Looks through all keys, a page at a time, so that nobody has to wait for long. A queue is what has `format` in
    /// `Q:config`: nothing tells a list that only others ever used from a list that is none.
    /// - Parameters:
    ///   - findsQueues: whether queues are looked for.
    ///   - findsItems: whether lists are looked for that pushes left behind.
    package init(
        _ server: Server, _ connection: inout Connection, queues findsQueues: Bool, items findsItems: Bool
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
            try connection.scan(["MATCH", "*:config"], timeout: patience) { (connection, keys) throws(Failure) in
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
            try connection.scan(["MATCH", "*:push:*", "TYPE", "list"], timeout: patience) { (_, keys) in
                for key in keys where !unfinished.contains(key) { unfinished.append(key) }
            }
        }
    }
}

extension Connection {
    /// Hands over the server's keys that match, a page at a time. A key may come twice.
    /// - Parameter filter: the options of SCAN.
    package mutating func scan(
        _ filter: ByteList, timeout: Int, _ body: (inout Connection, [Bytes]) throws(Failure) -> Void
    ) throws(Failure) {
        var cursor = Bytes("0")
        repeat {
            var command: ByteList = ["SCAN", .bytes(cursor), "COUNT", "1000"]
            command.append(contentsOf: filter)
            append(command)
            let page = try result(timeout).list()
            let next = try page.at(0).bytes()
            if next == cursor, !next.equals("0") { throw Value.unexpected("the look through the keys does not go on") }
            cursor = next
            var keys: [Bytes] = []
            for key in try page.at(1).list() { keys.append(try key.bytes()) }
            if !keys.isEmpty { try body(&self, keys) }
        } while !cursor.equals("0")
    }

    /// The nodes of a cluster that take writes; none if the server is in no cluster.
    mutating func clusterNodes(timeout: Int) throws(Failure) -> [Address.Endpoint] {
        append(["CLUSTER", "SLOTS"])
        var nodes: [Address.Endpoint] = []
        switch try receive(timeout: timeout) {
        case .list(let ranges):
            for range in ranges {
                let place = try range.list().at(2).list()
                let port = try place.at(1).count(most: 65535)
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
