import Base
import CHiredis
import CPosix

/// A connection to one Redis server. Commands are appended, flushed together and answered in order, so that as
/// many as wanted share a round trip. The only file that calls hiredis.
public struct Connection: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>
    /// The address for messages.
    let address: String
    /// The server at the other end; with sentinels, the primary that they named.
    package let node: Address
    /// The process that speaks TLS for this connection, if the address asks for TLS. It must end after the context.
    private let tls: TLSProcess?
    var greetings: Greetings
    /// Whether commands can be sent.
    private enum Sending {
        case works
        /// Nothing more can be sent. What the server wrote before it closed the connection, which may say why, is still read.
        case failed(Failure)
    }

    private var sending: Sending
    /// Whether the server was not there, or took nobody, when it was first tried.
    package private(set) var hasWaited: Bool

    /// Connects, and has the server accept the password; while the server is not there yet, or takes no more clients, tries
    /// again with growing pauses until the timeout. Database and the connection's name travel with the first command.
    /// - Parameters:
    ///   - timeout: in ms, for all tries together.
    ///   - shortest: in ms, the least time for each try.
    ///   - longest: in ms, the most time for each try.
    ///   - once: whether to try only once.
    ///   - isProven: whether the answers to all greetings are awaited, too, for a caller that does not try again itself.
    ///   - wait: is called between two tries and waits for this many ms. It may give up by throwing.
    /// - Throws: `.unavailable` with the last reason, `.notPermitted` if the password is refused.
    package init(
        _ server: Server, timeout: Int, shortest: Int = 1, longest: Int = .max, once: Bool = false,
        isProven: Bool = false, wait: (Int) throws(Failure) -> Void = Self.sleep
    ) throws(Failure) {
        let deadline = monotonic() + timeout
        var (pauses, isLate) = (Backoff.connecting, false)
        while true {
            do throws(Failure) {
                let node = try Self.located(server, timeout: min(longest, max(shortest, deadline - monotonic())))
                let left = min(longest, max(shortest, deadline - monotonic()))
                // A last try, too, has time for a handshake. A server that is busy answers late.
                self = try Self.opened(
                    server, node, timeout: left, handshake: max(left, min(timeout, Self.handshake)),
                    patience: once ? left : min(longest, server.commandTimeout), isProven: isProven)
                break
            } catch {
                let left = deadline - monotonic()
                guard left > 0, !once, error.isDisconnection || error.cause == .busy else { throw error }
                isLate = true
                try wait(min(pauses.next(), left))
            }
        }
        hasWaited = isLate
    }

    private init(
        _ context: UnsafeMutablePointer<redisContext>, _ tls: consuming TLSProcess?, to node: Address,
        _ greetings: Greetings
    ) {
        self.context = context
        self.tls = tls
        (address, self.node) = (node.text, node)
        self.greetings = greetings
        (sending, hasWaited) = (.works, false)
    }

    /// Connects to that node, and authenticates.
    private static func opened(
        _ server: Server, _ node: Address, timeout: Int, handshake: Int, patience: Int, isProven: Bool
    ) throws(Failure) -> Connection {
        var connection: Connection
        if case .tls = node.endpoint {
            guard let program = server.tlsProgram else { throw noTLSProgram }
            let process = try TLSProcess(node, program: program, timeout: handshake)
            let context = try context(of: process.socket)
            connection = Connection(context, consume process, to: node, Greetings(to: server))
        } else {
            connection = Connection(try connect(node, timeout: timeout), nil, to: node, Greetings(to: server))
        }
        try connection.authenticate(server, timeout: patience)
        for command in connection.greetings.commands { connection.append(command) }
        if isProven { try connection.prove(timeout: patience) }
        return connection
    }

    /// How long a handshake of TLS may take at least, in ms, if all tries together may take so long.
    private static var handshake: Int { 1000 }

    /// The address to connect to: that of the primary, if sentinels know it.
    private static func located(_ server: Server, timeout: Int) throws(Failure) -> Address {
        guard case .sentinel(let hosts, let name, let isSecure) = server.address.endpoint else { return server.address }
        return try server.primary(hosts, name, isSecure: isSecure, timeout: timeout)
    }

    deinit { redisFree(context) }

    /// The socket of a plain connection to that host. The caller speaks on it without hiredis, and closes it.
    /// - Parameter timeout: in ms.
    package static func socket(to address: Address, timeout: Int) throws(Failure) -> Int32 {
        redisFreeKeepFd(try connect(address, timeout: timeout))
    }

    private static func context(of socket: Int32) throws(Failure) -> UnsafeMutablePointer<redisContext> {
        guard let context = redisConnectFd(socket) else {
            close(socket)
            throw outOfMemory
        }
        return context
    }

    private static func connect(
        _ address: Address, timeout: Int
    ) throws(Failure) -> UnsafeMutablePointer<redisContext> {
        let span = timeval(tv_sec: timeout / 1000, tv_usec: timeout % 1000 * 1000)
        let context: UnsafeMutablePointer<redisContext>? =
            switch address.endpoint {
            case .tcp(let host, let port), .tls(let host, let port):
                withCString(host) { wq_connect($0, Int32(port), span) }
            case .unix(let path):
                withCString(path) { redisConnectUnixWithTimeout($0, span) }
            // The primary's address takes the place of this one before.
            case .sentinel: nil
            }
        guard let context else { throw outOfMemory }
        guard context.pointee.err == 0 else {
            let why = reason(context)
            redisFree(context)
            throw Failure(.unavailable, "cannot reach Redis at \(address.text): \(why)", .disconnection)
        }
        wq_close_on_exec(context.pointee.fd)
        wq_bound_answers(context)
        return context
    }

    /// Queues a command for sending.
    package mutating func append(_ command: ByteList) {
        command.bytes.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            var starts: [UnsafePointer<CChar>?] = []
            var lengths: [Int] = []
            starts.reserveCapacity(command.count)
            lengths.reserveCapacity(command.count)
            var start = 0
            for end in command.ends {
                starts.append(base.map { $0 + start })
                lengths.append(end - start)
                start = end
            }
            _ = redisAppendCommandArgv(context, Int32(command.count), &starts, &lengths)
        }
    }

    /// Sends all that was appended. If that fails, the wait for the next answer throws the failure.
    package mutating func flush() {
        var done: Int32 = 0
        while done == 0 {
            if redisBufferWrite(context, &done) != REDIS_OK { return cannotSend() }
        }
    }

    /// Waits for the next answer.
    /// - Parameters:
    ///   - timeout: in ms.
    ///   - interruptibly: whether a signal that is held back may end the program while it waits.
    /// - Throws: `.unavailable` if none came in time or the connection broke. An error reply is a value.
    package mutating func receive(timeout: Int, interruptibly: Bool = false) throws(Failure) -> Value {
        flush()
        while true {
            if let value = try greetings.take(try next(timeout, interruptibly), from: address) { return value }
        }
    }

    mutating func next(_ timeout: Int, _ interruptibly: Bool) throws(Failure) -> Value {
        let deadline = monotonic() + timeout
        while true {
            if let value = try parsed() { return value }
            let left = deadline - monotonic()
            let ready = left > 0 ? wq_poll(context.pointee.fd, Int16(POLLIN), Int32(clamping: left), interruptibly) : 0
            if ready == 0 {
                throw Failure(.unavailable, "Redis at \(address) did not answer within \(duration(timeout))")
            }
            if ready > 0, redisBufferRead(context) != REDIS_OK { throw broken() }
        }
    }

    /// Ends the connection; the server forgets this client.
    package func hangUp() { shutdown(context.pointee.fd, Int32(SHUT_RDWR)) }

    /// The socket, for callers that poll.
    package var descriptor: Int32 { context.pointee.fd }

    /// Has calls on the socket wait no more: from here on the caller uses `transmit`, `absorb` and `answer`.
    package mutating func unblock() {
        context.pointee.flags &= ~REDIS_BLOCK
        wq_unblock(context.pointee.fd)
    }

    /// Sends as much as the connection takes now. If that fails, `absorb` throws the failure.
    /// - Returns: whether nothing is left to send.
    package mutating func transmit() -> Bool {
        var done: Int32 = 0
        if redisBufferWrite(context, &done) != REDIS_OK {
            cannotSend()
            return true
        }
        return done != 0
    }

    /// Notes why nothing can be sent any more, and has hiredis go on reading.
    private mutating func cannotSend() {
        if case .works = sending { sending = .failed(broken()) }
        context.pointee.err = 0
    }

    /// Takes in the bytes that have arrived, for `answer`. Throws `.unavailable` if the connection broke.
    package mutating func absorb() throws(Failure) {
        guard redisBufferRead(context) == REDIS_OK else { throw broken() }
    }

    /// The next answer; nil if it has not arrived whole.
    package mutating func answer() throws(Failure) -> Value? {
        while let reply = try parsed() {
            if let value = try greetings.take(reply, from: address) { return value }
        }
        return nil
    }

    /// The next reply that has arrived whole; nil if there is none. Memory grows with the bytes that arrive, up to 1 GB for a
    /// reply, and not with the length that the server announces: see CHiredis.c.
    private func parsed() throws(Failure) -> Value? {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw broken() }
        guard let reply else {
            if wq_is_too_much(context) { throw unlikeRedis(Self.tooMuch) }
            return nil
        }
        defer { freeReplyObject(reply) }
        return try decode(reply.assumingMemoryBound(to: redisReply.self), depth: 0)
    }

    private func broken() -> Failure {
        if let complaint = tls?.complaint() { return complaint }
        // hiredis has codes of its own for replies that it could not take.
        return switch context.pointee.err {
        case REDIS_ERR_PROTOCOL: unlikeRedis(Self.reason(context))
        case REDIS_ERR_OOM: unlikeRedis(Self.tooMuch)
        default:
            if case .failed(let failure) = sending {
                failure
            } else {
                Failure(
                    .unavailable, "the connection to Redis at \(address) broke: \(Self.reason(context))",
                    .disconnection)
            }
        }
    }

    private func unlikeRedis(_ why: String) -> Failure {
        Failure(.unexpectedReply, "\(address) does not answer like Redis: \(why)")
    }

    private static var tooMuch: String { "an answer is larger, or nested deeper, than any that was asked for" }

    private static func reason(_ context: UnsafeMutablePointer<redisContext>) -> String {
        withUnsafeBytes(of: context.pointee.errstr) { text in String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static var noTLSProgram: Failure {
        Failure(.badConfiguration, "rediss:// needs the program wq-tls, which is neither beside this one nor in PATH")
    }

    private static var outOfMemory: Failure { Failure(.tryAgain, "out of memory") }
}

/// Copies a reply. One of an unknown type, or with lists too deep in each other, is an `.unexpectedReply`.
func decode(_ reply: UnsafeMutablePointer<redisReply>, depth: Int) throws(Failure) -> Value {
    let text = UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.str == nil ? 0 : reply.pointee.len)
    switch reply.pointee.type {
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: return .bytes(Bytes(text))
    case REDIS_REPLY_ERROR: return .error(withoutArguments(Bytes(text)))
    case REDIS_REPLY_INTEGER: return .integer(Int(reply.pointee.integer))
    case REDIS_REPLY_NIL: return .null
    case REDIS_REPLY_ARRAY:
        guard depth < wq_deepest else { throw Value.unexpected("it is nested too deep") }
        var values: [Value] = []
        values.reserveCapacity(Int(reply.pointee.elements))
        for index in 0..<Int(reply.pointee.elements) {
            guard let element = reply.pointee.element[index] else { throw Value.unexpected("an element is missing") }
            values.append(try decode(element, depth: depth + 1))
        }
        return .list(values)
    default: throw Value.unexpected("type \(reply.pointee.type)")
    }
}
