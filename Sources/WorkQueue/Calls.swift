import Base
import CPosix
import Redis

/// How a session asks, and waits for the answers.
extension Session {
    /// How long the write that WAIT waits for is kept, in ms.
    private static var markTime: Int { 60_000 }
    /// How much of its timeout a node that is known may take for a connection: a tenth. The rest is for another one.
    private static var shareOfNode: Int { 10 }

    /// The script as it is sent. It selects the database itself: the connection's SELECT travels with the first
    /// script, which would run in another database if that were refused.
    func text(_ script: Script) -> Bytes {
        let database = server.address.database
        return database == 0 ? script.source() : Bytes("redis.call('SELECT', '\(database)')\n".utf8) + script.source()
    }

    private func command(_ script: Script, _ extraKeys: [Bytes], _ arguments: ByteList) -> ByteList {
        var command = ByteList()
        if let digest = digest(of: script) {
            command.append("EVALSHA")
            command.append(digest)
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

    /// Appends a call of the script, and what goes with it, for a caller that takes the replies from the connection.
    /// - Returns: how the replies make up the answer; ASKING precedes it while `isAsking`.
    package mutating func post(
        _ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList
    ) -> AnswerForm {
        let call = command(script, extraKeys, arguments)
        if isAsking { connection.append(["ASKING"]) }
        connection.append(call)
        guard server.replicas > 0, script.isAcknowledgement else { return .answer }
        // WAIT is about the connection's last write, and the script may have found nothing to do any more. No push has
        // this key: the names of pushes are not empty.
        connection.append(["SET", .bytes(queue.key(":push:")), "1", "PX", .number(Self.markTime)])
        connection.append(["WAIT", .number(server.replicas), .number(max(1, patience / 2))])
        return .acknowledgement
    }

    /// Appends the command that has the server keep the script, for a caller that takes the replies from the connection.
    package mutating func postLoad(_ script: Script) -> AnswerForm {
        connection.append(["SCRIPT", "LOAD", .bytes(text(script))])
        return .load(script)
    }

    /// Appends a call of the script, for `receive` to wait for.
    package mutating func send(_ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList) {
        let form = post(script, extraKeys: extraKeys, arguments)
        outstanding.expect(form, asking: isAsking, script)
    }

    /// Appends a call of the script and further commands, done as one, for `receive` to wait for the script's answer. For
    /// a user who may: see `mayQueue`.
    package mutating func send(_ script: Script, extraKeys: [Bytes], _ arguments: ByteList, then commands: [ByteList]) {
        connection.append(["MULTI"])
        connection.append(command(script, extraKeys, arguments))
        for command in commands { connection.append(command) }
        connection.append(["EXEC"])
        outstanding.expect(.transaction(commands: commands.count + 1), script)
    }

    /// Appends a plain command, for `receive` to wait for.
    mutating func append(_ command: ByteList) {
        connection.append(command)
        outstanding.expect(.answer, nil)
    }

    /// Whether this user may have commands done as one. If not, what follows a MULTI would be done one by one.
    mutating func mayQueue() throws(Failure) -> Bool {
        append(["MULTI"])
        append(["EXEC"])
        var may = true
        for _ in 0..<2 {
            do throws(Failure) { _ = try receive() } catch {
                if error.isDisconnection { throw error }
                may = false
            }
        }
        return may
    }

    /// Has the server keep the script, which is then called by its digest. For a process that runs it often; one
    /// that runs it once would pay a round trip.
    mutating func load(_ script: Script) throws(Failure) {
        var recovery = Recovery()
        while true {
            let form = postLoad(script)
            outstanding.expect(form, nil)
            do throws(Failure) {
                return remember(script, digest: try receive().bytes())
            } catch {
                try recover(from: error, &recovery)
            }
        }
    }

    /// Waits for the next answer.
    /// - Parameters:
    ///   - longer: ms that the command itself may take, beside the server's.
    ///   - interruptibly: whether a signal that is held back may end the program meanwhile.
    /// - Throws: what an error reply stands for.
    mutating func receive(longer: Int = 0, interruptibly: Bool = false) throws(Failure) -> Value {
        while true {
            let reply = try connection.receive(timeout: patience + longer, interruptibly: interruptibly)
            guard let answer = try outstanding.take(reply) else { continue }
            if case .error(let text) = answer.value { throw try explain(text, to: answer.tag) }
            if let reached = answer.replicas, reached < server.replicas {
                throw Failure(
                    .tryAgain,
                    "Redis did it, but only \(reached) of \(server.replicas) replicas have it (WQ_REPLICAS):"
                        + " it may get lost")
            }
            return answer.value
        }
    }

    /// The failure that an error reply stands for, with what only this session knows.
    private mutating func explain(_ reply: Bytes, to script: Script?) throws(Failure) -> Failure {
        var failure = failure(ofOperation: reply)
        if failure.cause == .forgottenScript { forgetScripts() }
        // Sentinels and clusters name it themselves.
        if failure.cause == .replica, !situation(now: 0).hasAlternatives, let primary = findPrimary() {
            failure.message += "; it is at \(primary)"
        }
        if failure.exit == .badData, let wrong = try findWrongType() { failure.message = wrong }
        if failure.exit == .notPermitted, let script, let command = refusedCommand(script, reply) {
            failure.message = "Redis does not permit this user the command \(command): \(reply.printable)"
        }
        return failure
    }

    /// Runs a script and waits for its answer, again on a new connection if this one breaks: most do the same again, or
    /// nothing.
    /// - Parameter again: false for one that must not be run twice.
    mutating func call(
        _ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList, again: Bool = true
    ) throws(Failure) -> Value {
        var recovery = Recovery()
        while true {
            send(script, extraKeys: extraKeys, arguments)
            do throws(Failure) {
                return try receive()
            } catch {
                if error.isDisconnection, !again { throw error }
                try recover(from: error, &recovery)
            }
        }
    }

    /// Prepares to ask again what a failure concerns, as the rules say. On a new connection, what was asked and not
    /// answered is forgotten.
    /// - Parameter keepsOthers: whether the caller still wants the other answers of this connection.
    /// - Throws: the failure itself if the rules give up.
    mutating func recover(
        from failure: Failure, _ recovery: inout Recovery, keepsOthers: Bool = false
    ) throws(Failure) {
        var situation = situation(now: monotonic())
        situation.hasLeftovers = !outstanding.isEmpty && !keepsOthers
        switch recovery.decide(after: failure, at: failure.isDisconnection ? .connection : .reply, situation) {
        case .giveUp: throw failure
        case .askAgain: break
        case .reconnect(let pause, let destination):
            if pause > 0 { Connection.sleep(pause) }
            turn(to: destination)
            try reconnectSomewhere()
        }
    }

    /// Makes a new connection: to the node that is known, or else to the address.
    private mutating func reconnectSomewhere() throws(Failure) {
        guard node != nil else { return try reconnect() }
        do throws(Failure) {
            try reconnect(timeout: server.connectTimeout / Self.shareOfNode)
        } catch {
            turn(to: .address)
            try reconnect()
        }
    }
}
