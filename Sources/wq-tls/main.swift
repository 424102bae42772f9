import Base
import CPosix
import Redis
import Shell
import TLS

let statusFD = Option("", "status-fd", "N", "report progress in lines on descriptor N")

Program(
    "wq-tls", "", "Connect standard input and output with a Redis that speaks TLS.", [statusFD],
    quiet: nil,
    notes: """
        The other programs start it for addresses that begin with rediss://.
        """,
    library: Channel.library
).run { (arguments) throws(Failure) in
    if !arguments.operands.isEmpty {
        throw Failure(.usage, "unexpected operand '\(arguments.operands.first.printable)'")
    }
    // The password passes through this process, and it reads the private key.
    wq_hide_memory()
    let report = try arguments.count(statusFD).map { Report($0) }
    do throws(Failure) {
        let configuration = arguments.configuration
        let address = try configuration.address()
        guard case .tls(let host, _) = address.endpoint else {
            throw Failure(
                .badConfiguration, "\(address.text) has no TLS: an address that begins with rediss:// is needed")
        }
        let trust = try Trust(
            authorities: Variable.tlsAuthorities.value, certificate: Variable.tlsCertificate.value,
            key: Variable.tlsKey.value, name: Variable.tlsName.value, isBlind: try Variable.tlsInsecure.isYes())
        if report == nil { configuration.warnIfInsecure() }
        let timeout = try configuration.connectTimeout()
        let socket = try Connection.socket(to: address, timeout: timeout)
        var channel = try Channel.on(socket, address.text, name: trust.name ?? host, trust: trust)
        try channel.open(within: timeout)
        report?.ready()
        try channel.relay(isHelping: report != nil)
    } catch {
        guard let report else { throw error }
        report.failed(error)
        return error.exit
    }
    return .done
}
