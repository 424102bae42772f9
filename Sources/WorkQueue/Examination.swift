import Base
import Redis

/// The looks at a queue, in the order of what they tell. One that fails does not keep the others from being taken.
private enum Look: CaseIterable {
    case counts, types, settings, counters, leased, delayed, dead, attempts, strays, producers, states, orphans
}

extension Session {
    /// What is wrong with the queue.
    /// - Parameters:
    ///   - unfinished: the lists that pushes to the queue left behind.
    ///   - sha224: the SHA-224 of an item in hexadecimal digits, by which rediswq names the item's lease.
    /// - Returns: also why something could not be looked at.
    package mutating func findings(
        _ facts: ServerFacts, _ remedies: Remedies, unfinished: [Bytes], sha224: (ArraySlice<UInt8>) -> Bytes
    ) throws(Failure) -> (findings: [Finding], failure: Failure?) {
        var report = Report(queue: queue, remedies: remedies)
        let name = queue.name.printable
        if facts.isCluster, !queue.hasHashTag {
            report.found("cluster", filled("has no hash tag: in a cluster its keys lie apart; call it {%}", name))
            return (report.findings, nil)
        }
        for look in Look.allCases {
            do throws(Failure) { try take(look, unfinished, sha224, &report) } catch { try report.note(error) }
        }
        return (report.findings, report.failure)
    }

    private mutating func take(
        _ look: Look, _ unfinished: [Bytes], _ sha224: (ArraySlice<UInt8>) -> Bytes, _ report: inout Report
    ) throws(Failure) {
        if look != .types, report.failure?.exit == .badConfiguration { return }
        switch look {
        case .counts:
            do throws(Failure) { report.census = try census() } catch {
                // Its key is named by the next look.
                guard error.exit == .badData else { throw error }
                report.wrongType = error
            }
        case .types: try lookAtTypes(&report)
        case .settings: try lookAtSettings(&report)
        case .counters: try lookAtCounters(&report)
        case .leased: try lookAtLeases(&report)
        case .delayed: try lookAtDelayed(&report)
        case .dead: if let bare = try survey(.dead).first { report.bare(bare, .dead) }
        case .attempts: try lookAtAttempts(&report)
        case .strays:
            let ids = try strays()
            report.strays(ids, unfinished)
            report.strayCount = ids.count + (try lengths(unfinished))
        case .producers: try lookAtProducers(&report)
        case .states: report.states()
        case .orphans: try lookForOrphans(sha224, &report)
        }
    }

    private mutating func lookAtTypes(_ report: inout Report) throws(Failure) {
        for entry in Queue.keyTable { append(["TYPE", .bytes(queue.key(entry.suffix))]) }
        var refusal: Failure?
        for entry in Queue.keyTable {
            let type: Bytes
            do throws(Failure) { type = try receive().bytes() } catch {
                guard error.isOneCommandRefused || error.cause == .refused else { throw error }
                refusal = error
                continue
            }
            if type.equals(entry.type) || type.equals("none") { continue }
            let key = queue.key(entry.suffix)
            report.found(
                "type",
                filled(
                    """
                    has a key % that is a %, not a % as wq keeps it: put it aside
                    """, key.printable, type.printable, "\(entry.type)"),
                [report.remedies.redis("renamenx", [key, key + Bytes(".aside")])])
        }
        // Only who may see the types is told which one is wrong.
        if refusal != nil, let failure = report.wrongType { try report.note(failure) }
    }

    private mutating func lookAtSettings(_ report: inout Report) throws(Failure) {
        var command: ByteList = ["HMGET", .bytes(queue.key(":config"))]
        for setting in Setting.allCases { command.append(setting.key) }
        append(command)
        let values = try receive().list()
        for (index, setting) in Setting.allCases.enumerated() {
            guard case .bytes(let value) = try values.at(index), !setting.accepts(value) else { continue }
            report.found(
                "setting",
                filled(
                    """
                    has the setting %=%, which counts as %
                    """, "\(setting.key)", value.printable, setting.usual.printable),
                [report.remedies.configure(queue, "\(setting.key)=")])
        }
        guard let census = report.census else { return }
        if census.isPaused {
            report.found(
                "paused", "is paused: nothing is handed out, and workers wait",
                [report.remedies.configure(queue, "paused=")])
        }
        if census.isSealed {
            report.found(
                "sealed", "is sealed: nothing can be pushed any more", [report.remedies.configure(queue, "sealed=")])
        }
        if census.isOpen {
            report.found(
                "open", "is held open by its setting: it is never drained, and no worker ends",
                [report.remedies.configure(queue, "open=")])
        }
    }

