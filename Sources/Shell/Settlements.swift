import Base
import WorkQueue

extension Option {
    /// `-0` of the programs that take leases.
    package static var nullLeases: Option {
        Option("0", "null", "", "lease IDs on input end with a NUL, not with a newline")
    }
}

extension Arguments {
    /// Settles the leases that the operands after the queue name; `-` stands for the leases on standard input. Prints
    /// the leases that were not held.
    /// - Returns: `.done` if all were settled, else `.no`.
    package func settle(_ settlement: Settlement) throws(Failure) -> Exit {
        let leases = rest
        _ = try queue()
        if leases.isEmpty {
            throw Failure(.usage, "a lease is needed (or -, to read them from standard input)")
        }
        var answer = Exit.done
        let isQuiet = has(.quiet)
        func report(_ unsettled: [Unsettled]) throws(Failure) {
            if unsettled.isEmpty { return }
            answer = .no
            if isQuiet { return }
            var output = Output.standard
            for one in unsettled {
                output.write(one.isLost ? "lost\t" : "unknown\t")
                output.write(output.isTerminal ? one.id.escaped : one.id)
                output.write("\n")
            }
            try output.flush()
        }
        var session = try session()
        let named = leases.without("-")
        try report(try session.settle(settlement, named))
        if named.count < leases.count {
            var input = try Input(path: nil, has(.nullLeases) ? .nulls : .lines, of: .leaseID)
            try session.settle(settlement, from: &input) { (unsettled) throws(Failure) in try report(unsettled) }
        }
        return answer
    }
}
