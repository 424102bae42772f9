import Base
import Shell
import WorkQueue

extension Arguments {
    /// Prints the command of each item or batch that is ready, in the order in which they would be taken, as a line for a
    /// shell; leases and runs nothing.
    /// - Throws: `.noQueue` if nothing was ever pushed to the queue.
    package func rehearse(_ work: Work) throws(Failure) -> Exit {
        var session = try session()
        let launcher = Launcher(work)
        var output = Output.standard
        var batch: [Bytes] = []
        func finish() {
            if !batch.isEmpty { output.write(launcher.line(for: batch, work) + Bytes("\n")) }
            batch = []
        }
        var (left, unused) = (work.maxItems, 0)
        for queue in work.turns.queues where left > 0 {
            session.queue = queue
            let before = left
            try session.readyItems(limit: left) { (items) throws(Failure) in
                left -= items.count
                for item in items {
                    if let why = launcher.objection(to: item) {
                        output.write(Bytes("# ") + item.escaped + Bytes(": \(why)\n".utf8))
                    } else {
                        batch.append(item)
                    }
                    if batch.count == work.batch { finish() }
                }
                try output.flush()
            }
            finish()
            try output.flush()
            if left == before, try !session.isUsed() { unused += 1 }
        }
        if unused == work.turns.count, let why = work.turns[0].failure(.unused) { throw why }
        return .done
    }
}

extension Launcher {
    /// The command as a person can paste it into a shell.
    fileprivate func line(for items: [Bytes], _ work: Work) -> Bytes {
        var line: Bytes = []
        if case .line(let end, _) = work.lines {
            line = Bytes(end == 0 ? "printf '%s\\0'" : "printf '%s\\n'")
            for item in items { line += Bytes(" ") + shellWord(item) }
        } else if work.isInput {
            let item = items[0]
            line = item.contains(0) ? Bytes("printf ") + octal(item) : Bytes("printf %s ") + shellWord(item)
        }
        if work.isInput { line += Bytes(" | ") }
        for (index, word) in template.words(for: items).enumerated() {
            if index > 0 { line += Bytes(" ") }
            // In front of a command, a shell takes that for a variable.
            line += index == 0 && word.contains(UInt8(ascii: "=")) ? quoted(word) : shellWord(word)
        }
        return line
    }
}

/// The bytes as a format of printf(1), which can have a NUL in it.
private func octal(_ bytes: Bytes) -> Bytes {
    var out = Bytes("'")
    for byte in bytes {
        if byte.isDigit || byte.isLetter {
            out.append(byte)
        } else {
            out.append(UInt8(ascii: "\\"))
            for shift in [6, 3, 0] { out.append(UInt8(ascii: "0") + (byte >> UInt8(shift)) % 8) }
        }
    }
    return out + Bytes("'")
}