    /// Redis refuses each operation that counts with a value that is no number.
    private mutating func lookAtCounters(_ report: inout Report) throws(Failure) {
        append(["GET", .bytes(queue.key(":seq"))])
        if case .bytes(let text) = try receive(), text.decimal.map({ $0 > Census.largestCount }) ?? true {
            // No ID has a higher number.
            let census = report.census
            let last = (census?.total("leased") ?? 0) + (census?.total("pushed") ?? 0) + (census?.total("orphans") ?? 0)
            report.found(
                "number",
                filled("has a value in % that is no number, or too large to count with", queue.key(":seq").printable),
                [report.remedies.redis("set", [queue.key(":seq"), Bytes("\(last)".utf8)])])
        }
        guard let census = report.census else { return }
        let stats = queue.key(":stats")
        for name in census.broken {
            let fresh = name.equals("pushed") ? census.difference + census.total("pushed") : 0
            let commands =
                fresh > 0
                ? [report.remedies.redis("hset", [stats, name, Bytes("\(fresh)".utf8)])]
                : [report.remedies.redis("hdel", [stats, name])]
            report.found(
                "number",
                filled(
                    """
                    has a value in % of % that is no number, or too large to count with
                    """, name.printable, stats.printable),
                commands)
        }
    }

    private mutating func survey(_ state: State) throws(Failure) -> [Oddity] {
        try survey(state, long: Limits.lease, many: Limits.attempts)
    }

    private mutating func lookAtLeases(_ report: inout Report) throws(Failure) {
        for oddity in try survey(.leased) {
            let release = report.remedies.wq("wq-release", [queue.name] + oddity.ids)
            let (who, time) = ("\(oddity.id.printable) of \(oddity.owner.printable)", roughly(oddity.number))
            if oddity.what.equals("bare") { report.bare(oddity, .leased) }
            if oddity.what.equals("ahead") {
                report.found(
                    "clock",
                    filled(
                        """
                        has % from the future (%, in %): Redis' clock was set back, and keeps them for so long
                        """, count(oddity.count, "lease"), who, time), [release])
            }
            if oddity.what.equals("long") {
                report.found(
                    "lease",
                    filled(
                        """
                        has % that ends in more than an hour: %, in %; if nobody works on it any more, give it back
                        """, count(oddity.count, "lease"), who, time), [release])
            }
            if oddity.what.equals("held") {
                report.found(
                    "held",
                    filled(
                        """
                        has %, renewed for long: % for %; if its command hangs, take it away, and its worker \
                        stops the command
                        """, count(oddity.count, "lease"), who, time), [release])
            }
            if oddity.what.equals("again") {
                let give = report.remedies.wq(
                    "wq-release", options: "--dead --reason 'failed again and again'", [queue.name] + oddity.ids)
                report.again(oddity.number, "\(count(oddity.count, "leased item")), \(who)", [give])
            }
        }
    }

    private mutating func lookAtDelayed(_ report: inout Report) throws(Failure) {
        for oddity in try survey(.delayed) {
            if oddity.what.equals("bare") { report.bare(oddity, .delayed) }
            if oddity.what.equals("ahead") {
                var words = [queue.key(":delayed"), Bytes("xx")]
                for id in oddity.ids { words += [Bytes("0"), id] }
                report.found(
                    "clock",
                    filled(
                        """
                        has % from the future (%, in %): Redis' clock was set back, and keeps them for so much \
                        longer
                        """, count(oddity.count, "delayed item"), oddity.id.printable, roughly(oddity.number)),
                    [report.remedies.redis("zadd", words), report.remedies.wq("wq-reap", [queue.name])])
            }
            if oddity.what.equals("again") {
                report.again(oddity.number, count(oddity.count, "delayed item"), nil)
            }
        }
    }

    private mutating func lookAtAttempts(_ report: inout Report) throws(Failure) {
        let (highest, bad) = try attempts()
        if !bad.isEmpty {
            report.found(
                "number",
                filled(
                    """
                    has % in % without a number of failed attempts
                    """, count(bad.count, "field"), queue.key(":attempts").printable),
                [report.remedies.redis("hdel", [queue.key(":attempts")] + bad)])
        }
        guard highest >= Limits.attempts, (report.census?.ready ?? 0) > 0, !report.has("again") else { return }
        report.again(highest, "an item that is ready", nil)
    }

    private mutating func lookAtProducers(_ report: inout Report) throws(Failure) {
        guard let now = report.census?.now else { return }
        for hold in try holds() where hold.until > now {
            let left = hold.until - now
            if left > Defaults.pushHold.milliseconds + Limits.skew {
                report.found(
                    "clock",
                    filled(
                        """
                        is held open by the push % for %: no push holds it for so long; Redis' clock was set back
                        """, hold.shown, roughly(left)),
                    [report.remedies.redis("zrem", [queue.key(":producers"), hold.member])])
            } else {
                report.found(
                    "producer",
                    filled(
                        """
                        is held open by the push %, which reads its input; it ends when its input does, or % after \
                        it was killed, or soon after this
                        """, hold.shown, Defaults.pushHold.text), [report.remedies.configure(queue, "sealed=yes")])
            }
        }
    }

    private mutating func lookForOrphans(
        _ sha224: (ArraySlice<UInt8>) -> Bytes, _ report: inout Report
    ) throws(Failure) {
        var orphans = 0
        try list(.rediswq, limit: Int.max, sha224: sha224) { (entries) throws(Failure) in
            for entry in entries where entry.reason.equals("no lease") { orphans += 1 }
        }
        if orphans > 0 {
            report.found(
                "orphans",
                filled("has % that a rediswq client took and does not hold: run wq-reap", count(orphans, "item")),
                [report.remedies.wq("wq-reap", [queue.name])])
        }
    }
}
