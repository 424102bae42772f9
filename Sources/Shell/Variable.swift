import Base
import CPosix

/// A variable of the environment that the programs read. Newlines at its end, which a secret that was made from a file may
/// have, do not count, and an empty one counts as one that is not set. wq(7) lists them all but `debugStop`, and a unit test
/// compares.
package enum Variable: CaseIterable, Sendable {
    /// The server's address; the first of these that is set counts.
    case url, redisURL
    /// The host and port of a service called redis, as Kubernetes sets them.
    case serviceHost, servicePort
    /// How long to go on trying to connect, and how long to wait for an answer.
    case connectTimeout, commandTimeout
    /// The user to be on the server, the password, a file that has the password, and the password that redis-cli uses.
    case user, password, passwordFile, redisPassword
    /// The same as the options about TLS.
    case tlsAuthorities, tlsCertificate, tlsKey, tlsName, tlsInsecure
    /// The password of sentinels that have one.
    case sentinelPassword
    /// How many replicas must have a change before a program calls it done.
    case replicas
    /// The name of the one who leases or pushes.
    case owner
    /// The lease that a command works on, or several.
    case lease
    /// Where temporary files lie.
    case temporaryFolder
    /// Whether a person wants no colours, and the kind of the terminal.
    case noColour, terminal
    /// The step before which a program stops itself, so that a test can kill it there.
    case debugStop

    package var name: StaticString {
        switch self {
        case .url: "WQ_URL"
        case .redisURL: "REDIS_URL"
        case .serviceHost: "REDIS_SERVICE_HOST"
        case .servicePort: "REDIS_SERVICE_PORT"
        case .connectTimeout: "WQ_CONNECT_TIMEOUT"
        case .commandTimeout: "WQ_COMMAND_TIMEOUT"
        case .user: "WQ_USER"
        case .password: "WQ_PASSWORD"
        case .passwordFile: "WQ_PASSWORD_FILE"
        case .redisPassword: "REDISCLI_AUTH"
        case .tlsAuthorities: "WQ_TLS_CACERT"
        case .tlsCertificate: "WQ_TLS_CERT"
        case .tlsKey: "WQ_TLS_KEY"
        case .tlsName: "WQ_TLS_SNI"
        case .tlsInsecure: "WQ_TLS_INSECURE"
        case .sentinelPassword: "WQ_SENTINEL_PASSWORD"
        case .replicas: "WQ_REPLICAS"
        case .owner: "WQ_OWNER"
        case .lease: "WQ_LEASE"
        case .temporaryFolder: "TMPDIR"
        case .noColour: "NO_COLOR"
        case .terminal: "TERM"
        case .debugStop: "WQ_DEBUG_STOP"
        }
    }

    /// The variable's value; nil if it is not set or empty.
    package var value: Bytes? {
        guard let value = getenv(name.cString) else { return nil }
        let line = Bytes(cString: value).withoutLineEnds
        return line.isEmpty ? nil : line
    }

    /// The time that the variable says, in ms.
    /// - Throws: `.badConfiguration` if it says no time.
    func time(default usual: Seconds) throws(Failure) -> Int {
        guard let text = value else { return usual.milliseconds }
        guard let time = milliseconds(text) else {
            throw Failure(.badConfiguration, "\(name) is \(text.printable): it must be a time like 5s")
        }
        return time
    }

    /// Whether the variable says yes; if it is not set, that means no.
    /// - Throws: `.badConfiguration` if it says neither yes nor no.
    package func isYes() throws(Failure) -> Bool {
        guard let text = value else { return false }
        if text.equals("yes") { return true }
        if text.equals("no") { return false }
        throw Failure(.badConfiguration, "\(name) is \(text.printable): it must be yes or no")
    }

    /// Sets the variable for this program and for the programs that it starts.
    func set(_ text: UnsafePointer<CChar>) { setenv(name.cString, text, 1) }
}
