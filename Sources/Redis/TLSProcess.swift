import Base
import CPosix

/// The program `wq-tls` at the other end of a socket pair: it speaks TLS with the server, so that only it carries a TLS
/// library. It says how it fares, in lines, on a pipe of its own: `ready`, or `failed TAB status TAB why`, which may also
/// come later.
struct TLSProcess: ~Copyable {
    /// What is written there goes to the server.
    let socket: Int32
    private let process: pid_t
    private let status: Int32

    /// Starts one, and waits until its connection stands.
    /// - Parameters:
    ///   - program: the file of wq-tls.
    ///   - timeout: in ms.
    /// - Throws: what it says.
    init(_ address: Address, program: Bytes, timeout: Int) throws(Failure) {
        (process, socket, status) = Self.start(program, address)
        guard process > 0 else { throw .system(.unavailable, "cannot run wq-tls", errno: -process) }
        guard let line = line(within: timeout) else {
            kill(process, SIGKILL)
            throw Self.failure(address, "no TLS within \(duration(timeout)); redis:// is for connections without TLS")
        }
        if line.equals("ready") { return }
        // What is no report is what kept it from starting.
        throw failure(line) ?? Self.failure(address, "wq-tls ended: \(line.printable)")
    }

    /// Starts the program with one end of a socket pair as its standard input and output, and with that of a pipe as its
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
            withCString(program) { wq_start($0, vector, wq_environment(), [theirs, theirs, report], wq_in_own_group, nil) }
        }
        if process < 0 {
            close(socket)
            close(status)
        }
        return (process, socket, status)
    }

    /// Why the connection ended, if it was not simply closed.
    func complaint() -> Failure? { line(within: 0).flatMap { failure($0) } }

    private static func failure(_ address: Address, _ why: String) -> Failure {
        Failure(.unavailable, "cannot reach Redis at \(address.text): \(why)", .disconnection)
    }

    private func failure(_ line: Bytes) -> Failure? {
        let fields = line.split(separator: 0x09, maxSplits: 2)
        guard fields.count == 3, Bytes(fields[0]).equals("failed"), let status = fields[1].decimal else { return nil }
        let exit = Exit(rawValue: Int32(clamping: status))
        return Failure(exit, String(decoding: fields[2], as: UTF8.self), exit == .unavailable ? .disconnection : .final)
    }

    /// The next line of its report; empty if it has ended, nil if none comes in time.
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

    /// The socket must be closed by now, which tells it to end.
    deinit {
        guard process > 0 else { return }
        if wq_poll(status, 0, 1000, false) == 0 { kill(process, SIGKILL) }
        close(status)
        wq_bury(process)
    }
}
