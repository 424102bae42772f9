import Base

/// The commands that a new connection sends first, and how it takes the answers, as a value. The greetings travel with the
/// first command; only a password goes before them, since a server that refused one goes on as the default user.
struct Greetings {
    private enum Greeting { case database, name, role }

    /// The commands to send, in order.
    private(set) var commands: [ByteList] = []
    private var unanswered: [Greeting] = []

    init(to server: Server) {
        let database = server.address.database
        if database != 0 { add(.database, ["SELECT", .number(database)]) }
        add(.name, ["CLIENT", "SETNAME", .bytes(server.clientName)])
        // A sentinel may not know yet that the primary has become a replica.
        if case .sentinel = server.address.endpoint { add(.role, ["ROLE"]) }
    }

    private mutating func add(_ greeting: Greeting, _ command: ByteList) {
        commands.append(command)
        unanswered.append(greeting)
    }

    /// Takes a reply.
    /// - Parameter address: the server's, for messages.
    /// - Returns: the reply, if it does not answer a greeting.
    /// - Throws: the failure if the answer to a greeting makes the connection useless.
    mutating func take(_ reply: Value, from address: String) throws(Failure) -> Value? {
        if unanswered.isEmpty { return reply }
        switch (unanswered.removeFirst(), reply) {
        // Without its database, the commands of this connection would go to another one.
        case (.database, .error(let text)): throw failure(errorReply: text)
        // A server that takes no more clients says so in place of its first answer.
        case (.name, .error(let text)) where isNoAdmittance(text): throw failure(errorReply: text)
        case (.role, .list(let role)):
            guard case .bytes(let word) = role.first, word.equals("master") else {
                throw Failure(.tryAgain, "Redis at \(address) is no primary: its sentinels do not know yet", .busy)
            }
        default: break
        }
        return nil
    }

    /// Judges the reply to a password.
    /// - Throws: `.notPermitted` if the password was refused; another failure if the server takes no clients now.
    static func checkPassword(_ reply: Value, from address: String) throws(Failure) {
        guard case .error(let text) = reply else { return }
        var failure = failure(errorReply: text)
        if failure.cause == .busy { throw failure }
        failure.exit = .notPermitted
        failure.cause = .unauthenticated
        // Where a message hides a word of the server, it tells that this is the password.
        let isUsual = text.starts(with: "WRONGPASS ")
        let why = isUsual ? "no user of that name has it, or the user is disabled" : text.printable
        failure.message = "Redis at \(address) refused the password: \(why)"
        throw failure
    }
}
