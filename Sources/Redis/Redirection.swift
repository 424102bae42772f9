import Base

/// Where a cluster says that a key is: `MOVED <slot> <host>:<port>` for good, `ASK ...` for one command while its slot
/// is on the move.
/// Source: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding>
package struct Redirection: Sendable {
    /// Whether the slot has moved; else only this command goes to the other node.
    package var isForGood: Bool
    /// The node's name or address; empty for the node that sent the redirection.
    package var host: Bytes
    package var port: Int

    package init(host: Bytes, port: Int) {
        (isForGood, self.host, self.port) = (true, host, port)
    }

    /// The longest name of a host, in bytes: RFC 1035.
    private static var longestHost: Int { 255 }

    /// - Parameter reply: an error reply. Only its first word tells what it is: in the rest there may be anything, such as
    ///   the name of a queue.
    /// - Returns: nil if it cannot be understood.
    package init?(_ reply: Bytes) {
        let words = reply.split(separator: UInt8(ascii: " "))
        guard words.count > 2, Self.isOne(reply), let colon = words[2].lastIndex(of: UInt8(ascii: ":")),
            colon - words[2].startIndex <= Self.longestHost,
            let number = Address.port(words[2][(colon + 1)...])
        else { return nil }
        isForGood = words[0].equals("MOVED")
        host = Bytes(words[2][..<colon])
        port = number
    }

    /// Whether an error reply is a redirection, even if the redirection cannot be understood.
    static func isOne(_ reply: Bytes) -> Bool { reply.starts(with: "MOVED ") || reply.starts(with: "ASK ") }

    /// The node as an endpoint of the same kind as that of the node that redirects.
    package func endpoint(seenFrom endpoint: Address.Endpoint) -> Address.Endpoint {
        switch endpoint {
        case .tcp(let known, _): .tcp(host: host.isEmpty ? known : host, port: port)
        case .tls(let known, _): .tls(host: host.isEmpty ? known : host, port: port)
        case .unix, .sentinel: .tcp(host: host, port: port)
        }
    }
}

extension Failure {
    /// The node to which the server redirects; nil if this is no redirection, or it cannot be understood.
    package var redirection: Redirection? {
        if case .elsewhere(let reply) = cause { Redirection(reply) } else { nil }
    }
}
