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

extension Arguments {
    /// The queues, and the order in which they are asked.
    /// - Parameter fair: the option by which they are asked in turn; who begins is drawn by lot, or many processes would all
    ///   begin with the same one.
    /// - Throws: `.usage` if a queue is named twice.
    package func turns(_ queues: [Queue], _ fair: Option) throws(Failure) -> Turns {
        for (index, queue) in queues.enumerated() where queues[..<index].contains(where: { $0.name == queue.name }) {
            throw Failure(.usage, "the queue \(queue.name.printable) is named twice")
        }
        return Turns(queues, turn: has(fair) ? try randomNumber(below: queues.count) : nil)
    }

    /// The format that `--sh`, `--json` or `-0` asks for; lines, if none of them was given.
    /// - Throws: `.usage` if several were.
    package func format(sh: Option, null: Option) throws(Failure) -> Format {
        let isTerminal = Output.standard.isTerminal
        guard [sh, .json, null].filter({ has($0) }).count < 2 else {
            throw Failure(.usage, "--sh, --json and --null exclude each other")
        }
        if has(sh) { return .sh(isTerminal: isTerminal) }
        if has(.json) { return .json }
        return has(null) ? .line(end: 0, isTerminal: false) : .line(end: UInt8(ascii: "\n"), isTerminal: isTerminal)
    }
}

/// Keeps signals from falling between a lease and its printing: they end the program only while it waits.
package func holdSignals() { wq_hold_signals() }

/// Prints leases. A lease whose item cannot be printed in the format is kept, to be released.
package struct LeasePrinter: ~Copyable {
    private let format: Format
    /// The queues, if they are several: each record begins with the name of its own.
    private let queues: [Queue]
    private var output = Output.standard
    private var refused: [(lease: Lease, objection: Format.Objection)] = []

    /// - Throws: `.usage` if the format cannot print the name of one of several queues.
    package init(_ format: Format, _ queues: [Queue]) throws(Failure) {
        self.format = format
        self.queues = queues.count > 1 ? queues : []
        for queue in self.queues where !format.canBegin(with: queue.name) {
            throw Failure(.usage, "\(queue.name.printable) cannot begin a line: use --json or --sh")
        }
    }

    /// Prints the leases that the format can print, and keeps the others.
    /// - Throws: `.inputOutput` if that fails.
    package mutating func print(_ leases: [Lease]) throws(Failure) {
        for lease in leases {
            if let objection = format.objection(to: lease.item) {
                refused.append((lease, objection))
            } else {
                format.write(lease, of: queues.isEmpty ? nil : queues[lease.queue], to: &output)
            }
        }
        try output.flush()
    }

    /// Releases the leases that were not printed, with the reason. It is no fault of the items: no attempt is charged, and they
    /// are kept back for a while, so that others come first.
    /// - Returns: the failure to end with; nil if all leases were printed.
    package mutating func releaseRefused(_ session: inout Session) throws(Failure) -> Failure? {
        guard let first = refused.first else { return nil }
        let delay = Defaults.later
        for (lease, objection) in refused {
            var id = ByteList()
            id.append(lease.id)
            if !queues.isEmpty { session.queue = queues[lease.queue] }
            _ = try session.settle(
                .release(
                    Release(delay: delay.milliseconds, isCharged: false, reason: Bytes(objection.text))), id)
        }
        let more = refused.count > 1 ? " (and \(refused.count - 1) more)" : ""
        let advice = refused.contains { $0.objection == .null } ? "--json" : "--json, --sh or --null"
        return Failure(
            .badData,
            "lease \(first.lease.id.printable)\(more) was given back for \(delay.text), uncharged: \(first.objection.text);"
                + " use \(advice)")
    }
}
