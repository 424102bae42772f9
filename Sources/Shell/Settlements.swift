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
    /// What the IDs are those of.
    fileprivate var subject: StaticString { if case .drop = self { "item" } else { "lease" } }

    /// "were ...", of the leases.
    fileprivate var done: String {
        switch self {
        case .complete: "completed"
        case .renew: "renewed"
        case .release: "given back"
        case .drop: "dropped"
        }
    }
}

/// What is said of the leases, or of items, that were not settled.
package struct Remainder {
    private let settlement: Settlement
    package private(set) var isEmpty = true
    private var doubtful = 0
    /// The first IDs in doubt, for a message.
    private var named: [String] = []

    /// How many IDs a message names.
    private static var most: Int { 10 }

    package init(_ settlement: Settlement) { self.settlement = settlement }

    /// The name that an ID has in JSON: that of an item is an ID for all programs.
    private var member: StaticString { if case .drop = settlement { "id" } else { "lease" } }

    /// Takes them in, and prints a line for each.
    package mutating func add(_ unsettled: [Unsettled], _ arguments: Arguments) throws(Failure) {
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
                output.write(jsonObject(jsonMember("answer", Bytes(one.reason.word)) + jsonMember(member, one.id)))
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
    package var failure: Failure? {
        if doubtful == 0 { return nil }
        var names = named.joined(separator: ", ")
        if doubtful > named.count { names += " and \(doubtful - named.count) more" }
        return Failure(
            .unavailable,
            "the connection broke, and Redis does not know any more whether these \(settlement.subject)s were"
                + " \(settlement.done): \(names); what was not is in the queue again, or will be: look with wq-list")
    }
}

extension Arguments {
    /// The IDs of items that the operands after the queue name; the operand `-` alone stands for those on standard input.
    package func ids() throws(Failure) -> ByteList {
        guard try namesInput() else { return rest }
        var ids = ByteList()
        var input = try Input(path: nil, .lines, of: .leaseID)
        while true {
            var batch = ByteList()
            guard try input.read(into: &batch, limit: .max) else { return ids }
            ids.append(contentsOf: batch)
        }
    }

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
        var remainder = Remainder(settlement)
        var session = try session()
        let named = leases.without("-")
        try remainder.add(try session.settle(settlement, named), self)
        if named.count < leases.count {
            var input = try Input(path: nil, has(.nullLeases) ? .nulls : .lines, of: .leaseID)
            try session.settle(settlement, from: &input) { (unsettled) throws(Failure) in
                try remainder.add(unsettled, self)
            }
        }
        if let failure = remainder.failure { throw failure }
        return remainder.isEmpty ? .done : .no
    }
}
