import Base

/// From which on the doctor finds something long, or much.
enum Limits {
    /// ms until a lease ends, or since it was taken.
    static var lease: Int { TimeUnit.hour }
    /// ms for which nobody took an item.
    static var wait: Int { TimeUnit.day }
    /// ms for which a lease that ended may wait until somebody returns its item.
    static var overdue: Int { TimeUnit.minute }
    /// Failed attempts.
    static var attempts: Int { 3 }
    /// ms by which a producer's hold may be longer than one can be.
    static var skew: Int { 5 * TimeUnit.second }
}

/// What was found of one queue so far.
struct Report {
    let queue: Queue
    let remedies: Remedies
    /// The items are counted first; nil if that failed.
    var census: Census?
    /// How many items are in no state.
    var strayCount = 0
    var findings: [Finding] = []
    /// Why the queue could not be looked at, by this user or by programs of this version.
    var failure: Failure?
    /// That the items could not be counted, because a key has a wrong type.
    var wrongType: Failure?

    mutating func found(_ subject: StaticString, _ text: String, _ commands: [String] = []) {
        findings.append(Finding(subject: subject, text: "\(queue.name.printable) \(text)", commands: commands))
    }

    /// Once for all looks that fail alike.
    private mutating func unseen(_ subject: StaticString, _ failure: Failure) {
        let text = filled("% cannot be looked at completely: %", queue.name.printable, failure.message)
        if has(subject) { return }
        findings.append(Finding(isUnseen: true, subject: subject, text: text))
    }

    func has(_ subject: StaticString) -> Bool { findings.contains { Bytes($0.subject).equals(subject) } }

    /// Takes in why one look failed, unless nothing at all can be looked at.
    mutating func note(_ failure: Failure) throws(Failure) {
        switch failure.exit {
        // Which keys they are is told by name.
        case .badData where has("type"): break
        case .badData: found("type", "cannot be looked at: \(failure.message)")
        case .badConfiguration: unseen("format", failure)
        case .notPermitted where failure.cause != .unauthenticated: unseen("queue", failure)
        case .unexpectedReply where failure.cause == .refused: unseen("queue", failure)
        default: throw failure
        }
        // What the server has not, nobody can look at.
        if failure.exit == .badConfiguration || failure.exit == .notPermitted && failure.cause != .refused {
            self.failure = self.failure ?? failure
        }
    }
}

extension Report {
    /// Items without records.
    mutating func bare(_ oddity: Oddity, _ state: State) {
        found(
            "records",
            filled(
                """
                has % without a record in %: Redis lost what they were
                """, count(oddity.count, "\(state.name) item"), queue.key(":items").printable)
                + (state == .leased ? "; whoever holds them may complete them, else give them up" : ""),
            [
                state == .leased
                    ? remedies.wq("wq-release", [queue.name] + oddity.ids)
                    : remedies.wq("wq-reap", options: "--strays", [queue.name])
            ])
    }

    /// Items that fail again and again, and will be tried again.
    mutating func again(_ failed: Int, _ which: String, _ commands: [String]?) {
        guard let most = census?.maxAttempts, most == 0 || failed + 1 < most else { return }
        found(
            "again",
            filled(
                """
                has %, % of whose attempts failed or expired, and max-attempts is %: it is tried again
                """, which, "\(failed)", "\(most)"),
            commands ?? [remedies.configure(queue, "max-attempts=\(failed)")])
    }

    mutating func strays(_ ids: [Bytes], _ unfinished: [Bytes]) {
        let reap = remedies.wq("wq-reap", options: "--strays", [queue.name])
        if !ids.isEmpty {
            found(
                "stray",
                filled(
                    """
                    has % in % that no state refers to (%): nobody will get them
                    """, count(ids.count, "item"), queue.key(":items").printable, ids[0].printable), [reap])
        }
        for list in unfinished {
            found(
                "stray",
                filled("has items in %, where a push was broken off: nobody will get them", list.printable), [reap])
        }
    }

    mutating func states() {
        guard let census else { return }
        if census.overdue > Limits.overdue {
            found(
                "expired",
                filled(
                    """
                    has a lease that ended % ago: nobody works on it or reaps; run wq-reap from cron
                    """, roughly(census.overdue)), [remedies.wq("wq-reap", [queue.name])])
        }
        if let age = census.oldestReady, age > Limits.wait, !census.isPaused {
            found(
                "waiting", filled("has a ready item that nobody has taken for %: start a worker", roughly(age)),
                [remedies.wq("wq-work", [queue.name, Bytes("COMMAND")])])
        }
        if census.dead > 0 {
            found(
                "dead",
                filled(
                    """
                    has %: see wq-list --dead and wq-stat --reasons, then wq-retry, or wq-drop
                    """, count(census.dead, "dead item")),
                [remedies.wq("wq-retry", options: "--all", [queue.name])])
        }
        // Strays come back.
        let missing = -census.difference - strayCount
        if missing > 0 {
            found(
                "audit",
                filled(
                    """
                    lacks % of the items that were pushed: others took them (rediswq, redis-cli), or Redis lost \
                    them; push them again, then correct the counter
                    """, "\(missing)"),
                [remedies.redis("hincrby", [queue.key(":stats"), Bytes("pushed"), Bytes("-\(missing)".utf8)])])
        }
    }
}
