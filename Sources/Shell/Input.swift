import Base
import CPosix
import WorkQueue

/// Where input is cut into records.
package enum Separation: Equatable, Sendable {
    /// At each newline.
    case lines
    /// At each NUL.
    case nulls
    /// Nowhere: the whole input is one record.
    case whole
}

/// Cuts a stream of bytes into records, however it arrives in pieces. The last record may lack its separator.
package struct Splitter {
    private var buffer: Bytes = []
    /// Where the first record that was not given yet begins.
    private var start = 0
    /// Up to where the buffer was searched for a separator.
    private var searched = 0
    private let separator: UInt8?
    private var isEnded = false
    private var wasGiven = false

    package init(_ separation: Separation) {
        separator =
            switch separation {
            case .lines: UInt8(ascii: "\n")
            case .nulls: 0
            case .whole: nil
            }
    }

    /// Adds the bytes that `read` puts into the room that it is given.
    /// - Parameters:
    ///   - room: how many bytes there is room for.
    ///   - read: returns how many bytes it put there, and 0 at the end of the stream.
    mutating func feed<E: Error>(_ room: Int, read: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
        } else if start > 0 {
            buffer.removeSubrange(..<start)
        }
        searched -= start
        start = 0
        let filled = buffer.count
        if buffer.capacity < filled + room { buffer.reserveCapacity(max(filled + room, filled * 2)) }
        buffer.append(contentsOf: Bytes(repeating: 0, count: room))
        var failure: E?
        let count = buffer.withUnsafeMutableBytes { bytes in
            do throws(E) { return try read(UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])) } catch {
                failure = error
                return 0
            }
        }
        buffer.removeLast(room - count)
        if let failure { throw failure }
        isEnded = count == 0
    }

    /// Adds bytes that the caller has already; none at the end of the stream.
    package mutating func feed(_ bytes: Bytes) {
        buffer.append(contentsOf: bytes)
        isEnded = bytes.isEmpty
    }

    /// Whether `next` has a record without more bytes.
    mutating func hasRecord() -> Bool { recordEnd() != nil }

    /// Whether the stream's end was reached and every record given.
    package var isDone: Bool { isEnded && start == buffer.count && (separator != nil || wasGiven) }

    /// Calls `take` with the next whole record.
    /// - Returns: false if there is none before more bytes come, or the stream has ended.
    package mutating func next(_ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard let end = recordEnd() else { return false }
        buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
        start = min(end + 1, buffer.count)
        searched = start
        wasGiven = true
        return true
    }

    /// Where the next record ends; nil if its end has not come yet.
    private mutating func recordEnd() -> Int? {
        guard let separator else { return isEnded && !wasGiven ? buffer.count : nil }
        let found = buffer.withUnsafeBytes { bytes in
            guard searched < bytes.count else { return nil as Int? }
            return memchr(bytes.baseAddress! + searched, Int32(separator), bytes.count - searched)
                .map { UnsafeRawPointer($0) - bytes.baseAddress! }
        }
        searched = found ?? buffer.count
        return found ?? (isEnded && start < buffer.count ? buffer.count : nil)
    }
}

/// Records from a file, a pipe, or the command line's operands.
public struct Input: ~Copyable, RecordSource {
    /// What a record is to the program.
    package enum Kind: Sendable {
        case item
        /// The part of a line before its first TAB, so that the output of `wq-lease` can be read back.
        case leaseID
    }

    private let name: String
    private let descriptor: Int32
    private var splitter: Splitter
    private let kind: Kind
    private let keepsBlank: Bool
    /// Operands, in place of a file.
    private var operands: ByteList?

    /// Bytes read at a time: what a pipe holds.
    private static var chunk: Int { 65536 }
    /// A batch is passed on once it has this many bytes, however few its records.
    private static var enough: Int { 262_144 }

    /// - Parameters:
    ///   - path: the file; nil or `-` is standard input.
    ///   - keepsBlank: whether empty records count.
    /// - Throws: `.inputOutput` if the file cannot be opened.
    package init(
        path: Bytes?, _ separation: Separation, of kind: Kind, keepsBlank: Bool = false
    ) throws(Failure) {
        splitter = Splitter(separation)
        self.kind = kind
        self.keepsBlank = keepsBlank
        guard let path, !path.equals("-") else {
            name = "standard input"
            descriptor = STDIN_FILENO
            return
        }
        name = path.printable
        descriptor = withCString(path) { wq_open($0) }
        if descriptor < 0 { throw .system(.inputOutput, "cannot open \(name)", errno: wq_errno()) }
    }

    /// Takes operands as records, also empty ones.
    package init(operands: ByteList) {
        name = "operands"
        descriptor = -1
        splitter = Splitter(.whole)
        kind = .item
        keepsBlank = true
        self.operands = operands
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
    }

    /// Whether `read` would answer without blocking for long.
    package mutating func isReady() -> Bool {
        operands != nil || splitter.hasRecord() || wq_poll(descriptor, Int16(POLLIN), 0, false) != 0
    }

    /// Whether every record was given.
    package var isDone: Bool { operands?.isEmpty ?? splitter.isDone }

    /// Waits until there is something to read, but no longer than that many ms.
    package func wait(_ timeout: Int) {
        _ = wq_poll(descriptor, Int16(POLLIN), Int32(clamping: timeout), false)
    }

    /// Adds records to the batch: as many as are there, but at least one and at most `limit`.
    /// - Returns: false at the end of the input.
    /// - Throws: `.inputOutput` if the input cannot be read.
    package mutating func read(into batch: inout ByteList, limit: Int) throws(Failure) -> Bool {
        if let given = operands {
            let count = min(limit, given.count)
            for index in 0..<count { batch.append(given[index]) }
            var rest = ByteList()
            for index in count..<given.count { rest.append(given[index]) }
            operands = rest
            return count > 0
        }
        while true {
            while batch.count < limit, batch.byteCount < Self.enough {
                let isThere = splitter.next { record in
                    if record.isEmpty, !keepsBlank { return }
                    batch.append(kind == .item ? record : beforeTab(record))
                }
                if !isThere { break }
            }
            if batch.count == limit || batch.byteCount >= Self.enough { return true }
            if splitter.isDone { return !batch.isEmpty }
            if !batch.isEmpty, wq_poll(descriptor, Int16(POLLIN), 0, false) == 0 { return true }
            try fill()
        }
    }

    private mutating func fill() throws(Failure) {
        try splitter.feed(Self.chunk) { (room) throws(Failure) -> Int in
            let got = Descriptor(descriptor).read(into: room)
            if got.error != 0 { throw .system(.inputOutput, "cannot read \(name)", errno: got.error) }
            return got.count
        }
    }
}

/// The part of a line before its first TAB; all of it if there is none.
private func beforeTab(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: line[..<(line.firstIndex(of: UInt8(ascii: "\t")) ?? line.endIndex)])
}
