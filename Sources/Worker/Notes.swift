import Base
import Redis
import WorkQueue

/// What a worker asks Redis only in order to tell a person of it.
extension Worker {
    /// Asks after how many attempts an item is dead, once one has failed.
    mutating func askForLimit() {
        while let queue = journal.queueWithoutLimit {
            journal.askedForLimit(of: queue)
            let key = turns[queue].key(":config")
            link.ask(.limit(queue), command: ["HMGET", .bytes(key), .text(Setting.maxAttempts.key)])
        }
    }

    /// Asks for the counts that the line of status shows.
    mutating func count(_ now: Int) {
        guard now >= journal.status.countAt, !link.isCounting else { return }
        link.ask(.due, command: journal.status.question(turns[0], at: now))
        link.ask(.census, ByteList(), in: turns[0])
    }

    /// Takes in an answer to one of these questions. An error among them is no failure of the worker.
    /// - Returns: whether it was one.
    mutating func noteForPerson(_ request: Request, _ value: Value) -> Bool {
        switch request {
        case .limit(let queue): journal.learn(limit: value, of: queue)
        case .due: journal.status.learn(due: value)
        case .census:
            if case .error(let text) = value { return noteNoCounts(request, text) }
            let now = monotonic()
            journal.status.learn(value, now, journal.own(now, running: jobs.count), to: &errors)
        default: return false
        }
        return true
    }

    private mutating func noteNoCounts(_ request: Request, _ text: Bytes) -> Bool {
        let failure = link.session.failure(of: text)
        if failure.cause == .forgottenScript {
            link.forgot(request, text)
            journal.status.askAgain()
        }
        if failure.exit == .notPermitted { journal.status.askNoMore() }
        return true
    }
}
