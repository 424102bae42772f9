import Base

/// A server, and how to speak to it: the properties that all connections to it share. Nothing here reads the environment;
/// the caller has done that.
package struct Server: Sendable {
    package var address: Address
    /// The name of the connections in the server's list of its clients.
    package var clientName = Bytes("wq")
    /// Reads the password anew, and returns nil if that fails; nil if the password cannot change. A secret that is mounted
    /// as a file is replaced now and then.
    package var rereadPassword: (@Sendable () -> Bytes?)?
    /// The password of sentinels that have one.
    package var sentinelPassword: Bytes?
    /// The file of wq-tls; nil if it was not found, or is not needed.
    package var tlsProgram: Bytes?
    /// How long all tries to connect may take together, in ms.
    package var connectTimeout = Server.usualConnectTimeout.milliseconds
    /// How long the server may take for an answer, in ms.
    package var commandTimeout = Server.usualCommandTimeout.milliseconds
    /// How many replicas must have a change before a program calls it done.
    package var replicas = 0

    /// How long to try to connect where nobody asks for another time.
    package static var usualConnectTimeout: Seconds { Seconds(5) }
    /// How long to wait for an answer where nobody asks for another time.
    package static var usualCommandTimeout: Seconds { Seconds(30) }

    package init(_ address: Address) { self.address = address }

    /// The same, but for another endpoint: a node that a cluster or a sentinel names.
    package func at(_ endpoint: Address.Endpoint?) -> Server {
        guard let endpoint else { return self }
        var server = self
        server.address = address.at(endpoint)
        return server
    }
}
