import Base
import Shell
import WorkQueue

extension Arguments {
    /// Prints the command of each item that is ready, in the order in which they would be taken, as a line for a shell; leases
    /// and runs nothing.
    /// - Throws: `.noQueue` if nothing was ever pushed to the queue.
    package func rehearse(_ work: Work) throws(Failure) -> Exit {
        var session = try session()
        let launcher = Launcher(work, queue: session.queue.name)
        var output = Output.standard
        var isEmpty = true
        try session.readyItems(limit: work.maxItems) { (items) throws(Failure) in
            isEmpty = false
            for item in items {
                output.write(launcher.line(for: item, isInput: work.isInput))
                output.write("\n")
            }
            try output.flush()
        }
        if isEmpty, try !session.isUsed(), let why = session.queue.failure(.unused) { throw why }
        return .done
    }
}

extension Launcher {
    /// The command as a person can paste it into a shell; a comment if it would not be run.
    fileprivate func line(for item: Bytes, isInput: Bool) -> Bytes {
        if let why = objection(to: item) { return Bytes("# ") + item.escaped + Bytes(": \(why)".utf8) }
        var line: Bytes = []
        if isInput {
            line += item.contains(0) ? Bytes("printf ") + octal(item) : Bytes("printf %s ") + shellWord(item)
            line += Bytes(" | ")
        }
        for (index, word) in template.words(for: item).enumerated() {
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
