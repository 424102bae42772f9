import Base
import Redis

/// Asks once a second whether leases are still held, so that the work on an item that somebody dropped, released or
/// completed stops soon, however long its lease is. Times are in ms of the monotonic clock.
package struct Vigil: Sendable {
    /// When Redis was asked last.
    private var askedAt = 0
    /// Whether it is never asked, since renewals are as frequent.
    private let isIdle: Bool

    /// From one question to the next, and from the beginning of some work to the first.
    private static var interval: Int { 1000 }

    /// - Parameter duration: how long the leases are.
    package init(_ duration: Int) { isIdle = Holding.interval(duration) <= Self.interval }

    /// When to ask next; `Int.max` if never.
    /// - Parameter start: when the work on the item began that is worked on for longest; nil if there is none.
    package func wakeAt(_ start: Int?) -> Int {
        guard let start, !isIdle else { return .max }
        return max(start, askedAt) + Self.interval
    }

    /// The command that asks, to be sent now.
    package mutating func question(_ queue: Queue, _ leases: ByteList, at now: Int) -> ByteList {
        askedAt = now
        var command: ByteList = ["ZMSCORE", .bytes(queue.key(":leased"))]
        command.append(contentsOf: leases)
        return command
    }

    /// Which of the leases are not held any more, by the answer.
    /// - Returns: their indices; none if the answer is an error, which shows itself elsewhere if it matters.
    package func judge(_ answer: Value) -> [Int] {
        guard case .list(let scores) = answer else { return [] }
        return scores.indices.filter { scores[$0] == .null }
    }
}

extension Session {
    /// The longest that an answer to the question is waited for, in ms.
    private static var vigilPatience: Int { 1000 }

    /// Asks whether the lease is still held.
    /// - Returns: true also in doubt: a renewal tells more.
    package mutating func holds(_ holding: Holding, _ vigil: inout Vigil, at now: Int) -> Bool {
        var leases = ByteList()
        leases.append(holding.lease.id)
        patience = min(holding.patience(now), Self.vigilPatience)
        append(vigil.question(queue, leases, at: now))
        do throws(Failure) {
            return vigil.judge(try receive()).isEmpty
        } catch {
            if error.isDisconnection || isOwedAnswers { replaceConnection() }
            return true
        }
    }

    /// Makes a new connection in place of one that broke, or that still owes an answer which nobody waits for. If that
    /// fails, whoever uses the old one next finds it broken.
    package mutating func replaceConnection() {
        connection.hangUp()
        do throws(Failure) { try reconnect(timeout: patience) } catch {}
    }
}
