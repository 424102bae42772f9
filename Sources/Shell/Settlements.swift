import Base
import WorkQueue

extension Option {
    /// `-0` of the programs that take leases.
    package static var nullLeases: Option {
        Option("0", "null", "", "lease IDs on input end with a NUL, not with a newline")
    }
    /// What the help of these programs says of `-`.
    package static var inputLeases: String {
        "The lease - stands for the leases on standard input: a line each, up to its TAB."
    }
}

extension Settlement {
    /// "were ...", of the leases.
    fileprivate var done: String {
        switch self {
        case .complete: "completed"
        case .renew: "renewed"
        case .release: "given back"
        }
    }
}

/// What is said of the leases that were not settled.
private struct Remainder {
    private(set) var isEmpty = true
    private var doubtful = 0
    /// The first IDs in doubt, for a message.
    private var named: [String] = []

    /// How many IDs a message names.
    private static var most: Int { 10 }

    /// Takes them in, and prints a line for each.
    mutating func add(_ unsettled: [Unsettled], _ arguments: Arguments) throws(Failure) {
        if unsettled.isEmpty { return }
        isEmpty = false
        for one in unsettled where one.reason == .doubtful {
            if doubtful < Self.most { named.append(one.id.printable) }
            doubtful += 1
        }
        if arguments.has(.quiet) { return }
        var output = Output.standard
        for one in unsettled {
            if arguments.has(.json) {
                output.write(jsonObject(jsonMember("answer", Bytes(one.reason.word)) + jsonMember("lease", one.id)))
                continue
            }
            output.write(one.reason.word)
            output.write("\t")
            output.write(output.isTerminal ? one.id.escaped : one.id)
            output.write("\n")
        }
        try output.flush()
    }

    /// What to say if something is in doubt.
    func failure(_ settlement: Settlement) -> Failure? {
        if doubtful == 0 { return nil }
        var names = named.joined(separator: ", ")
        if doubtful > named.count { names += " and \(doubtful - named.count) more" }
        return Failure(
            .unavailable,
            "the connection broke, and Redis does not know any more whether these leases were \(settlement.done): \(names);"
                + " the items of those that were not are in the queue again, or will be: look with wq-list")
    }
}

extension Arguments {
    /// Settles the leases that the operands after the queue name; `-` stands for the leases on standard input. Prints
    /// the leases that were not held.
    /// - Returns: `.done` if all were settled, else `.no`.
    /// - Throws: `.unavailable` if it is not known of some.
    package func settle(_ settlement: Settlement) throws(Failure) -> Exit {
        let leases = rest
        _ = try queue()
        if leases.isEmpty {
            throw Failure(.usage, "a lease is needed (or -, to read them from standard input)")
        }
        var remainder = Remainder()
        var session = try session()
        let named = leases.without("-")
        try remainder.add(try session.settle(settlement, named), self)
        if named.count < leases.count {
            var input = try Input(path: nil, has(.nullLeases) ? .nulls : .lines, of: .leaseID)
            try session.settle(settlement, from: &input) { (unsettled) throws(Failure) in
                try remainder.add(unsettled, self)
            }
        }
        if let failure = remainder.failure(settlement) { throw failure }
        return remainder.isEmpty ? .done : .no
    }
}
