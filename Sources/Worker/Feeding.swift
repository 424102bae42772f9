import Base
import CPosix

/// An item on its way into a command's standard input, or one item after the other.
struct Feeding {
    /// The pipe's writing end; -1 when it is closed.
    private(set) var descriptor: Int32
    private var bytes: Bytes
    private var offset = 0
    /// Whether the pipe stays open for further items.
    private let isLasting: Bool
    /// How many bytes were not read when the pipe was closed.
    private var left = 0

    /// - Parameter item: the only item; nil if items follow one by one.
    init(_ descriptor: Int32, _ item: Bytes?) {
        self.descriptor = descriptor
        bytes = item ?? []
        isLasting = item == nil
    }

    /// What to wait for at the descriptor: that there is room for more, or only that nobody reads any more.
    var events: Int32 { offset < bytes.count || !isLasting ? POLLOUT : 0 }

    /// Whether the command has read all of the last item.
    var wasRead: Bool { offset == bytes.count && unread == 0 }

    /// Whether the command has read nothing of the last item.
    var isUntouched: Bool { offset == unread }

    /// How many bytes were written and not read.
    private var unread: Int { descriptor < 0 ? left : Int(wq_unread(descriptor)) }

    /// Begins to write the next item.
    mutating func hand(_ item: Bytes) {
        (bytes, offset) = (item, 0)
        write()
    }

    /// Writes as much as the pipe takes. A command need not read its input.
    mutating func write() {
        if descriptor < 0 { return }
        let written = Descriptor(descriptor).write(bytes[offset...])
        offset += written.count
        if written.hasFailed || !isLasting && !written.wouldBlock { finish() }
    }

    /// Closes the pipe, whether all of the item was written or not.
    mutating func finish() {
        if descriptor < 0 { return }
        left = unread
        close(descriptor)
        descriptor = -1
    }
}
