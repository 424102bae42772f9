import Base
import Redis

/// Makes the commands that mend what the doctor finds, as a person types them into a shell.
package struct Remedies: Sendable {
    /// `-u URL`, where the environment leads to another server.
    private let option: String
    private let redisCLI: String

    /// - Parameters:
    ///   - url: the server's address, if the command line had to name it.
    ///   - address: where redis-cli finds the server: that of one connection.
    ///   - user: as whom; nil for the default user.
    package init(url: String?, _ address: Address, user: Bytes? = nil, isCluster: Bool) {
        option = url.map { " -u " + word(Bytes($0.utf8)) } ?? ""
        var redisCLI = "redis-cli"
        switch address.endpoint {
        case .unix(let path):
            redisCLI += " -s " + word(path)
            if address.database > 0 { redisCLI += " -n \(address.database)" }
        case .tcp, .tls, .sentinel: redisCLI += " -u " + word(Bytes(address.text.utf8))
        }
        if let user { redisCLI += " --user " + word(user) }
        self.redisCLI = redisCLI + (isCluster ? " -c" : "")
    }

    /// A program of the kit, with its options and what follows them.
    func wq(_ program: StaticString, options: String = "", _ operands: [Bytes]) -> String {
        var text = "\(program)\(option)\(options.isEmpty ? "" : " ")\(options)"
        if operands.contains(where: { $0.first == UInt8(ascii: "-") }) { text += " --" }
        for operand in operands { text += " " + word(operand) }
        return text
    }

    /// A setting of a queue.
    func configure(_ queue: Queue, _ change: String) -> String { wq("wq-config", [queue.name, Bytes(change.utf8)]) }

    /// A command for the server itself.
    func redis(_ command: String, _ words: [Bytes] = []) -> String {
        var text = "\(redisCLI) \(command)"
        for operand in words { text += " " + word(operand) }
        return text
    }
}

private func word(_ bytes: Bytes) -> String { String(decoding: shellWord(bytes), as: UTF8.self) }
