import Base
import CPosix
import Redis

/// Who leases: `WQ_OWNER`, else the host's name (a pod's name, in Kubernetes). Control characters become `_`,
/// since a record is one line of TAB-separated fields.
func owner() -> Bytes {
    var name = Variable.owner.value ?? []
    if name.isEmpty {
        name = Bytes(repeating: 0, count: Int(HOST_NAME_MAX) + 1)
        let failed = name.withUnsafeMutableBytes {
            gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
        }
        name = failed == 0 ? Bytes(name.prefix { $0 != 0 }) : Bytes("unknown")
    }
    return oneField(name)
}

/// The name of this program, for the server's list of its clients and for warnings.
func clientName() -> Bytes {
    guard let path = wq_argv()?[0] else { return Bytes("wq") }
    let name = Bytes(cString: path).split(separator: UInt8(ascii: "/")).last.map { Bytes($0) } ?? []
    return name.isEmpty
        ? Bytes("wq") : name.map { $0 > UInt8(ascii: " ") && $0 <= UInt8(ascii: "~") ? $0 : UInt8(ascii: "_") }
}

/// Tells a person something on standard error, without ending the program.
package func warn(_ message: String) {
    var output = Output(descriptor: STDERR_FILENO)
    output.write("\(clientName().printable): warning: \(Secrets.known.hidden(in: message))\n")
    do throws(Failure) { try output.flush() } catch {}
}

/// The settings of the server and of this program that come from the environment, and from the options that are other words
/// for its variables.
package struct Configuration: Sendable {
    private let url: Bytes?

    /// - Parameter url: the address that the command line gives, if any.
    package init(url: Bytes?) { self.url = url }

    /// The server's address, user and password, and how long to wait for it. The environment has the user and the password
    /// that are not in the address.
    /// - Throws: `.badConfiguration` with the variable that is wrong.
    package func server() throws(Failure) -> Server {
        var server = Server(try address())
        try complete(&server)
        server.clientName = clientName()
        server.sentinelPassword = Variable.sentinelPassword.value
        for secret in [server.address.credentials.password, server.sentinelPassword] {
            guard let secret else { continue }
            Secrets.known.add(secret)
            wq_hide_memory()
        }
        if server.address.endpoint.usesTLS { server.tlsProgram = findTLSProgram() }
        server.connectTimeout = try connectTimeout()
        server.commandTimeout = max(1, try Variable.commandTimeout.time(default: Server.usualCommandTimeout))
        server.replicas = try replicas()
        return server
    }

    /// The address in use: the option, `WQ_URL`, `REDIS_URL`, `REDIS_SERVICE_HOST` and `REDIS_SERVICE_PORT` (set by
    /// Kubernetes for a service called redis), else `localhost:6379`. User and password are those of the URL.
    package func address() throws(Failure) -> Address {
        if let url = url ?? Variable.url.value ?? Variable.redisURL.value { return try Address(url: url) }
        guard let host = Variable.serviceHost.value else { return Address(host: Bytes("localhost")) }
        guard let text = Variable.servicePort.value else { return Address(host: host) }
        guard let port = Address.port(text) else {
            throw Failure(
                .badConfiguration,
                "REDIS_SERVICE_PORT is \(text.printable): it must be a number from 1 to \(Address.highestPort)")
        }
        return Address(host: host, port: port)
    }

    /// How long all tries to connect may take together, in ms: `WQ_CONNECT_TIMEOUT`.
    package func connectTimeout() throws(Failure) -> Int {
        try Variable.connectTimeout.time(default: Server.usualConnectTimeout)
    }

    private func replicas() throws(Failure) -> Int {
        guard let text = Variable.replicas.value else { return 0 }
        guard let number = text.decimal else {
            throw Failure(.badConfiguration, "WQ_REPLICAS is \(text.printable): it must be a number")
        }
        return number
    }

    /// Completes the user and the password from `WQ_USER`, `WQ_PASSWORD`, the file that `WQ_PASSWORD_FILE` names and
    /// `REDISCLI_AUTH`. No password ends with a newline, wherever it comes from.
    private func complete(_ server: inout Server) throws(Failure) {
        if server.address.credentials.password != nil { return }
        let user = server.address.credentials.user ?? Variable.user.value
        server.address.credentials.user = user
        if let password = Variable.password.value {
            server.address.credentials.password = password
        } else if let path = Variable.passwordFile.value {
            server.address.credentials.password = try secret(path)
            server.rereadPassword = {
                do throws(Failure) { return try secret(path) } catch { return nil }
            }
        } else if let password = Variable.redisPassword.value {
            server.address.credentials.password = password
        } else if let user {
            throw Failure(
                .badConfiguration,
                "there is no password for the user \(user.printable): set WQ_PASSWORD or WQ_PASSWORD_FILE")
        }
    }

    /// Who leases: `WQ_OWNER`, else the host's name.
    package var owner: Bytes { Shell.owner() }

    /// Whether `WQ_DEBUG_STOP` asks the process to stop itself before that step, as by SIGSTOP.
    package func isStopped(before step: StaticString) -> Bool { Variable.debugStop.value?.equals(step) ?? false }

    /// Where temporary files lie: `TMPDIR`, else /tmp.
    package var temporaryFolder: Bytes { Variable.temporaryFolder.value ?? Bytes("/tmp") }

    /// Warns if any certificate is accepted (`WQ_TLS_INSECURE`).
    package func warnIfInsecure() {
        if let text = Variable.tlsInsecure.value, text.equals("yes") {
            warn("the server's certificate is not checked: anybody may read along (--insecure)")
        }
    }

    /// The file of wq-tls, beside this program or in PATH; nil if there is none.
    private func findTLSProgram() -> Bytes? {
        var room = Bytes(repeating: 0, count: Int(PATH_MAX))
        let isThere = room.withUnsafeMutableBytes {
            wq_find_beside("wq-tls", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return isThere ? Bytes(room.prefix { $0 != 0 }) : nil
    }
}

/// The password that the file holds, without the newline at its end.
/// - Throws: `.badConfiguration` if the file cannot be read or is empty.
private func secret(_ path: Bytes) throws(Failure) -> Bytes {
    var records = ByteList()
    do throws(Failure) {
        var file = try Input(path: path, .whole, of: .item)
        _ = try file.read(into: &records, limit: 1)
    } catch {
        throw Failure(.badConfiguration, "WQ_PASSWORD_FILE: \(error.message)")
    }
    let secret = records.isEmpty ? [] : Bytes(records.first).withoutLineEnds
    guard !secret.isEmpty else { throw Failure(.badConfiguration, "WQ_PASSWORD_FILE: \(path.printable) is empty") }
    Secrets.known.add(secret)
    return secret
}
