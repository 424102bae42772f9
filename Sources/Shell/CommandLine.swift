import Base
import CPosix

/// The words of a command line as C has them, the program's name first.
struct CommandLine {
    let start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count: Int

    subscript(index: Int) -> UnsafeMutablePointer<CChar>? { index < count ? start?[index] : nil }

    /// The words after the first so many.
    func dropping(_ number: Int) -> CommandLine {
        CommandLine(start: start.map { $0 + number }, count: max(0, count - number))
    }

    func words(from first: Int) -> ByteList {
        var words = ByteList()
        for index in first..<max(first, count) {
            guard let word = self[index] else { break }
            words.append(Bytes(cString: word))
        }
        return words
    }
}

/// A program's table in the form that getopt_long(3) takes.
struct Grammar {
    private let program: Program
    private var letters: Bytes
    private var longs: [option] = []
    /// The code that getopt_long answers for the first option of the table; that of each further one is 1 higher. No letter
    /// has such a code.
    private static var firstCode: Int32 { 256 }

    init(_ program: Program) {
        self.program = program
        // With a plus in front, getopt_long stops at the first operand.
        letters = program.command == .afterQueue ? [UInt8(ascii: "+")] : []
        // With a colon in front, it answers a colon for a missing argument, and a question mark for other mistakes.
        letters.append(UInt8(ascii: ":"))
        for (index, item) in program.options.enumerated() {
            if let letter = item.letter {
                letters.append(letter)
                if item.takesArgument { letters.append(UInt8(ascii: ":")) }
            }
            let isHelp = Bytes(item.long).equals("help")
            longs.append(
                CPosix.option(
                    name: item.long.cString,
                    has_arg: item.takesArgument ? required_argument : isHelp ? optional_argument : no_argument,
                    flag: nil, val: Self.firstCode + Int32(index)))
        }
        letters.append(0)
        longs.append(CPosix.option())
    }

    /// The next code that getopt_long answers; nil when there are no more options.
    func next(in line: CommandLine) -> Int32? {
        let code = letters.withUnsafeBytes {
            wq_getopt(
                program.name.cString, Int32(line.count), line.start,
                $0.baseAddress!.assumingMemoryBound(to: CChar.self), longs)
        }
        return code == -1 ? nil : code
    }

    /// What is wrong, after a code that stands for a mistake.
    func mistake(_ code: Int32, in line: CommandLine) -> String {
        let number = wq_optopt()
        let isMissing = code == Int32(UInt8(ascii: ":"))
        if number >= Self.firstCode {
            let long = program.options[Int(number - Self.firstCode)].long
            let verb = isMissing ? "requires an" : "doesn't allow an"
            return "option '--\(long)' \(verb) argument"
        }
        if number != 0 {
            let letter = [UInt8(truncatingIfNeeded: number)].printable
            return isMissing
                ? "option requires an argument -- '\(letter)'" : "invalid option -- '\(letter)'"
        }
        let word = line[Int(wq_optind()) - 1].map { Bytes(cString: $0) } ?? []
        let name = Bytes(word.dropFirst(2).prefix { $0 != UInt8(ascii: "=") })
        let possible = program.options.filter { Bytes($0.long).starts(with: name) }
        if possible.count < 2 { return "unrecognized option '\(word.printable)'" }
        return "option '\(word.printable)' is ambiguous: " + possible.map { "--\($0.long)" }.joined(separator: ", ")
    }

    /// The option that a code stands for; nil if it stands for a mistake.
    func option(_ code: Int32) -> Option? {
        if code >= Self.firstCode { return program.options[Int(code - Self.firstCode)] }
        return program.options.first { $0.letter.map { Int32($0) } == code }
    }
}

/// Where the words begin that follow `--`: a command, or operands that are nothing but themselves. getopt_long moves words, and
/// the words of a command look like operands to it, so this counts them before it does and finds them after it did.
struct CommandBoundary {
    /// How many words follow the first `--`, which getopt_long does not move.
    let length: Int

    /// - Parameter words: all of the command line but the program's name, as they were given.
    init(_ words: ByteList) { length = Self.countAfterDashes(words) ?? 0 }

    /// Parts the words that getopt_long left into operands and command. A first `--` with no operand before it only ends the
    /// options, as everywhere; then the command follows the next `--`.
    func split(_ words: ByteList) -> (operands: ByteList, command: ByteList) {
        let length = self.length == words.count ? Self.countAfterDashes(words) ?? 0 : self.length
        let start = words.count - length
        var (operands, command) = (ByteList(), ByteList())
        for index in 0..<start {
            // getopt_long leaves the dashes before the command where they are.
            if index == start - 1, words[index].equals("--") { continue }
            operands.append(words[index])
        }
        for index in start..<words.count { command.append(words[index]) }
        return (operands, command)
    }

    private static func countAfterDashes(_ words: ByteList) -> Int? {
        (0..<words.count).first { words[$0].equals("--") }.map { words.count - $0 - 1 }
    }
}
