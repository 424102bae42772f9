import Base

/// Where a cluster says that a key is: `MOVED <slot> <host>:<port>` for good, `ASK ...` for one command while its slot
/// is on the move.
/// Source: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding>
package struct Redirection: Sendable {
    package var isForGood: Bool
    /// Empty: the node that said so.
    package var host: Bytes
    package var port: Int

    package init(host: Bytes, port: Int) {
        (isForGood, self.host, self.port) = (true, host, port)
    }

    /// - Returns: nil if it cannot be understood.
    package init?(_ reply: Bytes) {
        let words = reply.split(separator: UInt8(ascii: " "))
        guard let at = words.firstIndex(where: { Bytes($0).equals("MOVED") || Bytes($0).equals("ASK") }),
            at + 2 < words.count, let colon = words[at + 2].lastIndex(of: UInt8(ascii: ":")),
            let number = words[at + 2][(colon + 1)...].decimal, number > 0, number < 65536
        else { return nil }
        isForGood = Bytes(words[at]).equals("MOVED")
        host = Bytes(words[at + 2][..<colon])
        port = number
    }

    /// The node as an endpoint of the same kind.
    package func endpoint(seenFrom endpoint: Address.Endpoint) -> Address.Endpoint {
        switch endpoint {
        case .tcp(let known, _): .tcp(host: host.isEmpty ? known : host, port: port)
        case .tls(let known, _): .tls(host: host.isEmpty ? known : host, port: port)
        case .unix, .sentinel: .tcp(host: host, port: port)
        }
    }
}

extension Failure {
    /// Where else it can be done, whose node did nothing; nil if it is not about that, or cannot be understood.
    package var redirection: Redirection? {
        if case .elsewhere(let reply) = cause { Redirection(reply) } else { nil }
    }
}
