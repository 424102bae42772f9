import Base
import Redis

/// The failure that an error reply to an operation stands for. It knows the errors of a queue's scripts, and leaves those of
/// other commands to `failure(errorReply:)`. Redis 6.2 puts the error of a script into a sentence of its own, so the code may
/// stand anywhere in the reply.
package func failure(ofOperation reply: Bytes) -> Failure {
    func says(_ code: StaticString) -> Bool { reply.end(of: code) != nil }
    let told = reply.printable
    if says("WRONGTYPE") {
        return Failure(.badData, "a key of the queue has another type than wq gives it: \(told)")
    }
    if says("WQFORMAT") {
        return Failure(
            .badConfiguration,
            "the queue is kept in a format that this program does not know: use a newer wq (\(told))")
    }
    if says("is not an integer") || says("would overflow") || says("attempt to perform arithmetic")
        || says("attempt to compare")
    {
        return Failure(
            .badData,
            "Redis cannot count with a value that is no number: wq-doctor names the key and what mends it (\(told))")
    }
    if says("CROSSSLOT") {
        return Failure(.badData, "in a cluster a queue's name needs a hash tag, {job2} instead of job2: \(told)")
    }
    var failure = failure(errorReply: reply)
    if reply.starts(with: "NOSCRIPT") || refusesDigests(reply) { failure.cause = .forgottenScript }
    return failure
}

/// Whether this user may not call scripts by their digests, or the server has no EVALSHA.
private func refusesDigests(_ reply: Bytes) -> Bool {
    (reply.starts(with: "NOPERM") || reply.end(of: "unknown command") != nil)
        && (reply.end(of: "evalsha") != nil || reply.end(of: "EVALSHA") != nil)
}

extension Session {
    /// The failure that an error reply to an operation stands for. Where it sends this client to another server is minded
    /// only if the queue can lie in a cluster, and if no password goes where its owner did not mean it to go: a server that
    /// nobody named, without the protection that the address has.
    package func failure(of reply: Bytes) -> Failure {
        let failure = WorkQueue.failure(ofOperation: reply)
        guard case .elsewhere = failure.cause else { return failure }
        let told = reply.printable
        switch server.address.endpoint {
        case .sentinel:
            return Failure(.unexpectedReply, "the primary that sentinels named speaks as a node of a cluster: \(told)")
        case .unix where server.address.credentials.password != nil:
            return Failure(
                .badConfiguration,
                "the password for a Unix socket is not sent to another address: \(told); name a node of the cluster as"
                    + " redis://host or rediss://host")
        default: break
        }
        guard queue.hasHashTag else {
            return Value.unexpected("a queue without a hash tag lies in no cluster (\(told))")
        }
        return failure
    }
}
