import Base
import Redis

/// A queue on a server: one connection, and the operations, which the other files of this folder add.
package struct Session: ~Copyable {
    /// The queue that the operations are about.
    package var queue: Queue
    package var connection: Connection
    package let server: Server
    /// The scripts that the server knows for certain, since it got their texts on this connection, or ran them.
    private var known: [Script] = []
    /// The scripts whose next calls carry their texts.
    private var unknown: [Script] = []
    /// Whether the user may call scripts by their digests.
    private var mayUseDigests = true
    /// The questions that are not answered yet. A question is tagged with its script, which a failure's message needs.
    var outstanding = Outstanding<Script?>()
    /// The node of a cluster that has the queue; nil if there is no cluster, or the node is not known.
    package private(set) var node: Address.Endpoint?
    /// Whether the node must be told ASKING before each command, since a redirection for one command led here.
    package private(set) var isAsking = false
    /// Whether Redis has not answered everything that it was asked.
    package var isOwedAnswers: Bool { !outstanding.isEmpty }
    /// How long Redis may take for an answer, in ms.
    package var patience: Int
    /// What names the calls that settle leases.
    var tokens = CallTokens()
    /// How often the server was away.
    package private(set) var outages = 0
    /// Since when the server is back, in ms of the monotonic clock; nil if it was never away.
    var backSince: Int?
    /// What was seen of the queue by calls for leases.
    package internal(set) var sighting = Sighting()

    /// How many items one call handles. The number is bounded, since Redis serves nobody else during a call.
    package static let batch = 200
    /// How many items one call handles if each costs Redis more, because items go back or their records are read.
    package static let smallBatch = 64
    /// How many calls may be under way at once.
    package static let window = 4
    /// The longest time that one try to connect takes, in ms, for a caller that has other things to do.
    private static var briefly: Int { 2000 }

    /// Connects, and waits up to `server.connectTimeout` for a server that is not there yet.
    /// - Parameters:
    ///   - once: whether to try only once, for no longer than two seconds.
    ///   - node: the node of a cluster that has the queue, if it is known.
    /// - Throws: what `Connection` throws, mostly `.unavailable`.
    package init(
        _ queue: Queue, _ server: Server, once: Bool = false, node: Address.Endpoint? = nil
    ) throws(Failure) {
        self.init(
            queue, server,
            try Connection(
                server.at(node), timeout: once ? min(Self.briefly, server.connectTimeout) : server.connectTimeout,
                once: once), node: node)
    }

    /// Connects for a caller that does something else between the tries, which are short.
    /// - Parameter wait: is called between two tries and waits for this many ms. It may give up by throwing.
    package init(_ queue: Queue, _ server: Server, wait: (Int) throws(Failure) -> Void) throws(Failure) {
        self.init(
            queue, server, try Connection(server, timeout: server.connectTimeout, longest: Self.briefly, wait: wait))
    }

    /// Uses a connection that exists already.
    /// - Parameter node: the node of a cluster that the connection leads to, if it is not the server's address.
    package init(
        _ queue: Queue, _ server: Server, _ connection: consuming Connection, node: Address.Endpoint? = nil
    ) {
        if connection.hasWaited { (outages, backSince) = (1, monotonic()) }
        self.connection = connection
        self.server = server
        patience = server.commandTimeout
        self.queue = queue
        self.node = node
    }

    /// Makes a new connection in place of one that broke, and forgets the questions that were asked on the old one.
    /// - Parameters:
    ///   - timeout: how long to try, in ms; by default as long as for the first connection.
    ///   - once: whether to try only once.
    package mutating func reconnect(timeout: Int? = nil, once: Bool = false) throws(Failure) {
        known = []
        outstanding.removeAll()
        var server = server.at(node)
        server.commandTimeout = patience
        outages += 1
        connection = try Connection(server, timeout: timeout ?? server.connectTimeout, once: once)
        backSince = monotonic()
    }

    /// Sets where the next connection leads.
    package mutating func turn(to destination: Recovery.Destination) {
        switch destination {
        case .sameNode: break
        case .address: (node, isAsking) = (nil, false)
        case .node(let redirection):
            node = redirection.endpoint(seenFrom: node ?? server.address.endpoint)
            isAsking = !redirection.isForGood
        }
    }

    /// The facts about this session that a decision after a failure depends on.
    /// - Parameter now: ms of the monotonic clock.
    package func situation(now: Int) -> Recovery.Situation {
        var situation = Recovery.Situation(now: now, patience: server.connectTimeout)
        var isSentinel = false
        if case .sentinel = server.address.endpoint { isSentinel = true }
        situation.hasAlternatives = isSentinel || node != nil
        return situation
    }

    /// Whether the server knows the script for certain.
    func knows(_ script: Script) -> Bool { known.contains(script) }

    /// Notes that the server ran the script.
    package mutating func ran(_ script: Script) {
        if !knows(script) { known.append(script) }
        unknown.removeAll { $0 == script }
    }

    /// Has the next call of the script carry its text, unless the server knows it for certain, because calls are to follow
    /// before it is answered.
    mutating func makeKnown(_ script: Script) {
        if !knows(script), !unknown.contains(script) { unknown.append(script) }
    }

    /// Whether the next call of the script carries its text.
    func sendsText(_ script: Script) -> Bool { !mayUseDigests || !knows(script) && unknown.contains(script) }

    /// Decides whether the call that is sent now carries the script's text, or only its digest: most servers have run the
    /// script before.
    mutating func mustSendText(_ script: Script) -> Bool {
        guard sendsText(script) else { return false }
        if !knows(script) { known.append(script) }
        return true
    }

    /// Notes why the server did not run the script by its digest, so that the next call carries its text.
    package mutating func forgot(_ script: Script, _ reply: Bytes) {
        known.removeAll { $0 == script }
        if reply.starts(with: "NOSCRIPT") { makeKnown(script) } else { mayUseDigests = false }
    }
}

extension Session {
    /// Whether the queue has an epoch.
    package mutating func isUsed() throws(Failure) -> Bool {
        append(["HGET", .bytes(queue.key(":config")), "epoch"])
        if case .null = try receive() { return false }
        return true
    }
}
