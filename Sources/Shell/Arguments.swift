import Base
import CPosix
import Redis
import WorkQueue

/// A parsed command line.
package struct Arguments {
    private var given: [(long: StaticString, value: Bytes)] = []
    /// What is not an option, the queue first.
    package private(set) var operands = ByteList()
    /// What follows `--`, in a program that takes a command.
    package private(set) var command = ByteList()

    /// Parses arguments (the program's name first, by default those of the process) by the program's table, as
    /// getopt_long does: options may stand anywhere before `--`, long ones may be shortened. What is wrong with an
    /// option it says itself.
    init(
        _ program: Program, count: Int32 = wq_argc(),
        vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = wq_argv()
    ) throws(Failure) {
        // getopt_long stops at the first operand then.
        var letters: Bytes = program.command == .afterQueue ? [0x2B] : []
        var longs: [option] = []
        for (index, item) in program.options.enumerated() {
            if item.short.utf8CodeUnitCount > 0 {
                letters.append(item.short.utf8Start[0])
                if item.takesArgument { letters.append(0x3A) }
            }
            let isHelp = Bytes(item.long).equals("help")
            longs.append(
                option(
                    name: item.long.cString,
                    has_arg: item.takesArgument ? required_argument : isHelp ? optional_argument : no_argument,
                    flag: nil, val: 256 + Int32(index)))
        }
        letters.append(0)
        longs.append(option())
        let name = program.name.cString
        // getopt_long moves arguments, and the words of a command look like operands to it.
        var commandLength = 0
        if program.command == .afterDashes, let vector {
            let dashes = (1..<max(1, Int(count))).first { vector[$0].map { Bytes(cString: $0).equals("--") } ?? false }
            commandLength = dashes.map { Int(count) - $0 - 1 } ?? 0
        }
        try parse(program, name, count, vector, letters, longs)
        if program.command == .afterQueue, let vector, let queue = vector[Int(wq_optind())] {
            operands.append(Bytes(cString: queue))
            // The queue stands where getopt_long expects the program's name.
            let rest = vector + Int(wq_optind())
            let left = count - wq_optind()
            try parse(program, name, left, rest, letters, longs)
            for index in Int(wq_optind())..<max(Int(left), Int(wq_optind())) {
                if let word = rest[index] { command.append(Bytes(cString: word)) }
            }
            return
        }
        // A first -- with nothing before it only ends the options, as everywhere.
        if commandLength == Int(count) - Int(wq_optind()), let vector {
            let next = (Int(wq_optind())..<max(Int(wq_optind()), Int(count))).first {
                vector[$0].map { Bytes(cString: $0).equals("--") } ?? false
            }
            commandLength = next.map { Int(count) - $0 - 1 } ?? 0
        }
        let start = Int(count) - commandLength
        for index in Int(wq_optind())..<max(Int(count), Int(wq_optind())) {
            guard let operand = vector?[index] else { break }
            // The dashes before the command, where getopt_long left them.
            if program.command == .afterDashes, index == start - 1, Bytes(cString: operand).equals("--") { continue }
            if index < start {
                operands.append(Bytes(cString: operand))
            } else {
                command.append(Bytes(cString: operand))
            }
        }
    }

    private mutating func parse(
        _ program: Program, _ name: UnsafePointer<CChar>, _ count: Int32,
        _ vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ letters: Bytes, _ longs: [option]
    ) throws(Failure) {
        wq_getopt_restart()
        while true {
            let code = letters.withUnsafeBytes {
                wq_getopt(name, count, vector, $0.baseAddress!.assumingMemoryBound(to: CChar.self), longs)
            }
            if code == -1 { return }
            let match = program.options.enumerated().first { index, item in
                code == 256 + index || item.short.utf8CodeUnitCount > 0 && code == item.short.utf8Start[0]
            }
            guard let match else { throw Failure(.usage, "getopt_long has said what is wrong", .told) }
            given.append((match.element.long, wq_optarg().map { Bytes(cString: $0) } ?? []))
            set(match.element.variable, wq_optarg())
            if Bytes(match.element.long).equals("url"), let url = wq_optarg() { hidePassword(url) }
        }
    }

    /// The option's last argument, empty if it takes none; nil if the option was not given.
    package func value(_ option: Option) -> Bytes? {
        given.last { Bytes($0.long) == Bytes(option.long) }?.value
    }

    package func has(_ option: Option) -> Bool { value(option) != nil }

    /// The option's argument as a number from 1 on.
    package func count(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let number = value.decimal, number > 0 { return number }
        throw Failure(.usage, "--\(option.long) takes a number from 1 on, not '\(value.printable)'")
    }

    /// The option's argument as a time, in ms.
    package func duration(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let time = milliseconds(value) { return time }
        throw Failure(
            .usage, "--\(option.long) takes a time like 10, 500ms, 10s, 5m or 1h, not '\(value.printable)'")
    }

    /// The queue, which is the first operand.
    package func queue() throws(Failure) -> Queue {
        guard operands.count > 0 else { throw Failure(.usage, "the name of a queue is needed") }
        return try Queue(Bytes(operands[0]))
    }

    /// The operands after the queue.
    package var rest: ByteList {
        var rest = ByteList()
        for index in 1..<max(1, operands.count) { rest.append(operands[index]) }
        return rest
    }

    /// Refuses operands after the queue.
    package func nothingElse() throws(Failure) {
        if operands.count > 1 { throw Failure(.usage, "unexpected operand '\(operands[1].printable)'") }
    }

    /// What the environment and the options say of the server.
    package var configuration: Configuration { Configuration(url: value(.url)) }

    /// A connection to the server, for work on the queue.
    package func session() throws(Failure) -> Session {
        let queue = try queue()
        let server = try configuration.server()
        return Session(queue, server, try connection(to: server))
    }

    /// A connection to the server, which waits for one that is not there yet.
    package func connection(to server: Server) throws(Failure) -> Connection {
        let connection = try Connection(server, timeout: server.connectTimeout)
        if case .tls = server.address.endpoint { configuration.warnIfInsecure() }
        return connection
    }
}

/// Sets the variable of the environment, for this program and those that it starts.
private func set(_ variable: StaticString, _ value: UnsafeMutablePointer<CChar>?) {
    guard variable.utf8CodeUnitCount > 0 else { return }
    let yes: StaticString = "yes"
    setenv(variable.cString, value ?? UnsafeMutablePointer(mutating: yes.cString), 1)
}

/// Overwrites user and password in a URL of the command line, which ps(1) shows to everybody.
private func hidePassword(_ url: UnsafeMutablePointer<CChar>) {
    let bytes = Bytes(cString: url)
    guard let colon = bytes.firstIndex(of: 0x3A), let at = bytes.lastIndex(of: 0x40), colon + 3 < at else { return }
    for index in (colon + 3)..<at { url[index] = 0x2A }
}
