import Base
import CPosix
import Redis
import WorkQueue

/// A parsed command line.
package struct Arguments {
    /// The options that were given, in order, each with its argument if it takes one.
    private var given: [(long: StaticString, value: Bytes)] = []
    /// What is not an option, the queue first.
    package private(set) var operands = ByteList()
    /// How many of them, the last ones, followed `--`.
    private var literals = 0
    /// The words of the command, in a program that takes one.
    package private(set) var command = ByteList()

    /// Parses arguments (the program's name first, by default those of the process) by the program's table, as
    /// getopt_long does: options may stand anywhere before `--`, long ones may be shortened.
    /// - Throws: `.usage` with what is wrong.
    init(
        _ program: Program, count: Int32 = wq_argc(),
        vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = wq_argv()
    ) throws(Failure) {
        let line = CommandLine(start: vector, count: Int(count))
        let grammar = Grammar(program)
        let boundary = CommandBoundary(line.words(from: 1))
        let first = try parse(line, grammar)
        switch program.command {
        case .none:
            operands = line.words(from: first)
            literals = boundary.length
        case .afterDashes: (operands, command) = boundary.split(line.words(from: first))
        case .afterQueue:
            // The queue stands where getopt_long expects the program's name.
            let rest = line.dropping(first)
            guard let queue = rest[0] else { return }
            operands.append(Bytes(cString: queue))
            command = rest.words(from: try parse(rest, grammar))
        }
    }

    /// Takes the options, and moves the words that are no options behind them, but for the words of a command.
    /// - Returns: the index of the first word that is no option.
    private mutating func parse(_ line: CommandLine, _ grammar: Grammar) throws(Failure) -> Int {
        wq_getopt_restart()
        while let code = grammar.next(in: line) {
            guard let option = grammar.option(code) else {
                throw Failure(.usage, grammar.mistake(code, in: line))
            }
            let argument = wq_optarg()
            given.append((option.long, argument.map { Bytes(cString: $0) } ?? []))
            let yes: StaticString = "yes"
            option.variable?.set(argument ?? UnsafeMutablePointer(mutating: yes.cString))
            if let argument, Bytes(option.long).equals("url") { hidePassword(argument) }
        }
        return Int(wq_optind())
    }

    /// The option's last argument, empty if it takes none; nil if the option was not given.
    package func value(_ option: Option) -> Bytes? {
        given.last { Bytes($0.long) == Bytes(option.long) }?.value
    }

    package func has(_ option: Option) -> Bool { value(option) != nil }

    /// The queue, which is the first operand.
    /// - Throws: `.usage` if there is none, or none of that name can be.
    package func queue() throws(Failure) -> Queue {
        guard operands.count > 0 else { throw Failure(.usage, "the name of a queue is needed") }
        return try Queue(Bytes(operands[0]))
    }

    /// The queue and those that the option names.
    package func queues(_ also: Option) throws(Failure) -> [Queue] {
        var queues = [try queue()]
        for one in given where Bytes(one.long) == Bytes(also.long) { queues.append(try Queue(one.value)) }
        return queues
    }

    /// The operands after the queue.
    package var rest: ByteList {
        var rest = ByteList()
        for index in 1..<max(1, operands.count) { rest.append(operands[index]) }
        return rest
    }

    /// Whether the one operand after the queue is `-`, which stands for standard input; after `--` it stands for itself.
    /// - Throws: `.usage` if there are other operands beside it.
    package func namesInput() throws(Failure) -> Bool {
        let end = operands.count - literals
        guard let dash = (1..<max(1, end)).first(where: { operands[$0].equals("-") }) else { return false }
        if operands.count == 2 { return true }
        let other = operands[dash == 1 ? 2 : 1].printable
        throw Failure(
            .usage, "- stands for standard input, which goes with no other operand ('\(other)'); after -- it is itself")
    }

    /// Throws `.usage` if operands follow the queue.
    package func nothingElse() throws(Failure) {
        if operands.count > 1 { throw Failure(.usage, "unexpected operand '\(operands[1].printable)'") }
    }

    /// The settings of the server, from the environment and the options.
    package var configuration: Configuration { Configuration(url: value(.url)) }

    /// The server's address, if the command line gives it; nil if the environment does.
    package func remoteURL(_ server: Server) -> String? { has(.url) ? server.address.text : nil }

    /// A connection to the server, for work on the queue.
    package func session() throws(Failure) -> Session {
        let queue = try queue()
        let server = try configuration.server()
        return Session(queue, server, try connection(to: server))
    }

    /// Connects to the server, and waits for one that is not there yet.
    /// - Parameter isProven: whether this waits for a server that takes clients, too; a `Session` does that itself.
    package func connection(to server: Server, isProven: Bool = false) throws(Failure) -> Connection {
        let connection = try Connection(server, timeout: server.connectTimeout, isProven: isProven)
        if server.address.endpoint.usesTLS { configuration.warnIfInsecure() }
        return connection
    }
}

/// Overwrites user and password in a URL of the command line, which ps(1) shows to everybody.
private func hidePassword(_ url: UnsafeMutablePointer<CChar>) {
    let bytes = Bytes(cString: url)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let at = bytes.lastIndex(of: UInt8(ascii: "@")) else {
        return
    }
    let mark: StaticString = "://"
    for index in min(colon + mark.utf8CodeUnitCount, at)..<at { url[index] = CChar(UInt8(ascii: "*")) }
}
