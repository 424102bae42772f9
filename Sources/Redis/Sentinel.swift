import Base

extension Server {
    /// The primary's address, from the first sentinel that answers.
    /// Source: <https://redis.io/docs/latest/develop/reference/sentinel-clients/>
    /// - Parameter timeout: in ms, for all of them together.
    /// - Throws: `.unavailable` if none answers, `.badConfiguration` if they know no primary of that name.
    func primary(
        _ sentinels: [Address.Host], _ name: Bytes, isSecure: Bool, timeout: Int
    ) throws(Failure) -> Address {
        func endpoint(_ host: Address.Host) -> Address.Endpoint {
            isSecure ? .tls(host: host.name, port: host.port) : .tcp(host: host.name, port: host.port)
        }
        var last: Failure?
        var isUnknown = false
        // The last part of the time is left for the primary itself.
        let share = max(Self.shortestShare, timeout / (sentinels.count + 1))
        for sentinel in sentinels {
            var there = self
            there.address = address.at(endpoint(sentinel))
            there.address.database = 0
            there.address.credentials = Credentials()
            there.address.credentials.password = sentinelPassword
            there.commandTimeout = share
            do throws(Failure) {
                if let host = try there.ask(name, timeout: share) {
                    return address.at(endpoint(host))
                }
                isUnknown = true
            } catch {
                last = error
            }
        }
        if isUnknown {
            throw Failure(
                .badConfiguration, "the sentinels of \(address.text) know no primary called \(name.printable)")
        }
        var failure = Failure(.unavailable, "no sentinel of \(address.text) answers", .disconnection)
        if let last { failure.message += ": \(last.message)" }
        throw failure
    }

    /// How long each sentinel may take at least, in ms.
    private static var shortestShare: Int { 200 }

    /// Asks this sentinel.
    /// - Returns: nil if it knows no primary of that name.
    private func ask(_ name: Bytes, timeout: Int) throws(Failure) -> Address.Host? {
        var connection = try Connection(self, timeout: 0, shortest: timeout)
        connection.append(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", .bytes(name)])
        switch try connection.receive(timeout: timeout) {
        case .list(let values):
            guard let port = Address.port(try values.at(1).bytes()) else {
                throw Value.unexpected("a sentinel answers a host and a port")
            }
            return Address.Host(name: try values.at(0).bytes(), port: port)
        case .null: return nil
        case .error(let text): throw failure(errorReply: text)
        default: throw Value.unexpected("a sentinel answers a host and a port")
        }
    }
}
