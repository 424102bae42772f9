import Base

/// Where items or lease IDs come from: a file, a pipe, a command line.
package protocol RecordSource: ~Copyable {
    /// Whether `read` would answer without blocking for long.
    mutating func isReady() -> Bool

    /// Whether every record was given.
    var isDone: Bool { get }

    /// Waits until there is something to read, but no longer than that many ms.
    mutating func wait(_ timeout: Int)

    /// Adds records to the batch: as many as are there, at least one, at most `limit`.
    /// - Returns: false at the end of the input.
    mutating func read(into batch: inout ByteList, limit: Int) throws(Failure) -> Bool
}
