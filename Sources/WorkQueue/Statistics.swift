import Base
import Redis

/// What `wq-stat` asks of queues.
package struct Statistics {
    package var counts: [(queue: Queue, census: Census)] = []
    /// For each of them, how many items are in no state, if that is asked for.
    package var strays: [Int] = []
    /// For each of them, how many items died of each reason, if that is asked for.
    package var reasons: [[(reason: Bytes, count: Int)]] = []
    /// For each of them, how many owners have leases that are not over, if that is asked for.
    package var workers: [Int] = []
    private let wantsStrays: Bool
    private let wantsReasons: Bool
    private let wantsWorkers: Bool

    package init(strays: Bool, reasons: Bool, workers: Bool) {
        (wantsStrays, wantsReasons, wantsWorkers) = (strays, reasons, workers)
    }

    private mutating func take(_ session: inout Session, _ keyspace: Keyspace?) throws(Failure) {
        let census = try session.census()
        if wantsStrays { strays.append(try session.strayCount(keyspace?.unfinished(of: session.queue) ?? [])) }
        if wantsReasons { reasons.append(try session.reasons()) }
        if wantsWorkers { workers.append(try session.workers()) }
        counts.append((queue: session.queue, census: census))
    }

    /// Whether all keys of the server must be looked through.
    private func needsKeyspace(_ names: [Queue]?) -> Bool { names == nil || wantsStrays }

    /// Asks all of the queues that are named. One that cannot be looked at hides no other.
    /// - Parameter names: nil for all that there are.
    /// - Returns: why some could not be looked at.
    package mutating func look(
        _ server: Server, _ connection: consuming Connection, _ names: [Queue]?
    ) throws(Failure) -> Failure? {
        let keyspace: Keyspace? =
            needsKeyspace(names)
            ? try Keyspace(server, &connection, queues: names == nil, items: wantsStrays) : nil
        let queues = names ?? keyspace?.queues ?? []
        guard let first = queues.first else { return nil }
        var session = Session(first, server, connection)
        var failure: Failure?
        for queue in queues {
            session.queue = queue
            do throws(Failure) { try take(&session, keyspace) } catch {
                let isOfQueue = [.badData, .badConfiguration, .notPermitted].contains(error.exit)
                guard queues.count > 1 || names == nil, isOfQueue, error.cause != .unauthenticated else { throw error }
                let message = "\(queue.name.printable): \(error.message)"
                if let first = failure {
                    failure = Failure(first.exit, "\(first.message); \(message)", first.cause)
                } else {
                    failure = Failure(error.exit, message, error.cause)
                }
            }
        }
        return failure
    }
}
