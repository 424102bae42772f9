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
    private var undecided: [Lease] = []
    private enum Limit {
        case unasked, asked, refused
        case known(Int)
    }

    /// After how many attempts an item of each queue is dead.
    private var limits: [Limit]

    init(queues: Int) { limits = [Limit](repeating: .unasked, count: queues) }

    var isEmpty: Bool { !isUsed }

    /// The queue whose limit is to be asked for; nil if there is none.
    var queueWithoutLimit: Int? {
        undecided.first { if case .unasked = limits[$0.queue] { true } else { false } }?.queue
    }

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
            if how.isDead { dead += 1 } else { judge(lease) }
        }
    }

    /// Notes that a completion did not come about: for all that is known, the attempt failed.
    mutating func retractCompletion() {
        done -= 1
        failed += 1
    }

    private mutating func judge(_ lease: Lease) {
        switch limits[lease.queue] {
        case .known(let most): if most > 0, lease.attempt >= most { dead += 1 }
        case .unasked, .asked: undecided.append(Lease(id: [], attempt: lease.attempt, item: [], queue: lease.queue))
        case .refused: break
        }
    }

    mutating func askedForLimit(of queue: Int) { limits[queue] = .asked }

    /// Reads `HMGET Q:config max-attempts`.
    mutating func learn(limit answer: Value, of queue: Int) {
        limits[queue] = .refused
        if case .list(let values) = answer, values.count == 1 {
            var text = Bytes(Setting.maxAttempts.row.standard)
            if case .bytes(let own) = values[0], own.decimal != nil { text = own }
            limits[queue] = text.decimal.map { .known($0) } ?? .refused
        }
        let leases = undecided
        undecided = []
        for lease in leases { judge(lease) }
    }

    /// No question was answered.
    mutating func lostConnection() {
        for queue in limits.indices { if case .asked = limits[queue] { limits[queue] = .unasked } }
    }
}
