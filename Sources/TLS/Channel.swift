import Base
import COpenSSL
import CPosix

/// The client's end of TLS on a socket. No call waits. This is the only file that calls OpenSSL.
public struct Channel: ~Copyable {
    /// The result of a step.
    package enum Step: Equatable {
        /// So many bytes were moved, or the handshake is through.
        case done(Int)
        /// The socket must be ready for this event first: POLLIN or POLLOUT.
        case wants(Int32)
        /// The server has ended the connection.
        case ended
    }

    let socket: Int32
    private let context: OpaquePointer
    private let connection: OpaquePointer
    private let address: String
    private var isOpen = false

    /// The OpenSSL that this program runs with, `OpenSSL 3.0.19 27 Jan 2026`.
    package static var library: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

    /// Makes a channel on a socket. `shakeHands` comes next.
    /// - Parameters:
    ///   - socket: a socket that is connected to the server; the channel closes it.
    ///   - address: the server's, for messages.
    ///   - name: a host's name or an IP address, which the server's certificate must have.
    /// - Throws: `.badConfiguration` if a certificate or key cannot be used.
    package static func on(
        _ socket: Int32, _ address: String, name: Bytes, trust: Trust
    ) throws(Failure) -> Channel {
        guard let context = wq_tls_context(), let connection = SSL_new(context) else {
            throw Failure(.tryAgain, "out of memory")
        }
        let channel = Channel(socket: socket, context: context, connection: connection, address: address)
        SSL_set_fd(connection, socket)
        wq_unblock(socket)
        try channel.apply(trust)
        guard withCString(name, { wq_tls_expect(connection, $0) }) else {
            throw Failure(.badConfiguration, "\(name.printable) is no name that a server can have")
        }
        return channel
    }

    private init(socket: Int32, context: OpaquePointer, connection: OpaquePointer, address: String) {
        self.socket = socket
        self.context = context
        self.connection = connection
        self.address = address
    }

    private func apply(_ trust: Trust) throws(Failure) {
        if trust.isBlind {
            SSL_set_verify(connection, SSL_VERIFY_NONE, nil)
        } else if let file = trust.authorities {
            guard withCString(file, { SSL_CTX_load_verify_file(context, $0) }) == 1 else {
                throw Self.unusable("WQ_TLS_CACERT", file, "the authorities")
            }
        } else {
            wq_tls_trust_system(context)
        }
        // A place without authorities leaves an error behind, which is none of the next step.
        ERR_clear_error()
        guard let file = trust.certificate else { return }
        guard withCString(file, { SSL_use_certificate_chain_file(connection, $0) }) == 1 else {
            throw Self.unusable("WQ_TLS_CERT", file, "the certificate")
        }
        let key = trust.key ?? file
        guard withCString(key, { SSL_use_PrivateKey_file(connection, $0, SSL_FILETYPE_PEM) }) == 1 else {
            throw Self.unusable("WQ_TLS_KEY", key, "the private key")
        }
    }

    private static func unusable(_ variable: StaticString, _ file: Bytes, _ what: StaticString) -> Failure {
        // OpenSSL keeps several errors, and the first of them is the nearest to the cause.
        let why = describe(ERR_get_error())
        ERR_clear_error()
        return Failure(.badConfiguration, "\(variable): cannot use \(what) in \(file.printable): \(why)")
    }

    deinit {
        // This tells the server that the connection ends, and awaits no answer.
        if isOpen { SSL_shutdown(connection) }
        SSL_free(connection)
        SSL_CTX_free(context)
        close(socket)
    }

    /// Takes a step of the handshake.
    /// - Throws: `.badConfiguration` if the server cannot be trusted or speaks no TLS, `.notPermitted` if it does not
    ///   trust this client, `.unavailable` if the connection broke.
    package mutating func shakeHands() throws(Failure) -> Step {
        let step = try judge(SSL_connect(connection))
        if step == .ended { throw failure("it closed the connection in the middle of the TLS handshake") }
        if case .done = step { isOpen = true }
        return step
    }

