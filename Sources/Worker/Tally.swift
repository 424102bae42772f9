import Base
import Redis
import WorkQueue

/// What became of the items of a worker, in numbers.
struct Tally {
    /// How many items were completed, and how many attempts failed.
    private(set) var done = 0
    private(set) var failed = 0
    /// How many items died of that.
    private(set) var dead = 0
    private var isUsed = false
    /// The attempts that failed before it was known how many an item has.
    private var undecided: [Int] = []
    private enum Limit {
        case unasked, asked, refused
        case known(Int)
    }

    private var limit = Limit.unasked

    var isEmpty: Bool { !isUsed }

    var needsLimit: Bool { if case .unasked = limit { !undecided.isEmpty } else { false } }

    mutating func note(_ lease: Lease, _ fate: Fate) {
        isUsed = true
        switch fate {
        case .completed: done += 1
        case .lost: failed += 1
        // Whoever settled it counts it.
        case .settled: break
        case .released(let how):
            guard how.isCharged else { return }
            failed += 1
            if how.isDead { dead += 1 } else { judge(lease.attempt) }
        }
    }

    /// Notes that a completion did not come about: for all that is known, the attempt failed.
    mutating func retractCompletion() {
        done -= 1
        failed += 1
    }

    private mutating func judge(_ attempt: Int) {
        switch limit {
        case .known(let most): if most > 0, attempt >= most { dead += 1 }
        case .unasked, .asked: undecided.append(attempt)
        case .refused: break
        }
    }

    mutating func askedForLimit() { limit = .asked }

    /// Reads `HMGET Q:config max-attempts`.
    mutating func learn(limit answer: Value) {
        limit = .refused
        if case .list(let values) = answer, values.count == 1 {
            var text = Bytes(Setting.maxAttempts.row.standard)
            if case .bytes(let own) = values[0], own.decimal != nil { text = own }
            limit = text.decimal.map { .known($0) } ?? .refused
        }
        let attempts = undecided
        undecided = []
        for attempt in attempts { judge(attempt) }
    }

    /// The question was not answered.
    mutating func lostConnection() { if case .asked = limit { limit = .unasked } }
}
