import Base

/// Where a Redis server is, and as whom to speak to it.
package struct Address: Equatable, Sendable {
    /// Where to connect to.
    package enum Endpoint: Equatable, Sendable {
        case tcp(host: Bytes, port: Int)
        /// TCP with TLS.
        case tls(host: Bytes, port: Int)
        case unix(path: Bytes)
        /// The primary that these sentinels know by that name; with TLS to them and to it, or without.
        case sentinel([Host], name: Bytes, isSecure: Bool)

        package var usesTLS: Bool {
            switch self {
            case .tls, .sentinel(_, _, true): true
            case .tcp, .unix, .sentinel: false
            }
        }
    }

    package struct Host: Equatable, Sendable {
        /// A name, an IPv4 or an IPv6 address.
        package var name: Bytes
        package var port: Int
    }

    package var endpoint: Endpoint
    /// The database to select; 0 is what a new connection has.
    package var database = 0
    package var credentials = Credentials()

    /// What a URL begins with.
    private enum Scheme: CaseIterable {
        case unix, tcp, tls, sentinel, secureSentinel

        var text: StaticString {
            switch self {
            case .unix: "unix://"
            case .tcp: "redis://"
            case .tls: "rediss://"
            case .sentinel: "redis+sentinel://"
            case .secureSentinel: "rediss+sentinel://"
            }
        }
    }

    /// The port of a Redis server, and that of a sentinel, where a URL names none.
    package static var usualPort: Int { 6379 }
    private static var usualSentinelPort: Int { 26379 }
    /// The highest number of a port.
    package static var highestPort: Int { 65535 }
    /// The most bytes of a socket's path: the kernel's limit, less a NUL. It would cut a longer path short without a word.
    private static var longestPath: Int { 107 }

    /// Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://...` (the same with TLS),
    /// `unix:///path[?db=N]` or `redis+sentinel://[user[:password]@]host[:port],.../name[/db]` (the same with TLS:
    /// `rediss+sentinel://`). User, password, host, path and name are percent-encoded.
    /// - Throws: `.badConfiguration` with what is wrong with it; the message has no password.
    package init(url: Bytes) throws(Failure) {
        guard let scheme = Scheme.allCases.first(where: { url.starts(with: $0.text) }) else {
            throw Self.wrong(
                url, "it must begin with redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix://")
        }
        let rest = url.dropFirst(scheme.text.utf8CodeUnitCount)
        if scheme == .unix {
            (endpoint, database) = try Self.socket(rest, url: url)
            return
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        var authority = rest[..<slash]
        var path = rest[slash...].dropFirst()
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            credentials = try Credentials(userinfo: authority[..<at], url: url)
            authority = authority[(at + 1)...]
        }
        guard !authority.contains(UInt8(ascii: "?")), !path.contains(UInt8(ascii: "?")) else {
            throw Self.wrong(url, "a '?' has no meaning there: a database is given as host/N")
        }
        let isSecure = scheme == .tls || scheme == .secureSentinel
        if scheme == .sentinel || scheme == .secureSentinel {
            var hosts: [Host] = []
            for part in authority.split(separator: UInt8(ascii: ",")) {
                hosts.append(try Self.host(part, defaultPort: Self.usualSentinelPort, url: url))
            }
            let end = path.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            let name = path[..<end]
            path = path[end...].dropFirst()
            guard !hosts.isEmpty, !name.isEmpty else {
                throw Self.wrong(url, "it needs the sentinels and the primary's name: redis+sentinel://host,host/name")
            }
            self.endpoint = .sentinel(hosts, name: try percentDecoded(name, url), isSecure: isSecure)
        } else {
            let host = try Self.host(authority, defaultPort: Self.usualPort, url: url)
            endpoint =
                isSecure
                ? .tls(host: host.name, port: host.port) : .tcp(host: host.name, port: host.port)
        }
        if !path.isEmpty { database = try Self.database(path, url: url) }
    }

    /// Reads `host[:port]`. An IPv6 address stands in brackets.
    private static func host(_ text: ArraySlice<UInt8>, defaultPort: Int, url: Bytes) throws(Failure) -> Host {
        var host = text
        var port: ArraySlice<UInt8>?
        if let bracket = text.firstIndex(of: UInt8(ascii: "]")), text.first == UInt8(ascii: "[") {
            host = text[(text.startIndex + 1)..<bracket]
            let tail = text[(bracket + 1)...]
            if !tail.isEmpty {
                guard tail.first == UInt8(ascii: ":") else { throw wrong(url, "a port begins with a colon") }
                port = tail.dropFirst()
            }
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            host = text[..<colon]
            port = text[(colon + 1)...]
        }
        if host.isEmpty { host = Bytes("localhost")[...] }
        let name = try percentDecoded(host, url)
        guard let port else { return Host(name: name, port: defaultPort) }
        guard let value = Address.port(port) else {
            throw wrong(url, "the port must be a number from 1 to \(highestPort)")
        }
        return Host(name: name, port: value)
    }

    /// The number of a port that the bytes spell in decimal digits; nil if there is no such port.
    package static func port(_ text: some Collection<UInt8>) -> Int? {
        text.decimal.flatMap { $0 > 0 && $0 <= highestPort ? $0 : nil }
    }

    /// Reads the part behind `unix://`.
    private static func socket(_ rest: ArraySlice<UInt8>, url: Bytes) throws(Failure) -> (Endpoint, Int) {
        let question = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let path = try percentDecoded(rest[..<question], url)
        guard path.first == UInt8(ascii: "/"), !path.contains(0) else {
            throw wrong(url, "the socket's path must begin with a slash, and have no NUL")
        }
        guard path.count <= longestPath else { throw wrong(url, "a socket's path has at most \(longestPath) bytes") }
        let query = rest[question...].dropFirst()
        guard !query.isEmpty else { return (.unix(path: path), 0) }
        let name: StaticString = "db="
        guard query.starts(with: name) else { throw wrong(url, "only ?db=N may follow the path") }
        return (.unix(path: path), try database(query.dropFirst(name.utf8CodeUnitCount), url: url))
    }

    private static func database(_ text: ArraySlice<UInt8>, url: Bytes) throws(Failure) -> Int {
        guard let number = text.decimal else { throw wrong(url, "the database must be a number") }
        return number
    }

    /// The failure that says what is wrong with a URL, without the user and password in it.
    static func wrong(_ url: Bytes, _ why: String) -> Failure {
        Failure(.badConfiguration, "the address \(withoutUserinfo(url).printable) cannot be used: \(why)")
    }

    /// The URL without user and password, for messages.
    private static func withoutUserinfo(_ url: Bytes) -> Bytes {
        guard let at = url.lastIndex(of: UInt8(ascii: "@")), let colon = url.firstIndex(of: UInt8(ascii: ":")),
            colon < at
        else { return url }
        return Bytes(url[...colon]) + Bytes("//...") + Bytes(url[at...])
    }

    /// A server on TCP, whose user and password nothing has told yet.
    package init(host: Bytes, port: Int = Address.usualPort) {
        endpoint = .tcp(host: host, port: port)
    }

    /// The same with another endpoint: a node that a cluster or a sentinel names.
    package func at(_ endpoint: Endpoint) -> Address {
        var address = self
        address.endpoint = endpoint
        return address
    }

    /// A URL for messages, which can be used again, but has no user and password.
    package var text: String {
        switch endpoint {
        case .tcp(let host, let port): "redis://" + Host(name: host, port: port).text + path
        case .tls(let host, let port): "rediss://" + Host(name: host, port: port).text + path
        case .unix(let path): "unix://\(percentEncoded(path))" + (database == 0 ? "" : "?db=\(database)")
        case .sentinel(let hosts, let name, let isSecure):
            (isSecure ? "rediss" : "redis") + "+sentinel://" + hosts.map { $0.text }.joined(separator: ",")
                + "/\(percentEncoded(name))" + path
        }
    }

    /// A URL for another program to read, without user and password: each byte of it is as it was.
    var url: Bytes {
        guard case .tls(let host, let port) = endpoint else { return Bytes(text.utf8) }
        let name = percentEncodedWhole(host)
        let isNumber = host.contains(UInt8(ascii: ":"))
        let shown = isNumber ? [UInt8(ascii: "[")] + name + [UInt8(ascii: "]")] : name
        return Bytes("rediss://".utf8) + shown + Bytes(":\(port)\(path)".utf8)
    }

    private var path: String { database == 0 ? "" : "/\(database)" }
}

extension Address.Host {
    /// `host:port`
    var text: String {
        (name.contains(UInt8(ascii: ":")) ? "[\(percentEncoded(name))]" : percentEncoded(name)) + ":\(port)"
    }
}
