import Base
import CPosix

/// Text on its way to a descriptor, kept until it is flushed.
package struct Output: ~Copyable {
    private let descriptor: Int32
    private var buffer: Bytes = []

    /// Standard output.
    package static var standard: Output { Output(descriptor: STDOUT_FILENO) }

    /// What has a terminal go to the beginning of the line and empty it (ECMA-48, EL).
    package static var emptyLine: StaticString { "\r\u{1B}[K" }

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Whether the descriptor is a terminal, so that a person reads the text.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    package mutating func write(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

    package mutating func write(_ text: StaticString) {
        buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func write(_ text: String) { buffer.append(contentsOf: text.utf8) }

    /// Discards the text that was not flushed.
    package mutating func discard() { buffer.removeAll(keepingCapacity: true) }

    /// Writes the text that was not flushed yet.
    /// - Throws: `.inputOutput` if that fails: a closed pipe, a full disk.
    package mutating func flush() throws(Failure) {
        var start = 0
        let end = buffer.count
        while start < end {
            let written = Descriptor(descriptor).write(buffer[start...])
            start += written.count
            if written.wouldBlock {
                _ = wq_poll(descriptor, Int16(POLLOUT), -1, false)
            } else if written.hasFailed {
                buffer.removeAll()
                var failure = Failure.system(.inputOutput, "cannot write the output", errno: written.error)
                if written.error == EPIPE { failure.cause = .unread }
                throw failure
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
