import Base
import WorkQueue

/// How `wq-lease` prints a lease.
package enum Format: Equatable, Sendable {
    /// `LEASE<TAB>ITEM`, ended by the byte; on a terminal with control characters escaped.
    case line(end: UInt8, isTerminal: Bool)
    /// `WQ_LEASE='...' WQ_ITEM='...' WQ_ATTEMPT='...'`, quoted for `eval`, and a newline; on a terminal with control
    /// characters escaped.
    case sh(isTerminal: Bool)
    /// A JSON object on each line.
    case json

    /// Why the item cannot be printed so without being cut or taken for two; nil if it can.
    package func objection(to item: Bytes) -> StaticString? {
        switch self {
        case .line(let end, let isTerminal):
            if isTerminal { return nil }
            if end == 0 { return item.contains(0) ? "the item contains a NUL" : nil }
            return item.contains(end)
                ? "the item contains a newline" : item.contains(0) ? "the item contains a NUL" : nil
        case .sh: return item.contains(0) ? "the item contains a NUL" : nil
        case .json: return nil
        }
    }

    package func write(_ lease: Lease, to output: inout Output) {
        switch self {
        case .line(let end, let isTerminal):
            output.write(lease.id)
            output.write("\t")
            output.write(isTerminal ? lease.item.escaped : lease.item)
            output.write(CollectionOfOne(end))
        case .sh(let isTerminal):
            output.write("WQ_LEASE=")
            output.write(quoted(lease.id))
            output.write(" WQ_ITEM=")
            output.write(quoted(isTerminal ? lease.item.escaped : lease.item))
            output.write(" WQ_ATTEMPT='\(lease.attempt)'\n")
        case .json:
            output.write("{\"lease\":")
            output.write(jsonString(lease.id) ?? [])
            output.write(",\"attempt\":\(lease.attempt)")
            output.write(jsonMember("item", lease.item))
            output.write("}\n")
        }
    }
}
