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
    if says("CROSSSLOT") {
        return Failure(.badData, "in a cluster a queue's name needs a hash tag, {job2} instead of job2: \(told)")
    }
    var failure = failure(errorReply: reply)
    if reply.starts(with: "NOSCRIPT") { failure.cause = .forgottenScript }
    return failure
}
