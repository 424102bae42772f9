import Base
import CPosix
import Redis

/// How a session sends questions to Redis and waits for the answers.
extension Session {
    /// How long Redis keeps the key that is written for WAIT (see `post`), in ms.
    private static var markTime: Int { TimeUnit.minute }
    /// The part of the timeout that a connection to the known node may take: a tenth. The rest is for another node.
    private static var shareOfNode: Int { 10 }

    /// What stands before the text of each script. A script selects its database itself: the SELECT of a new connection
    /// travels with the first script, which would run in another database if Redis refused that SELECT.
    private var prefix: Bytes {
        let database = server.address.database
        return database == 0 ? [] : Bytes("redis.call('SELECT', '\(database)')\n".utf8)
    }

    /// The script as it is sent to Redis.
    func text(_ script: Script) -> Bytes { script.source(after: prefix) }

    /// The EVALSHA that runs the script or, if the server may not know it, the EVAL.
    private mutating func command(_ script: Script, _ extraKeys: [Bytes], _ arguments: ByteList) -> ByteList {
        var command = ByteList()
        if mustSendText(script) {
            command.append("EVAL")
            command.append(text(script))
        } else {
            command.append("EVALSHA")
            command.append(script.digest(after: prefix))
        }
        let keys = queue.keys
        command.append(keys.count + extraKeys.count)
        command.append(contentsOf: keys)
        for key in extraKeys { command.append(key) }
        command.append(contentsOf: arguments)
        return command
    }

    /// About how many bytes a call of the script is.
    package func size(_ script: Script, _ arguments: ByteList) -> Int {
        (sendsText(script) ? text(script).count : 0) + queue.keys.byteCount + arguments.byteCount
    }

    /// Appends a call of the script, and the commands that belong to it, for a caller that takes the replies from the
    /// connection itself.
    /// - Returns: which replies make up the answer. The reply to ASKING precedes them while `isAsking`.
    package mutating func post(
        _ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList
    ) -> AnswerForm {
        let call = command(script, extraKeys, arguments)
        if isAsking { connection.append(["ASKING"]) }
        connection.append(call)
        guard server.replicas > 0, script.isAcknowledgement else { return .answer }
        // WAIT is about the last write of the connection, and a repeated script may have had nothing to write. No push
        // uses this key, since no push has an empty name.
        connection.append(["SET", .bytes(queue.key(":push:")), "1", "PX", .number(Self.markTime)])
        connection.append(["WAIT", .number(server.replicas), .number(max(1, patience / 2))])
        return .acknowledgement
    }

    /// Appends a call of the script; `receive` waits for the answer.
    package mutating func send(_ script: Script, extraKeys: [Bytes] = [], _ arguments: ByteList) {
        let form = post(script, extraKeys: extraKeys, arguments)
        outstanding.expect(form, asking: isAsking, script)
    }

    /// Appends a transaction: a call of the script, then the other commands. `receive` waits for the script's answer. Not
    /// every user may run transactions: see `mayQueue`.
    package mutating func send(_ script: Script, extraKeys: [Bytes], _ arguments: ByteList, then commands: [ByteList]) {
        connection.append(["MULTI"])
        connection.append(command(script, extraKeys, arguments))
        for command in commands { connection.append(command) }
        connection.append(["EXEC"])
        outstanding.expect(.transaction(commands: commands.count + 1), script)
    }

    /// Appends a plain command; `receive` waits for the answer.
    mutating func append(_ command: ByteList) {
        connection.append(command)
        outstanding.expect(.answer, nil)
    }

    /// Whether this user may run transactions. If MULTI were refused, Redis would run the commands after it one by one.
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

    /// Waits for the next answer.
    /// - Parameters:
    ///   - longer: how many ms the command itself may take, beside the time that the server may take for an answer.
    ///   - interruptibly: whether a signal that is held back may end the program during the wait.
    /// - Throws: the failure that an error reply stands for; `.tryAgain` if too few replicas have the change; the failure
    ///   of the connection.
    mutating func receive(longer: Int = 0, interruptibly: Bool = false) throws(Failure) -> Value {
        while true {
            let reply = try connection.receive(timeout: patience + longer, interruptibly: interruptibly)
            guard let answer = try outstanding.take(reply) else { continue }
            if case .error(let text) = answer.value { throw try explain(text, to: answer.tag) }
            if let script = answer.tag { ran(script) }
            if let reached = answer.replicas, reached < server.replicas {
                throw Failure(
                    .tryAgain,
                    "Redis did it, but only \(reached) of the \(server.replicas) replicas that WQ_REPLICAS asks for have it:"
                        + " a failover may lose it", .unreplicated)
            }
            return answer.value
        }
    }

    /// The failure that an error reply stands for, with details that only this session can find out.
    private mutating func explain(_ reply: Bytes, to script: Script?) throws(Failure) -> Failure {
        var failure = failure(of: reply)
        if failure.cause == .forgottenScript, let script { forgot(script, reply) }
        namePrimary(in: &failure)
        if failure.exit == .badData, let wrong = try findWrongType() { failure.message = wrong }
        if failure.exit == .notPermitted, let script, let command = refusedCommand(script, reply) {
            let told = reply.printable
            failure.message =
                failure.cause == .refused
                ? "Redis lacks the command \(command), which a provider may have taken away: \(told)"
                : "Redis does not permit this user the command \(command): \(told)"
        }
        return failure
    }

    /// Runs a script and waits for its answer. If the connection breaks, it runs the script again on a new one.
    /// - Parameter again: whether the script may run twice. Most have the same effect when they run again, or none.
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

    /// Does what `body` does, and again after a failure, as the rules of recovery say.
    mutating func retried<Answer>(_ body: (inout Session) throws(Failure) -> Answer) throws(Failure) -> Answer {
        var recovery = Recovery()
        while true {
            do throws(Failure) { return try body(&self) } catch { try recover(from: error, &recovery) }
        }
    }

    /// Prepares to repeat the question that failed, as the rules of recovery say. On a new connection all unanswered
    /// questions are forgotten.
    /// - Parameter keepsOthers: whether the caller still wants the other answers of this connection.
    /// - Throws: what there is to report, if the rules give up or no connection can be made.
    mutating func recover(
        from failure: Failure, _ recovery: inout Recovery, keepsOthers: Bool = false
    ) throws(Failure) {
        var situation = situation(now: monotonic())
        situation.hasLeftovers = !outstanding.isEmpty && !keepsOthers
        switch recovery.decide(after: failure, at: failure.isDisconnection ? .connection : .reply, situation) {
        case .giveUp: throw recovery.reported(failure)
        case .askAgain: break
        case .reconnect(let pause, let destination):
            if pause > 0 { Connection.sleep(pause) }
            turn(to: destination)
            do throws(Failure) { try reconnectSomewhere() } catch { throw recovery.reported(error) }
        }
    }

    /// Makes a new connection to the node that is known or, if that fails, to the address.
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
