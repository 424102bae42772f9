import Base
import CPosix
import Redis

/// The version of the kit.
package let version: StaticString = "0.2.0"

/// An option of a program, as declared in its table: what getopt_long, the help text, the manual page and the
/// shell completions are all made from.
package struct Option: Sendable {
    /// The short name: one letter or digit, or empty.
    package let short: StaticString
    package let long: StaticString
    /// The name of the argument in the help; empty if the option takes none.
    package let argument: StaticString
    private let purpose: StaticString
    /// The time that holds if the option is not given, which the help shows.
    package let usual: Seconds?
    /// The variable of the environment that the option sets: to its argument, or to `yes` if it takes none.
    let variable: Variable?

    package init(
        _ short: StaticString, _ long: StaticString, _ argument: StaticString, _ purpose: StaticString,
        _ usual: Seconds? = nil
    ) {
        self.init(short, long, argument, purpose, usual, variable: nil)
    }

    private init(
        _ short: StaticString, _ long: StaticString, _ argument: StaticString, _ purpose: StaticString,
        _ usual: Seconds? = nil, variable: Variable?
    ) {
        self.short = short
        self.long = long
        self.argument = argument
        self.purpose = purpose
        self.usual = usual
        self.variable = variable
    }

    /// The byte of its short form.
    var letter: UInt8? { short.utf8CodeUnitCount > 0 ? short.utf8Start[0] : nil }
    var takesArgument: Bool { argument.utf8CodeUnitCount > 0 }
    /// The purpose of the option, and the time that holds if it is not given.
    var help: String { usual.map { "\(purpose) (\($0.text))" } ?? "\(purpose)" }

    package static var help: Option { Option("h", "help", "", "show this help and exit") }
    package static var version: Option {
        Option("V", "version", "", "show the version and the server's address, and exit")
    }
    package static var url: Option { Option("u", "url", "URL", "the Redis server; else $WQ_URL, $REDIS_URL, ...") }
    package static var quiet: Option { Option("q", "quiet", "", "print no results, only warnings and errors") }
    package static var json: Option { Option("", "json", "", "print results as JSON, an object a line") }
    /// The options about TLS, which wq-tls finds in its environment.
    static var tls: [Option] {
        [
            Option("", "cacert", "FILE", "trust the authorities in FILE with rediss://", variable: .tlsAuthorities),
            Option("", "cert", "FILE", "present this certificate to the server", variable: .tlsCertificate),
            Option("", "key", "FILE", "the private key of --cert, if not in its file", variable: .tlsKey),
            Option("", "sni", "NAME", "the server's name, if it is not the URL's", variable: .tlsName),
            Option("", "insecure", "", "accept any certificate, with a warning", variable: .tlsInsecure),
        ]
    }
}

/// A command of the kit: its table, and the way it runs.
package struct Program: Sendable {
    package let name: StaticString
    /// The operands, for the usage line.
    package let operands: StaticString
    /// One sentence that says what the program does.
    package let summary: StaticString
    package let options: [Option]
    /// Where a command begins, in a program that runs one.
    package enum Command: Sendable {
        case none
        /// After `--`.
        case afterDashes
        /// After the queue and options, with or without `--`: its own options are not taken for the program's.
        case afterQueue
    }

    package let command: Command
    /// Whether the program only shows something, so that a reader who has seen enough ends it in silence.
    private let isListing: Bool
    /// The text at the end of the help.
    package let notes: String
    /// A line of `--version` about what is linked in; empty if there is nothing to tell.
    private let library: String

    /// - Parameters:
    ///   - options: the options that only this program has.
    ///   - command: where a command begins, which is no operand.
    ///   - quiet: `-q`, with its words; nil in a program that has nothing to say beside what it is for.
    ///   - lists: whether the program ends in silence when a reader of its output has seen enough.
    ///   - library: the name and version of a library, for `--version`.
    package init(
        _ name: StaticString, _ operands: StaticString, _ summary: StaticString, _ options: [Option],
        command: Command = .none, quiet: Option? = .quiet, notes: String = "", lists: Bool = false,
        library: String = ""
    ) {
        self.command = command
        isListing = lists
        self.notes = notes
        self.library = library
        self.name = name
        self.operands = operands
        self.summary = summary
        self.options = options + [.url] + Option.tls + (quiet.map { [$0] } ?? []) + [.help, .version]
    }

    /// Parses the command line, runs `body` and exits with its answer. This is the one place where a wq program ends.
    package func run(_ body: (Arguments) throws(Failure) -> Exit) -> Never {
        wq_prepare()
        var isShowing = isListing
        do throws(Failure) {
            let arguments = try Arguments(self)
            if arguments.has(.help) || arguments.has(.version) { isShowing = true }
            if let format = arguments.value(.help) {
                try show { format.equals("tsv") ? table(&$0) : help(&$0) }
            } else if arguments.has(.version) {
                try show { $0.write("\(name) \(Shell.version)\n\(library)\(library.isEmpty ? "" : "\n")") }
                let address = try arguments.configuration.server().address.text
                try show { $0.write("Redis at \(address)\n") }
            } else {
                exit(try body(arguments).rawValue)
            }
            exit(Exit.done.rawValue)
        } catch {
            // As by the signal that this kit ignores.
            if isShowing, error.cause == .unread { wq_die_by(SIGPIPE) }
            if error.cause != .told { complain(error.message) }
            if error.exit == .usage { complain("\(usage); see \(name) --help", prefixed: false) }
            exit(error.exit.rawValue)
        }
    }

    /// Writes a message to standard error, by default with the program's name in front.
    package func complain(_ message: String, prefixed: Bool = true) {
        let message = Secrets.known.hidden(in: message)
        var output = Output(descriptor: STDERR_FILENO)
        output.write(prefixed ? "\(name): \(message)\n" : "\(message)\n")
        // There is nowhere left to say that this failed.
        do throws(Failure) { try output.flush() } catch {}
    }

    private func show(_ write: (inout Output) -> Void) throws(Failure) {
        var output = Output.standard
        write(&output)
        try output.flush()
    }

    private var usage: String { "usage: \(name) [OPTION]..." + (operands.utf8CodeUnitCount > 0 ? " \(operands)" : "") }

    private func help(_ output: inout Output) {
        output.write("\(usage)\n\(summary)\n\n")
        // Where the purposes of the options begin.
        let column = 26
        for option in options {
            var left = option.short.utf8CodeUnitCount > 0 ? "  -\(option.short), " : "      "
            left += "--\(option.long)"
            if option.takesArgument { left += " \(option.argument)" }
            output.write(left)
            output.write(repeatElement(UInt8(ascii: " "), count: max(2, column - left.utf8.count)))
            output.write("\(option.help)\n")
        }
        if !notes.isEmpty { output.write("\n\(notes)\n") }
    }

    /// Writes the table in TAB-separated fields, from which manual pages and completions are made.
    private func table(_ output: inout Output) {
        output.write("\(name)\t\(operands)\t\(summary)\n")
        for option in options {
            output.write("\(option.short)\t\(option.long)\t\(option.argument)\t\(option.help)\n")
        }
    }
}
