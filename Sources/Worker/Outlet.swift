import Base
import CPosix
import Shell

/// The bytes on their way to standard output or standard error, which go out as fast as their reader takes them.
struct Outlet {
    private enum Piece {
        case bytes(Bytes)
        /// The contents of a file, whose descriptor is closed when they were written.
        case file(Int32)
    }

    let descriptor: Int32
    /// How many bytes to write at a time to a descriptor that blocks; 0 for any other.
    private var portion: Int32 = 0
    private var pieces: [Piece] = []
    /// How many bytes of the first piece were written.
    private var offset = 0
    /// How many bytes there were to write so far, and how many of them were written.
    private(set) var offered = 0
    private(set) var written = 0
    /// Whether the last line was begun and not ended.
    private(set) var isInLine = false
    /// Whether a line of status was written last, which goes when something else is written.
    private(set) var hasStatus = false
    /// The errno of a write that failed, 0 if none did; from then on everything is dropped.
    private(set) var failure: Int32 = 0

    /// How many bytes may wait before commands have to wait with more.
    private static var enough: Int { 1_048_576 }
    /// How many bytes are written at a time.
    private static var chunk: Int { 65536 }
    private static var emptyLine: Bytes { Bytes(Output.emptyLine) }
    private static var newline: UInt8 { UInt8(ascii: "\n") }

    init(_ standard: Int32) { descriptor = wq_outlet(standard, &portion) }

    /// - Parameter own: a descriptor that does not block.
    init(own: Int32) { descriptor = own }

    var isEmpty: Bool { pieces.isEmpty }
    var isFull: Bool { offered - written > Self.enough }

    mutating func write(_ bytes: Bytes) {
        if bytes.isEmpty { return }
        hideStatus()
        isInLine = bytes.last != Self.newline
        append(bytes)
    }

    /// Shows a line of status, in place of the one before, until something else is written. The line waits while others wait
    /// to be written, and while a line of the commands has no end yet.
    mutating func show(status: Bytes) {
        if !isEmpty || isInLine { return }
        append(Self.emptyLine + status + Bytes("\r"))
        hasStatus = true
    }

    /// Removes the line of status.
    mutating func hideStatus() {
        if hasStatus { append(Self.emptyLine) }
        hasStatus = false
    }

    /// Ends a line that was begun and not ended.
    mutating func endLine() {
        if isInLine { write([Self.newline]) }
    }

    private mutating func append(_ bytes: Bytes) {
        if failure != 0 { return }
        offered += bytes.count
        if case .bytes(var last) = pieces.last, pieces.count > 1 || offset == 0, last.count < Self.chunk {
            last += bytes
            pieces[pieces.count - 1] = .bytes(last)
        } else {
            pieces.append(.bytes(bytes))
        }
    }

    /// The whole file, of so many bytes; the descriptor is the outlet's from here on.
    mutating func write(file: Int32, of count: Int) {
        if failure != 0 {
            close(file)
        } else {
            hideStatus()
            var last = [Self.newline]
            _ = Descriptor(file).read(into: &last, at: count - 1)
            isInLine = last[0] != Self.newline
            offered += count
            pieces.append(.file(file))
        }
    }

    /// Whether all was written up to that mark, which `offered` was once.
    func hasReached(_ mark: Int) -> Bool { written >= mark }

    /// Writes as much as goes without waiting.
    mutating func flush() {
        while let piece = pieces.first {
            let isWhole: Bool
            switch piece {
            case .bytes(let bytes):
                let rest = bytes[offset...]
                isWhole = put(rest) == rest.count
            case .file(let file):
                var room = Bytes(repeating: 0, count: Self.chunk)
                let count = Descriptor(file).read(into: &room, at: offset).count
                let written = count > 0 ? put(room[..<count]) : 0
                isWhole = count <= 0
                if !isWhole, written < count, failure == 0 { return }
            }
            if failure != 0 { return drop() }
            if case .bytes = piece, !isWhole { return }
            if isWhole { removeFirst() }
        }
    }

    private mutating func removeFirst() {
        if case .file(let file) = pieces.removeFirst() { close(file) }
        offset = 0
    }

    private mutating func drop() {
        while !pieces.isEmpty { removeFirst() }
    }

    /// Writes as much of the bytes as the reader takes now.
    /// - Returns: how many were written.
    private mutating func put(_ bytes: ArraySlice<UInt8>) -> Int {
        let written = Descriptor(descriptor).write(bytes, portion: portion)
        offset += written.count
        self.written += written.count
        if written.hasFailed { failure = written.error }
        return written.count
    }
}
