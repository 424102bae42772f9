import Base
import Redis

/// The failure that an error reply to an operation stands for: first what only a queue's scripts are told, then what any
/// command may be. Redis 6.2 wraps the errors of a script in a sentence of its own, so that the code is looked for anywhere.
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
            .badData, "something is counted with that is no number: wq-doctor names the key, and mends it (\(told))")
    }
    if says("CROSSSLOT") {
        return Failure(.badData, "in a cluster a queue's name needs a hash tag, {job2} instead of job2: \(told)")
    }
    var failure = failure(errorReply: reply)
    if reply.starts(with: "NOSCRIPT") { failure.cause = .forgottenScript }
    return failure
}
