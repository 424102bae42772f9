import Base
import CPosix
import Redis

/// A queue on a server: one connection, and the operations (in the files beside this one).
package struct Session: ~Copyable {
    /// The queue that the operations are about.
    package var queue: Queue
    package var connection: Connection
    package let server: Server
    /// Digests of the scripts that were loaded, because this process runs them over and over.
    private var loaded: [(script: Script, digest: Bytes)] = []
    /// Answers that were not yet received.
    private var outstanding: [Expected] = []
    /// The node of a cluster that has the queue.
    package private(set) var node: Address.Endpoint?
    /// Whether the node must be told before each command that a redirection led here.
    package private(set) var isAsking = false

    private struct Expected {
        enum Kind {
            case answer
            /// One that is followed by how many replicas have it.
            case acknowledgement
            /// One that nobody waits for.
            case nothing
            /// That a command of a transaction was taken, or why not.
            case queued
            /// Those of a transaction's commands.
            case transaction
        }

        var kind = Kind.answer
        var script: Script?
    }

    /// How many items one call handles; Redis serves nobody else meanwhile.
    package static let batch = 200
    /// The same for what costs Redis more: items that go back, or whose records are read.
    package static let smallBatch = 64
    /// How many calls may be under way at once.
    package static let window = 4
    /// How long Redis may take for an answer, in ms.
    package var patience: Int

    /// Connects, waiting up to `server.connectTimeout` for a server that is not there yet.
    /// - Parameters:
    ///   - queue: nil for a caller that only asks about the server, or names a queue later.
    ///   - once: whether to try only once, and no longer than `briefly`.
    ///   - node: the node of a cluster that has the queue, if it is known.
    package init(
        _ queue: Queue?, _ server: Server, once: Bool = false, node: Address.Endpoint? = nil
    ) throws(Failure) {
        let connection = try Connection(
            server.at(node), timeout: once ? min(Self.briefly, server.connectTimeout) : server.connectTimeout,
            once: once)
        self.init(queue, server, connection, node: node)
    }

    /// Connects like the other one, but minds something else between tries, which are short.
    /// - Parameter wait: waits for so many ms. It may give up by throwing.
    package init(_ queue: Queue, _ server: Server, wait: (Int) throws(Failure) -> Void) throws(Failure) {
        let connection = try Connection(server, timeout: server.connectTimeout, longest: Self.briefly, wait: wait)
        self.init(queue, server, connection, node: nil)
    }

    /// How long one try to connect takes at most, in ms, for a caller that has other things to do.
    private static var briefly: Int { 2000 }

    private init(_ queue: Queue?, _ server: Server, _ connection: consuming Connection, node: Address.Endpoint?) {
        self.connection = connection
        self.server = server
        patience = server.commandTimeout
        self.queue = queue ?? Queue.none
        self.node = node
    }

    /// A new connection in place of one that broke.
    /// - Parameters:
    ///   - timeout: in ms; by default that of the first connection.
    ///   - once: whether to try only once.
    package mutating func reconnect(timeout: Int? = nil, once: Bool = false) throws(Failure) {
        loaded = []
        outstanding = []
        connection = try Connection(server.at(node), timeout: timeout ?? server.connectTimeout, once: once)
    }

    /// Has the server keep the script, which is then called by its digest. For a process that runs it often; one
    /// that runs it once would pay a round trip.
    mutating func load(_ script: Script) throws(Failure) {
        let command: ByteList = ["SCRIPT", "LOAD", .bytes(text(script))]
        var tries = Tries()
        while true {
            append(command)
            do throws(Failure) {
                loaded.append((script, try receive().bytes()))
                return
            } catch {
                try recover(from: error, &tries)
            }
        }
    }

    /// The script as it is sent. It selects the database itself: the connection's SELECT travels with the first
    /// script, which would run in another database if that were refused.
    private func text(_ script: Script) -> Bytes {
        let database = server.address.database
        return database == 0 ? script.source : Bytes("redis.call('SELECT', '\(database)')\n".utf8) + script.source
    }

    package func isLoaded(_ script: Script) -> Bool { loaded.contains { $0.script == script } }

    private func call(of script: Script, _ extraKeys: [Bytes], _ arguments: ByteList) -> ByteList {
        var command = ByteList()
        if let known = loaded.first(where: { $0.script == script }) {
            command.append("EVALSHA")
            command.append(known.digest)
        } else {
            command.append("EVAL")
            command.append(text(script))
        }
        let keys = queue.keys
        command.append(keys.count + extraKeys.count)
        command.append(contentsOf: keys)
        for key in extraKeys { command.append(key) }
        command.append(contentsOf: arguments)
        return command
    }

    /// Appends a call of the script and further commands, done as one, for `receive` to wait for the script's answer. For
    /// a user who may: see `mayQueue`.
    package mutating func send(_ script: Script, extraKeys: [Bytes], _ arguments: ByteList, then commands: [ByteList]) {
        append("MULTI", expecting: .queued)
        connection.append(call(of: script, extraKeys, arguments))
        for command in commands { connection.append(command) }
        for _ in 0...commands.count { outstanding.append(Expected(kind: .queued)) }
        append("EXEC", expecting: .transaction)
        outstanding[outstanding.count - 1].script = script
    }

    /// Whether this user may have commands done as one. If not, what follows a MULTI would be done one by one.
    mutating func mayQueue() throws(Failure) -> Bool {
        append("MULTI", expecting: .answer)
        append("EXEC", expecting: .answer)
        var may = true
        for _ in 0..<2 {
            do throws(Failure) { _ = try receive() } catch {
                if error.isDisconnection { throw error }
                may = false
            }
        }
        return may
    }

    /// Appends a call of the script, for `receive` to wait for.
    package mutating func send(_ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList) {
        let command = call(of: script, extraKeys, arguments)
        if isAsking { append("ASKING", expecting: .nothing) }
        append(command)
        outstanding[outstanding.count - 1].script = script
        guard server.replicas > 0, script.isAcknowledgement else { return }
        outstanding[outstanding.count - 1].kind = .acknowledgement
        // WAIT is about the connection's last write, and the script may have found nothing to do any more. No push has
        // this key: the names of pushes are not empty.
        connection.append(["SET", .bytes(queue.key(":push:")), "1", "PX", 60_000])
        connection.append(["WAIT", .number(server.replicas), .number(max(1, patience / 2))])
    }

    /// Appends a plain command, for `receive` to wait for.
    mutating func append(_ command: ByteList) {
        connection.append(command)
        outstanding.append(Expected())
    }

    private mutating func append(_ name: StaticString, expecting kind: Expected.Kind) {
        var command = ByteList()
        command.append(name)
        connection.append(command)
        outstanding.append(Expected(kind: kind))
    }

    /// The next answer.
    /// - Parameters:
    ///   - longer: ms that the command itself may take, beside the server's.
    ///   - interruptibly: whether a signal that is held back may end the program meanwhile.
    /// - Throws: what an error reply stands for.
    mutating func receive(longer: Int = 0, interruptibly: Bool = false) throws(Failure) -> Value {
        var refusal: Value?
        while let kind = outstanding.first?.kind, kind == .nothing || kind == .queued {
            outstanding.removeFirst()
            let word = try connection.receive(timeout: patience)
            if kind == .queued, word.isError, refusal == nil { refusal = word }
        }
        var value = try connection.receive(timeout: patience + longer, interruptibly: interruptibly)
        let expected = outstanding.isEmpty ? Expected() : outstanding.removeFirst()
        if expected.kind == .transaction {
            if let refusal { value = refusal } else if !value.isError { value = try value.list().at(0) }
        }
        var reached = server.replicas
        if expected.kind == .acknowledgement {
            _ = try connection.receive(timeout: patience)
            let answer = try connection.receive(timeout: patience)
            if case .integer(let number) = answer { reached = number }
        }
        guard case .error(let text) = value else {
            if reached >= server.replicas { return value }
            throw Failure(
                .tryAgain,
                "Redis made the change, but only \(reached) of \(server.replicas) replicas have it (WQ_REPLICAS): a failover may lose it"
            )
        }
        var failure = failure(ofOperation: text)
        if text.starts(with: "NOSCRIPT") {
            failure.cause = .forgottenScript
            loaded = []
        }
        if failure.exit == .badData, let wrong = try findWrongType() { failure.message = wrong }
        if failure.exit == .notPermitted, let script = expected.script, let command = refusedCommand(script, text) {
            failure.message = "Redis does not permit this user the command \(command): \(text.printable)"
        }
        throw failure
    }

    /// The command that a user may not run, or the commands among which it is: Redis tells only the line of the script.
    private func refusedCommand(_ script: Script, _ reply: Bytes) -> String? {
        guard let mark = reply.end(of: "user_script:"),
            let number = Bytes(reply[mark...].prefix { $0 >= 0x30 && $0 <= 0x39 }).decimal, number > 0
        else { return nil }
        let lines = text(script).split(separator: 0x0A, maxSplits: number, omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        var rest = Bytes(lines[number - 1])
        var names: [String] = []
        while let end = rest.end(of: "call('") {
            rest = Bytes(rest[end...])
            names.append(Bytes(rest.prefix { $0 != 0x27 }).printable)
        }
        return names.isEmpty ? nil : names.joined(separator: " or ")
    }

    /// Runs a script and waits for its answer, again on a new connection if this one breaks: most do the same again, or
    /// nothing.
    /// - Parameter again: false for one that must not be run twice.
    mutating func call(
        _ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList, again: Bool = true
    ) throws(Failure) -> Value {
        var tries = Tries()
        while true {
            send(script, extraKeys: extraKeys, arguments)
            do throws(Failure) {
                return try receive()
            } catch {
                if error.isDisconnection, !again { throw error }
                try recover(from: error, &tries)
            }
        }
    }

    /// Prepares to send again what a failure concerns: on a new connection after a broken one, at another node if it said
    /// so, in a moment if it is only busy with itself. What was sent and not answered is forgotten.
    /// - Throws: the failure itself if nothing of this helps.
    mutating func recover(from failure: Failure, _ tries: inout Tries) throws(Failure) {
        if failure.cause == .forgottenScript, outstanding.isEmpty, tries.count < Tries.most {
            tries.count += 1
            return
        }
        var isSentinel = false
        if case .sentinel = server.address.endpoint { isSentinel = true }
        if let redirection = failure.redirection, tries.hops < Tries.most {
            tries.hops += 1
            node = redirection.endpoint(seenFrom: node ?? server.address.endpoint)
            isAsking = !redirection.isForGood
        } else if failure.cause == .busy || failure.redirection != nil
            || failure.cause == .replica && (isSentinel || node != nil)
        {
            let now = monotonic()
            let deadline = tries.deadline ?? now + server.connectTimeout
            tries.deadline = deadline
            guard now < deadline else { throw failure }
            _ = wq_poll(-1, 0, Int32(clamping: min(tries.pause, deadline - now)), true)
            tries.pause = min(500, tries.pause * 2)
            tries.hops = 0
            (node, isAsking) = (nil, false)
        } else {
            guard failure.isDisconnection || (failure.cause == .forgottenScript), tries.count < Tries.most else {
                throw failure
            }
            tries.count += 1
        }
        guard node != nil else { return try reconnect() }
        do throws(Failure) {
            try reconnect(timeout: server.connectTimeout / 10)
        } catch {
            // The node may be gone, and another one have its part.
            (node, isAsking) = (nil, false)
            try reconnect()
        }
    }

    /// Names the key that has another type than it should.
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

/// What was tried to get over failures.
struct Tries {
    /// New connections without progress before giving up.
    static var most: Int { 5 }
    var count = 0
    /// Redirections since the last pause.
    var hops = 0
    /// Until when it may be waited for a server that is busy with itself.
    var deadline: Int?
    /// How long to wait before the next try, in ms.
    var pause = 20
}

/// For a process with other things to do while Redis works on the answer.
extension Session {
    /// Appends the command that has the server keep the script; its answer is for `remember`.
    package mutating func sendLoad(_ script: Script) {
        let command: ByteList = ["SCRIPT", "LOAD", .bytes(text(script))]
        connection.append(command)
    }

    /// Sends a call whose answers the caller takes from the connection.
    /// - Returns: how many answers follow the script's: with `WQ_REPLICAS` two, the second how many replicas have it. One
    ///   precedes it while `isAsking`.
    package mutating func post(_ script: Script, _ arguments: ByteList) -> Int {
        send(script, arguments)
        let isAcknowledged = outstanding.last?.kind == .acknowledgement
        outstanding = []
        return isAcknowledged ? 2 : 0
    }

    /// Has the next connection go where the failure says that the queue is.
    package mutating func follow(_ failure: Failure) {
        node = failure.redirection?.endpoint(seenFrom: node ?? server.address.endpoint)
        isAsking = failure.redirection.map { !$0.isForGood } ?? false
    }

    package mutating func remember(_ script: Script, digest: Bytes) {
        if !isLoaded(script) { loaded.append((script, digest)) }
    }

    /// The server has forgotten all scripts.
    package mutating func forgetScripts() { loaded = [] }
}
