import Base

/// Where items or lease IDs come from: a file, a pipe, a command line.
package protocol RecordSource: ~Copyable {
    /// Whether `read` would return without blocking for long.
    mutating func isReady() -> Bool

    /// Whether `read` has given every record.
    var isDone: Bool { get }

    /// Waits until there is something to read, but no longer than this many ms.
    mutating func wait(_ timeout: Int)

    /// Appends records to the batch: as many as are there, at least one and at most `limit`.
    /// - Returns: false at the end of the input, when it appended nothing.
    mutating func read(into batch: inout ByteList, limit: Int) throws(Failure) -> Bool
}
