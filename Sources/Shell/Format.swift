import Base
import WorkQueue

/// How `wq-lease` prints a lease.
package enum Format: Equatable, Sendable {
    /// `LEASE<TAB>ITEM` and the byte `end`; on a terminal, control characters of the item are escaped.
    case line(end: UInt8, isTerminal: Bool)
    /// `WQ_LEASE='...' WQ_ITEM='...' WQ_ATTEMPT='...'`, quoted for `eval`, and a newline; on a terminal, control characters
    /// of the item are escaped.
    case sh(isTerminal: Bool)
    /// A JSON object on each line.
    case json

    /// Why a reader of the output would find an item cut, or take it for two.
    package enum Objection: Sendable {
        case newline, null

        var text: StaticString {
            switch self {
            case .newline: "the item contains a newline"
            case .null: "the item contains a NUL"
            }
        }
    }

    /// What the format has against the item; nil if every reader takes it for what it is.
    package func objection(to item: Bytes) -> Objection? {
        switch self {
        case .line(let end, let isTerminal):
            if isTerminal { return nil }
            if item.contains(0) { return .null }
            return end != 0 && item.contains(end) ? .newline : nil
        case .sh: return item.contains(0) ? .null : nil
        case .json: return nil
        }
    }

    /// Whether a reader can tell the name of a queue from what follows it.
    func canBegin(with name: Bytes) -> Bool {
        guard case .line(let end, false) = self else { return true }
        return !name.contains(UInt8(ascii: "\t")) && !name.contains(end)
    }

    /// Writes a lease to whose item there is no objection.
    /// - Parameter queue: the lease's queue, if the reader does not know it.
    package func write(_ lease: Lease, of queue: Queue? = nil, to output: inout Output) {
        switch self {
        case .line(let end, let isTerminal):
            if let queue {
                output.write(isTerminal ? queue.name.escaped : queue.name)
                output.write("\t")
            }
            output.write(lease.id)
            output.write("\t")
            output.write(isTerminal ? lease.item.escaped : lease.item)
            output.write(CollectionOfOne(end))
        case .sh(let isTerminal):
            if let queue {
                output.write("WQ_QUEUE=")
                output.write(quoted(isTerminal ? queue.name.escaped : queue.name))
                output.write(" ")
            }
            output.write("WQ_LEASE=")
            output.write(quoted(lease.id))
            output.write(" WQ_ITEM=")
            output.write(quoted(isTerminal ? lease.item.escaped : lease.item))
            output.write(" WQ_ATTEMPT='\(lease.attempt)'\n")
        case .json:
            output.write(Self.object(lease, of: queue))
        }
    }

    /// What a command that works on the lease reads: the item alone and the byte `end`, or the same object as in `write`.
    /// - Parameter queue: the lease's queue, if the reader does not know it; lines do not tell it.
    package func record(_ lease: Lease, of queue: Queue? = nil) -> Bytes {
        switch self {
        case .line(let end, _): lease.item + [end]
        case .sh, .json: Self.object(lease, of: queue)
        }
    }

    private static func object(_ lease: Lease, of queue: Queue?) -> Bytes {
        let name = queue.map { jsonMember("queue", $0.name) } ?? []
        let attempt = jsonMember("attempt", lease.attempt)
        return jsonObject(name + jsonMember("lease", lease.id) + attempt + jsonMember("item", lease.item))
    }
}
