import Base
import CPosix

/// The program `wq-tls` at the other end of a socket pair: it speaks TLS with the server, so that no other program carries a
/// TLS library. It reports in lines on a pipe of its own: `ready`, or `failed TAB status TAB why`, which may also come
/// later.
struct TLSProcess: ~Copyable {
    /// Bytes that are written to this socket go to the server, and those of the server come from it.
    let socket: Int32
    private let process: pid_t
    private let status: Int32

    /// Starts wq-tls, and waits until its connection stands.
    /// - Parameters:
    ///   - program: the file of wq-tls.
    ///   - timeout: in ms.
    /// - Throws: the failure that wq-tls reports; `.unavailable` if it cannot be run or takes too long.
    init(_ address: Address, program: Bytes, timeout: Int) throws(Failure) {
        (process, socket, status) = Self.start(program, address)
        guard process > 0 else { throw .system(.unavailable, "cannot run wq-tls", errno: -process) }
        guard let line = line(within: timeout) else {
            kill(process, SIGKILL)
            throw Self.failure(address, "no TLS within \(duration(timeout)); redis:// is for connections without TLS")
        }
        if line.equals("ready") { return }
        // A line that is no report says why wq-tls could not start.
        throw failure(line) ?? Self.failure(address, "wq-tls ended: \(line.printable)")
    }

    /// Starts the program with one end of a socket pair as its standard input and output, and one end of a pipe as its
    /// standard error.
    /// - Returns: its pid, or minus errno; and the other ends.
    private static func start(_ program: Bytes, _ address: Address) -> (pid_t, socket: Int32, status: Int32) {
        var (socket, theirs, status, report): (Int32, Int32, Int32, Int32) = (-1, -1, -1, -1)
        guard wq_socket_pair(&socket, &theirs) else { return (-wq_errno(), -1, -1) }
        defer { close(theirs) }
        guard wq_pipe(&status, &report, true) else {
            let error = wq_errno()
            close(socket)
            return (-error, -1, -1)
        }
        defer { close(report) }
        let words: ByteList = [
            "wq-tls\0", "--status-fd\0", "2\0", "--url\0", .bytes(address.url + [0]),
        ]
        let process = words.withCStrings { vector in
            withCString(program) {
                wq_start($0, vector, wq_environment(), [theirs, theirs, report], wq_in_own_group, nil)
            }
        }
        if process < 0 {
            close(socket)
            close(status)
        }
        return (process, socket, status)
    }

    /// Why the connection ended, if wq-tls reported a reason.
    func complaint() -> Failure? { line(within: 0).flatMap { failure($0) } }

    private static func failure(_ address: Address, _ why: String) -> Failure {
        Failure(.unavailable, "cannot reach Redis at \(address.text): \(why)", .disconnection)
    }

    private func failure(_ line: Bytes) -> Failure? {
        let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 2)
        guard fields.count == 3, Bytes(fields[0]).equals("failed"), let status = fields[1].decimal else { return nil }
        let exit = Exit(rawValue: Int32(clamping: status))
        return Failure(exit, String(decoding: fields[2], as: UTF8.self), exit == .unavailable ? .disconnection : .final)
    }

    /// The next line of the report; empty if wq-tls has ended, nil if no line comes in time.
    private func line(within timeout: Int) -> Bytes? {
        let deadline = monotonic() + timeout
        var line: Bytes = []
        while true {
            let left = max(0, deadline - monotonic())
            if wq_poll(status, Int16(POLLIN), Int32(clamping: left), true) == 0 { return nil }
            var byte: Bytes = [0]
            if Descriptor(status).read(into: &byte).count == 0 || byte[0] == UInt8(ascii: "\n") { return line }
            line += byte
        }
    }

    /// How long wq-tls may take to end once its socket is closed, in ms.
    private static var patience: Int32 { 1000 }

    /// The socket must be closed by now, which tells wq-tls to end.
    deinit {
        guard process > 0 else { return }
        if wq_poll(status, 0, Self.patience, false) == 0 { kill(process, SIGKILL) }
        close(status)
        wq_bury(process)
    }
}
