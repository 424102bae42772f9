/// A reply of a server, well-formed or not.
indirect enum Reply {
    case number(Int)
    case text([UInt8])
    case status(String)
    case error(String)
    case null
    case list([Reply])
    case raw([UInt8])

    static func text(_ string: String) -> Reply { .text(Array(string.utf8)) }

    var bytes: [UInt8] {
        switch self {
        case .number(let number): Array(":\(number)\r\n".utf8)
        case .text(let text): Array("$\(text.count)\r\n".utf8) + text + Array("\r\n".utf8)
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .null: Array("$-1\r\n".utf8)
        case .list(let replies): Array("*\(replies.count)\r\n".utf8) + replies.flatMap(\.bytes)
        case .raw(let bytes): bytes
        }
    }
}

/// What the scripts and commands answer, as it is, and somewhat changed.
struct Answers {
    private static let numbers = [
        0, 1, 2, -1, -2, 7, 199, 1000, 0x7FFF_FFFF, 1 << 32, 1 << 53, 1 << 62, .max, .max - 1, .min, .min + 1,
    ]
    private static let words = [
        "leased", "suspects", "alone", "gone", "drained", "paused", "busy", "ready", "lost", "unknown", "pushed",
        "sealed", "gap",
        "requeued", "dead", "held", "mark", "completed", "9223372036854775807", "1 9223372036854775807", "wq:busy",
        "master", "1.0123456789ab", "127.0.0.1", "", "yes", "OK", "1\towner\t0\treason\titem", "1\t\t\t\t",
        "noeviction",
    ]
    private static let errors = [
        "ERR", "", "WRONGTYPE Operation", "WQFORMAT 2", "CROSSSLOT", "NOAUTH", "NOPERM", "NOSCRIPT No matching script",
        "READONLY", "UNBLOCKED", "OOM command", "LOADING", "CLUSTERDOWN", "BUSY ", "MISCONF", "MOVED 1 127.0.0.1:1",
        "MOVED 99999999999999999999 127.0.0.1:99999", "ASK 1 127.0.0.1:1", "ASK ", "MOVED ", "MOVED 1 :",
        "MOVED 1 ::1:1",
        "ERR @user_script:1: NOPERM", "NOPERM @user_script:99999999999999999999: x", "NOPERM @user_script:4: x",
        "DB index is out of range",
    ]
    private static let facts = [
        "redis_version", "valkey_version", "role", "maxmemory_policy", "used_memory", "maxmemory", "aof_enabled",
        "aof_last_write_status", "connected_slaves", "blocked_clients", "cluster_enabled", "evicted_keys",
    ]

    var random: Random
    /// What is asked for, mostly.
    var kind = Kind.status

    /// What there is to answer.
    enum Kind: CaseIterable {
        case leases, nothing, settled, census, survey, pushed, entries, numbers, settings, facts, error, page, number,
            word, status, steps
    }

    mutating func number() -> Int { random.once(in: 5) ? random.pick(Self.numbers) : random.number(0..<20) }

    mutating func word() -> Reply {
        random.once(in: 8) ? .text(random.bytes(40)) : .text(random.pick(Self.words))
    }

    /// One that makes sense to most who ask, or in most cases to those who ask for one of the kind.
    mutating func sensible() -> Reply { sensible(random.once(in: 3) ? random.pick(Kind.allCases) : kind) }

    private mutating func sensible(_ kind: Kind) -> Reply {
        switch kind {
        case .leases:
            let leases = several { [$0.word(), .number($0.number()), $0.word()] }
            let state = random.pick(["leased", "leased", "suspects", "alone"])
            return .list([.text(state), .number(number()), word(), .number(number())] + leases)
        case .nothing:
            let state = random.pick(["drained", "paused", "busy", "gone"])
            return .list([.text(state), .number(number()), word(), .number(number()), .number(number())])
        case .settled: return .list(several { [$0.word(), .text($0.random.pick(["lost", "unknown", "doubtful"]))] })
        case .census:
            let counters = several { [$0.word(), $0.word()] }
            return .list([.text("busy")] + (0..<15).map { _ in .number(number()) } + [word()] + counters)
        case .survey:
            let rows = several { [$0.word(), $0.word(), .number($0.number()), $0.word()] }
            return .list([random.once(in: 2) ? .number(number()) : .text("0")] + rows)
        case .pushed:
            let state = random.pick(["pushed", "gap", "sealed", "drained", "overlap", "large", "again"])
            return .list([.text(state), .number(number()), word()] + (0..<4).map { _ in .number(number()) })
        case .entries:
            return .list([.number(number()), word()] + several { [$0.word(), .number($0.number()), $0.word()] })
        case .steps:
            let entries = several {
                [.text($0.random.pick(["dead", "ready", ""])), $0.word(), .number($0.number()), $0.word()]
            }
            let word = random.pick(["went", "went", "doubtful"])
            let (dropped, aside, next, now) = (Reply.number(number()), Reply.number(number()), self.word(), number())
            return .list([.text(word), dropped, aside, next, .number(now)] + entries)
        case .numbers: return .list((0..<5).map { _ in .number(number()) } + [word()])
        case .settings: return .list((0..<6).map { _ in random.once(in: 2) ? .null : word() })
        case .facts:
            let lines = (0..<random.number(0..<8)).map { _ in "\(random.pick(Self.facts)):\(number())\r\n" }
            return .text(lines.joined())
        case .error: return .error(random.pick(Self.errors))
        case .page: return .list([.text("0"), .list([word(), word()])])
        case .number: return .number(number())
        case .word: return random.once(in: 4) ? .null : word()
        case .status: return .status("OK")
        }
    }

    private mutating func several(_ some: (inout Answers) -> [Reply]) -> [Reply] {
        var replies: [Reply] = []
        for _ in 0..<random.number(0..<5) { replies += some(&self) }
        return replies
    }

    /// The same with something else in it, perhaps.
    mutating func changed(_ reply: Reply) -> Reply {
        if random.once(in: 12) { return sensible() }
        switch reply {
        case .list(var replies):
            for index in replies.indices where random.once(in: 6) { replies[index] = changed(replies[index]) }
            if random.once(in: 8), !replies.isEmpty { replies.remove(at: random.number(0..<replies.count)) }
            if random.once(in: 8) { replies.insert(sensible(), at: random.number(0..<replies.count + 1)) }
            if random.once(in: 20) { replies = Array(repeating: .list(replies), count: random.number(0..<4)) }
            return .list(replies)
        case .number where random.once(in: 2): return .number(number())
        case .text(let text) where random.once(in: 3): return .text(text + random.bytes(8))
        default: return reply
        }
    }

    /// Bytes that are a reply, or nearly.
    mutating func bytes() -> [UInt8] {
        let reply = changed(sensible())
        // A name that is no address any more would be asked of name servers.
        if case .error = reply { return reply.bytes }
        var bytes = reply.bytes
        guard random.once(in: 6), !bytes.isEmpty else { return bytes }
        let at = random.number(0..<bytes.count)
        switch random.number(0..<6) {
        case 0: bytes[at] = UInt8(random.number(0..<256))
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: random.bytes(4, of: "*$:+-%>#,_(\r\n0123456789"), at: at)
        case 3: bytes.removeSubrange(at...)
        case 4:
            bytes.insert(
                contentsOf: random.pick(["*1000000000\r\n", "$1000000\r\n", "*-1\r\n", "*1\r\n*1\r\n*1\r\n"]).utf8,
                at: at)
        default: bytes = random.bytes(100)
        }
        return bytes
    }
}