    /// Sends some of the bytes. Like `read`, it throws `.unavailable` if the connection broke.
    mutating func write(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Step {
        try judge(bytes.withUnsafeBytes { SSL_write(connection, $0.baseAddress, Int32(clamping: $0.count)) })
    }

    /// Fills some of the room with what arrived.
    package mutating func read(into room: inout Bytes) throws(Failure) -> Step {
        try judge(room.withUnsafeMutableBytes { SSL_read(connection, $0.baseAddress, Int32(clamping: $0.count)) })
    }

    /// Tells the server that nothing more will be written.
    mutating func finish() {
        SSL_shutdown(connection)
        ERR_clear_error()
    }

    /// What the result of a call of OpenSSL means.
    private mutating func judge(_ result: Int32) throws(Failure) -> Step {
        if result > 0 { return .done(Int(result)) }
        let system = wq_errno()
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .wants(POLLIN)
        case SSL_ERROR_WANT_WRITE: return .wants(POLLOUT)
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL:
            isOpen = false
            if system == 0 || system == EPIPE { return .ended }
            throw failure(String(cString: strerror(system)))
        default:
            isOpen = false
            throw refusal(ERR_get_error())
        }
    }

    /// The reason by which OpenSSL tells of an alert that the server sent.
    private static func alert(_ description: Int32) -> Int32 { SSL_AD_REASON_OFFSET + description }

    /// The failure that an error of the protocol stands for.
    private func refusal(_ code: UInt) -> Failure {
        ERR_clear_error()
        let verdict = SSL_get_verify_result(connection)
        let reason = wq_tls_reason(code)
        if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            let why = String(cString: X509_verify_cert_error_string(verdict))
            let remedy: StaticString =
                switch Int32(verdict) {
                case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                    "; WQ_TLS_SNI or --sni gives it the name that its certificate has"
                case X509_V_ERR_CERT_HAS_EXPIRED: "; the server needs a new one, unless this machine's clock is ahead"
                case X509_V_ERR_CERT_NOT_YET_VALID: "; is this machine's clock behind?"
                default: "; WQ_TLS_CACERT or --cacert names the authorities that vouch for it"
                }
            return Failure(.badConfiguration, "the server at \(address) cannot be trusted: \(why)\(remedy)")
        }
        switch reason {
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_HTTP_REQUEST:
            return Failure(.badConfiguration, "\(address) speaks no TLS: redis:// is for connections without TLS")
        case SSL_R_UNSUPPORTED_PROTOCOL, Self.alert(SSL_AD_PROTOCOL_VERSION), Self.alert(SSL_AD_INSUFFICIENT_SECURITY):
            return nothingInCommon(code)
        // Before a cipher is chosen, the server can only object to the ciphers and versions of this side.
        case Self.alert(SSL_AD_HANDSHAKE_FAILURE) where SSL_get_current_cipher(connection) == nil:
            return nothingInCommon(code)
        // With these alerts the server objects to the client's certificate, or to its lack.
        case Self.alert(SSL_AD_HANDSHAKE_FAILURE),
            Self.alert(SSL_AD_NO_CERTIFICATE)...Self.alert(SSL_AD_CERTIFICATE_UNKNOWN),
            Self.alert(SSL_AD_UNKNOWN_CA), Self.alert(SSL_AD_ACCESS_DENIED), Self.alert(SSL_AD_CERTIFICATE_REQUIRED):
            return Failure(
                .notPermitted,
                "Redis at \(address) wants a certificate that it trusts (WQ_TLS_CERT, WQ_TLS_KEY): \(describe(code))")
        default: return failure(describe(code))
        }
    }

    private func nothingInCommon(_ code: UInt) -> Failure {
        Failure(
            .badConfiguration,
            "the server at \(address) has no cipher in common with this program, which wants TLS 1.2 or newer and forward"
                + " secrecy: \(describe(code))")
    }

    private func failure(_ why: String) -> Failure {
        Failure(.unavailable, "cannot reach Redis at \(address): \(why)", .disconnection)
    }
}

/// The words of OpenSSL, or of the system, for an error code.
private func describe(_ code: UInt) -> String {
    if let text = ERR_reason_error_string(code) { return String(cString: text) }
    let system = wq_tls_reason(code)
    return system == 0 ? "unknown reason" : String(cString: strerror(system))
}
