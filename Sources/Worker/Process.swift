import Base
import CPosix

/// A command that was started: a process, and the session of all that it starts.
struct Process: Equatable {
    /// The ID of the process, and of its session.
    let id: pid_t

    /// How long to wait between two looks whether a session is over, in ms: the end of a process that is no child of this
    /// one raises no signal.
    static var lookInterval: Int { 20 }

    /// Sends the signal to all processes of the session, whatever groups they made.
    /// - Returns: how many of them were alive.
    @discardableResult func send(_ signal: Int32) -> Int { Int(wq_signal_session(id, signal)) }

    /// Whether no process of the session is left. Children that ended must have been reaped.
    var isGone: Bool { wq_is_over(id) }

    /// Starts a program in a session of its own.
    /// - Parameters:
    ///   - path: the program's file, as a C string.
    ///   - text: the command line and then variables `NAME=value`, all of them C strings.
    ///   - count: how many of them are the command line.
    ///   - environment: further variables.
    ///   - standard: the descriptors that become its standard input, output and errors; -1 leaves that one as it is.
    ///   - session: where the session is noted, for the guard.
    /// - Throws: why the system could not.
    static func start(
        _ path: Bytes, _ text: ByteList, arguments count: Int, environment: [UnsafeMutablePointer<CChar>?],
        standard: [Int32], session: UnsafeMutablePointer<wq_session>
    ) throws(SystemError) -> Process {
        let id = withVectors(path, text, arguments: count, environment: environment) {
            wq_start($0, $1, $2, standard, wq_in_own_session, session)
        }
        if id < 0 { throw SystemError(code: -id) }
        return Process(id: id)
    }

    /// Calls the body with the file, the command line and the environment as the system wants them.
    static func withVectors(
        _ path: Bytes, _ text: ByteList, arguments count: Int, environment: [UnsafeMutablePointer<CChar>?],
        _ body: (
            UnsafePointer<CChar>, [UnsafeMutablePointer<CChar>?], [UnsafeMutablePointer<CChar>?]
        ) -> pid_t
    ) -> pid_t {
        path.withUnsafeBytes { path in
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
                return body(path.baseAddress!.assumingMemoryBound(to: CChar.self), words, variables)
            }
        }
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

    /// `status 1` or `signal KILL`, for messages and reasons.
    var text: Bytes {
        switch self {
        case .exited(let code): Bytes("status \(code)".utf8)
        case .signalled(let number): Bytes("signal ") + signalName(number)
        }
    }

    /// The number of the signal that ended the process; nil if it exited.
    var signal: Int32? {
        if case .signalled(let number) = self { return number }
        return nil
    }
}

extension Status {
    /// Whether the end looks like that of a command that was asked to end: by TERM, INT, HUP or QUIT, or with the status by
    /// which shells tell of them.
    var isByRequest: Bool {
        switch code - 128 {
        case SIGTERM, SIGINT, SIGHUP, SIGQUIT: true
        default: false
        }
    }
}

/// The next child that ended, of all that this process has or inherited; nil if there is none now.
func nextEnd() -> (pid_t, Status)? {
    var code: Int32 = 0
    var wasSignalled = false
    let id = wq_reap(&code, &wasSignalled)
    return id == 0 ? nil : (id, wasSignalled ? .signalled(code) : .exited(code))
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

    /// The number of the next signal, and whether the kernel sent it, as for a key of the terminal; nil if there is none now.
    func next() -> (number: Int32, isFromKernel: Bool)? {
        var isFromKernel = false
        let number = wq_next_signal(descriptor, &isFromKernel)
        return number == 0 ? nil : (number, isFromKernel)
    }

    /// Waits until there is a signal, but no longer than so many ms.
    func wait(_ timeout: Int) { _ = wq_poll(descriptor, Int16(POLLIN), Int32(clamping: timeout), false) }
}

/// `KILL`, or the number of a signal that has no name.
func signalName(_ number: Int32) -> Bytes {
    wq_signal_name(number).map { Bytes(cString: $0) } ?? Bytes("\(number)".utf8)
}
