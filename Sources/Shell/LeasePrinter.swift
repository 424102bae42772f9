import Base
import CPosix
import WorkQueue

extension Exit {
    /// The status of `wq-lease` for an answer.
    package init(_ answer: LeaseAnswer) {
        self =
            switch answer {
            case .leased: .done
            case .nothing: .no
            case .drained: .drained
            }
    }
}

extension Format {
    /// The format that `--format` and `-0` ask for.
    /// - Throws: `.usage` if there is no such format, or `-0` does not go with it.
    package init(_ name: Bytes?, null: Bool) throws(Failure) {
        let isTerminal = Output.standard.isTerminal
        let line = Format.line(end: null ? 0 : UInt8(ascii: "\n"), isTerminal: isTerminal && !null)
        guard let name else {
            self = line
            return
        }
        if name.equals("line") {
            self = line
        } else if name.equals("sh") {
            self = .sh(isTerminal: isTerminal)
        } else if name.equals("json") {
            self = .json
        } else {
            throw Failure(.usage, "--format is line, sh or json, not '\(name.printable)'")
        }
        if null, !name.equals("line") { throw Failure(.usage, "--null goes with --format line only") }
    }
}

/// Keeps signals from falling between a lease and its printing: they end the program only while it waits.
package func holdSignals() { wq_hold_signals() }

/// Prints leases. A lease whose item cannot be printed in the format is kept, to be released.
package struct LeasePrinter: ~Copyable {
    private let format: Format
    private var output = Output.standard
    private var refused: [(lease: Lease, reason: StaticString)] = []

    package init(_ format: Format) { self.format = format }

    /// Prints the leases that the format can print, and keeps the others.
    /// - Throws: `.inputOutput` if that fails.
    package mutating func print(_ leases: [Lease]) throws(Failure) {
        for lease in leases {
            if let reason = format.objection(to: lease.item) {
                refused.append((lease, reason))
            } else {
                format.write(lease, to: &output)
            }
        }
        try output.flush()
    }

    /// Releases the leases that were not printed, with the reason. This charges an attempt, so that an item that nobody can
    /// print is dead in the end.
    /// - Returns: the failure to end with; nil if all leases were printed.
    package mutating func releaseRefused(_ session: inout Session) throws(Failure) -> Failure? {
        guard let first = refused.first else { return nil }
        for (lease, reason) in refused {
            var id = ByteList()
            id.append(lease.id)
            _ = try session.settle(.release(Release(reason: Bytes(reason))), id)
        }
        let more = refused.count > 1 ? " (and \(refused.count - 1) more)" : ""
        return Failure(
            .badData,
            "lease \(first.lease.id.printable)\(more) was released: \(first.reason): use --format json or --format sh")
    }
}
