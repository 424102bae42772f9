import Base
import CPosix

/// A command that was started: a process, and the group of all that it starts.
struct Process: Equatable {
    /// The ID of the process, and of its group.
    let id: pid_t

    /// How long to wait between two looks whether a group is gone, in ms: the end of a process that is no child of this
    /// one raises no signal.
    static var lookInterval: Int { 20 }

    /// Sends the signal to all processes of the group.
    func send(_ signal: Int32) { kill(-id, signal) }

    /// Sends the group what its `Stopping` asks for.
    func send(_ step: StopStep) {
        switch step {
        case .terminate:
            send(SIGTERM)
            // A process that stopped itself would not hear TERM.
            send(SIGCONT)
        case .kill: send(SIGKILL)
        }
    }

    /// Whether no process of the group is left. Children that ended must have been reaped.
    var isGone: Bool { kill(-id, 0) != 0 }

    /// Starts a program.
    /// - Parameters:
    ///   - path: the program's file, as a C string.
    ///   - text: the command line and then variables `NAME=value`, all of them C strings.
    ///   - count: how many of them are the command line.
    ///   - environment: further variables.
    ///   - standard: the descriptors that become its standard input, output and errors; -1 leaves that one as it is.
    ///   - getsTerminal: whether the terminal becomes the new group's.
    /// - Throws: the errno of what the system could not do.
    static func start(
        _ path: Bytes, _ text: ByteList, arguments count: Int, environment: [UnsafeMutablePointer<CChar>?],
        standard: [Int32] = [-1, -1, -1], getsTerminal: Bool = false
    ) throws(SystemError) -> Process {
        let id = path.withUnsafeBytes { path in
            text.bytes.withUnsafeBytes { bytes in
                let base = UnsafeMutablePointer(mutating: bytes.baseAddress!.assumingMemoryBound(to: CChar.self))
                var words: [UnsafeMutablePointer<CChar>?] = []
                var variables = environment
                variables.reserveCapacity(environment.count + text.count - count + 1)
                for index in 0..<text.count {
                    let start = base + (index == 0 ? 0 : text.ends[index - 1])
                    if index < count { words.append(start) } else { variables.append(start) }
                }
                words.append(nil)
                variables.append(nil)
                let file = path.baseAddress!.assumingMemoryBound(to: CChar.self)
                return wq_start(file, words, variables, standard, getsTerminal)
            }
        }
        if id < 0 { throw SystemError(code: -id) }
        return Process(id: id)
    }

    /// The variables of this process, as C strings `NAME=value`.
    /// - Parameter isKept: whether the result has this variable.
    static func environment(_ isKept: (Bytes) -> Bool = { _ in true }) -> [UnsafeMutablePointer<CChar>?] {
        var kept: [UnsafeMutablePointer<CChar>?] = []
        var at = wq_environment()
        while let entry = at?.pointee {
            if isKept(Bytes(cString: entry)) { kept.append(entry) }
            at = at.map { $0 + 1 }
        }
        return kept
    }

    /// The file that a command's name stands for, as a C string: looked up in `PATH`, unless it has a slash.
    /// - Parameter name: a C string.
    /// - Throws: `ENOENT` or `EACCES` if there is none.
    static func find(_ name: Bytes) throws(SystemError) -> Bytes {
        var path = Bytes(repeating: 0, count: Int(PATH_MAX))
        let isFound = path.withUnsafeMutableBytes { room in
            name.withUnsafeBytes {
                wq_find_program(
                    $0.baseAddress!.assumingMemoryBound(to: CChar.self),
                    room.baseAddress!.assumingMemoryBound(to: CChar.self), room.count)
            }
        }
        if !isFound { throw SystemError(code: wq_errno()) }
        return path.prefix { $0 != 0 } + [0]
    }
}

/// Why the system could not do something: an errno.
struct SystemError: Error, Equatable {
    let code: Int32
}

/// How a process ended.
enum Status: Equatable {
    case exited(Int32)
    case signalled(Int32)

    /// The status that a shell tells: the exit status, or 128 more than the signal's number.
    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let number): Exit.signalled(number).rawValue
        }
    }

    /// The number of the signal that ended the process; nil if it exited.
    var signal: Int32? {
        if case .signalled(let number) = self { return number }
        return nil
    }
}

/// What happened to a child.
enum Change: Equatable {
    case ended(Status)
    case stopped
}

/// The next child that ended or was stopped, of all that this process has or inherited; nil if there is none now.
func nextChange() -> (Process, Change)? {
    var code: Int32 = 0
    var how = wq_exited
    let id = wq_reap(&code, &how)
    if id == 0 { return nil }
    let change: Change =
        how == wq_stopped ? .stopped : .ended(how == wq_signalled ? .signalled(code) : .exited(code))
    return (Process(id: id), change)
}

/// The signals that are held back and read one by one: they do not end this process by themselves any more.
struct Signals {
    /// A descriptor that can be read when there is a signal.
    let descriptor: Int32

    /// - Parameter stopsToo: whether TSTP, which Ctrl-Z sends, is among them.
    /// - Throws: `.inputOutput` if the kernel gives no descriptor.
    init(stopsToo: Bool) throws(Failure) {
        descriptor = wq_signal_descriptor(stopsToo)
        if descriptor < 0 { throw .system(.inputOutput, "cannot watch for signals", errno: wq_errno()) }
    }

    /// The number of the next signal; nil if there is none now.
    func next() -> Int32? {
        let number = wq_next_signal(descriptor)
        return number == 0 ? nil : number
    }

    /// Waits until there is a signal, but no longer than so many ms.
    func wait(_ timeout: Int) { _ = wq_poll(descriptor, Int16(POLLIN), Int32(clamping: timeout), false) }
}

/// `KILL`, or the number of a signal that has no name.
func signalName(_ number: Int32) -> Bytes {
    wq_signal_name(number).map { Bytes(cString: $0) } ?? Bytes("\(number)".utf8)
}
