import Base
import Redis

/// Whether a restart keeps what is in the append-only file. Redis 7 checks each transaction in there, and a script's work
/// is one, by the rights of the user default, and leaves out what that user may not do.
extension Connection {
    /// The commands that the scripts write with. Each needs a key and some arguments to be tried.
    static var written: [ByteList] {
        [
            ["MULTI"], ["EXEC"], ["DEL", "k"], ["HDEL", "k", "f"], ["HINCRBY", "k", "f", "1"], ["HSET", "k", "f", "v"],
            ["INCR", "k"], ["INCRBY", "k", "1"], ["LMOVE", "k", "k", "LEFT", "LEFT"], ["LPUSH", "k", "v"],
            ["LREM", "k", "1", "v"], ["LTRIM", "k", "0", "0"], ["RPOP", "k"], ["RPUSH", "k", "v"],
            ["SET", "k", "v", "PX", "1"], ["UNLINK", "k"], ["ZADD", "k", "1", "v"], ["ZREM", "k", "v"],
            ["ZREMRANGEBYRANK", "k", "0", "0"], ["ZREMRANGEBYSCORE", "k", "0", "0"], ["LPUSHX", "k", "v"],
            ["RPUSHX", "k", "v"], ["RENAME", "k", "k"], ["RENAMENX", "k", "k"],
        ]
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
            for command in index == 0 ? Self.written : [["RPUSH", "k", "v"]] {
                var dry: ByteList = ["ACL", "DRYRUN", "default"]
                for at in 0..<command.count {
                    if command[at].equals("k") { dry.append(key) } else { dry.append(command[at]) }
                }
                append(dry)
                asked += 1
            }
        }
        var (refused, isSeen): (Bytes?, Bool) = (nil, true)
        for _ in 0..<asked {
            guard let answer = try resultUnlessRefused(timeout) else {
                isSeen = false
                continue
            }
            // Status or text: whatever is not OK says what is forbidden.
            if case .bytes(let text) = answer, !text.equals("OK"), refused == nil { refused = text }
        }
        if let refused { return [finding(refused, facts, remedies)] }
        if isSeen { return [] }
        return [
            Finding(
                isUnseen: true, subject: "default",
                text: "ACL DRYRUN cannot be used: the user default must have ~* &* +@all, be it off,"
                    + " or a restart of Redis 7 loses all items")
        ]
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
            text: "the user default may do too little (\(refused.printable)): a restart would leave out what is in the"
                + " append-only file, and lose every item; have it off, with all rights, also in the ACL file",
            commands: commands)
    }
}
