import Base

/// What a new connection says first, and what it makes of the answers, as a value. The greetings travel with the first
/// command.
struct Greetings {
    private enum Greeting { case password, database, name, role }

    /// The commands to send, in order.
    private(set) var commands: [ByteList] = []
    private var unanswered: [Greeting] = []
    /// What was wrong with the password. The server did what came after it as the default user, if that user may.
    private var refusal: Failure?
    private let address: String
    /// Tells a person what is wrong although the work goes on.
    private let warn: @Sendable (String) -> Void

    /// - Parameter address: where the connection leads, for messages.
    init(to server: Server, at address: String) {
        self.address = address
        warn = server.warn
        if let command = server.address.credentials.command { add(.password, command) }
        let database = server.address.database
        if database != 0 { add(.database, ["SELECT", .number(database)]) }
        add(.name, ["CLIENT", "SETNAME", .bytes(server.clientName)])
        // A sentinel may not know yet that its primary is one no more.
        if case .sentinel = server.address.endpoint { add(.role, ["ROLE"]) }
    }

    private mutating func add(_ greeting: Greeting, _ command: ByteList) {
        commands.append(command)
        unanswered.append(greeting)
    }

    /// Takes a reply.
    /// - Returns: the reply, if it does not answer a greeting.
    /// - Throws: what is wrong with the connection.
    mutating func take(_ reply: Value) throws(Failure) -> Value? {
        if unanswered.isEmpty { return try unlessRefused(reply) }
        try check(unanswered.removeFirst(), reply)
        return nil
    }

    /// Whoever is refused after a wrong password was refused for the password.
    private mutating func unlessRefused(_ reply: Value) throws(Failure) -> Value {
        guard let refusal else { return reply }
        if reply.isError { throw refusal }
        warn("\(refusal.message); it was done without a password")
        self.refusal = nil
        return reply
    }

    private mutating func check(_ greeting: Greeting, _ reply: Value) throws(Failure) {
        switch (greeting, reply) {
        case (.password, .error(let text)):
            var failure = failure(errorReply: text)
            if failure.cause == .busy { throw failure }
            failure.exit = .notPermitted
            failure.cause = .unauthenticated
            failure.message = "Redis at \(address) refused the password: \(text.printable)"
            refusal = failure
        // Scripts select their database themselves; what else is sent would go to another one.
        case (.database, .error(let text)):
            throw refusal ?? failure(errorReply: text)
        case (.role, .list(let role)):
            guard case .bytes(let word) = role.first, word.equals("master") else {
                throw Failure(.tryAgain, "Redis at \(address) is no primary: its sentinels do not know yet", .busy)
            }
        default: break
        }
    }
}
