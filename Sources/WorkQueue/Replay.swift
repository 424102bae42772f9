import Base
import Redis

/// Whether a restart keeps what is in the append-only file. Redis 7 checks each transaction in there, and a script's work
/// is one, by the rights of the user default, and leaves out what that user may not do.
extension Connection {
    /// The commands that the scripts write with, each with as many arguments as it needs to be tried; K is a key.
    static var written: StaticString {
        """
        MULTI,EXEC,DEL K,HDEL K f,HINCRBY K f 1,HSET K f v,INCR K,INCRBY K 1,LMOVE K K LEFT LEFT,LPUSH K v,LPUSHX K v,\
        LREM K 1 v,RENAME K K,RENAMENX K K,RPUSH K v,RPUSHX K v,SET K v PX 1,UNLINK K,ZADD K 1 v,ZREM K v,\
        ZREMRANGEBYRANK K 0 0,ZREMRANGEBYSCORE K 0 0
        """
    }

    /// What is wrong with the user default, if anything.
    /// - Parameter queues: whose keys that user must have; none stands for any.
    package mutating func replayFindings(
        _ facts: ServerFacts, _ queues: [Queue], _ remedies: Remedies, timeout: Int
    ) throws(Failure) -> [Finding] {
        guard facts.checksTransactions, facts.hasAppendOnlyFile != false else { return [] }
        var keys = queues.prefix(Self.tried).map { $0.name }
        if keys.isEmpty { keys = [Bytes("job")] }
        var asked = 0
        for (index, key) in keys.enumerated() {
            // A queue's keys are alike.
            for command in Bytes(index == 0 ? Self.written : "RPUSH K v").split(separator: UInt8(ascii: ",")) {
                var dry: ByteList = ["ACL", "DRYRUN", "default"]
                for word in command.split(separator: UInt8(ascii: " ")) {
                    if word.equals("K") { dry.append(key) } else { dry.append(word) }
                }
                append(dry)
                asked += 1
            }
        }
        append(["ACL", "LOG"])
        var (refused, isSeen): (Bytes?, Bool) = (nil, true)
        for _ in 0..<asked {
            guard let answer = try resultUnlessRefused(timeout) else {
                isSeen = false
                continue
            }
            // Status or text: whatever is not OK says what is forbidden.
            if case .bytes(let text) = answer, !text.equals("OK"), refused == nil { refused = text }
        }
        var findings: [Finding] = []
        if let log = try resultUnlessRefused(timeout)?.list() {
            var hasLeftOut = false
            for entry in log where !hasLeftOut { hasLeftOut = try Self.isOfReplay(entry) }
            if hasLeftOut { findings.append(Self.leftOut(remedies)) }
        } else {
            isSeen = false
        }
        if let refused {
            findings.append(finding(refused, facts, remedies))
        } else if !isSeen {
            findings.append(
                Finding(
                    isUnseen: true, subject: "default",
                    text: "ACL DRYRUN and ACL LOG cannot be used: the user default must have ~* &* +@all, be it off,"
                        + " or a restart of Redis 7 loses all items"))
        }
        return findings
    }

    /// Whether an entry of the access control list's log is about the client by which Redis loads its append-only file.
    private static func isOfReplay(_ entry: Value) throws(Failure) -> Bool {
        let fields = try entry.list()
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard case .bytes(let name) = fields[index], name.equals("client-info"),
                case .bytes(let client) = fields[index + 1]
            else { continue }
            // The highest number there is.
            return client.starts(with: "id=18446744073709551615 ")
        }
        return false
    }

    private static func leftOut(_ remedies: Remedies) -> Finding {
        Finding(
            subject: "replay",
            text: "when it started, Redis left out transactions of its append-only file (ACL LOG): items are missing"
                + " that are still in there; keep Redis from writing it anew, stop all work, copy it, and go on as"
                + " \"At 3 a.m.\" in docs/protocol.md says",
            commands: [remedies.redis("config set auto-aof-rewrite-percentage 0")])
    }

    /// How many queues' keys are tried.
    private static var tried: Int { 1000 }

    private func finding(_ refused: Bytes, _ facts: ServerFacts, _ remedies: Remedies) -> Finding {
        var commands = [remedies.redis("acl setuser default off '~*' '&*' +@all")]
        if let file = facts.setting("aclfile"), !file.isEmpty {
            commands.append(remedies.redis("acl save"))
        } else if !(facts.info("config_file") ?? []).isEmpty {
            commands.append(remedies.redis("config rewrite"))
        }
        return Finding(
            subject: "default",
            text:
                filled(
                    """
                    the user default may do too little (%): a restart would leave out what is in the append-only \
                    file, and lose every item; have it off, with all rights, also in the ACL file
                    """, refused.printable),
            commands: commands)
    }
}
