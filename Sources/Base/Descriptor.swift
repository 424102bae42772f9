import CPosix

/// Reading from and writing to a file descriptor, where a signal that interrupts the call (EINTR) is no failure.
package struct Descriptor {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    /// How far a call came.
    package struct Transfer: Equatable {
        /// Bytes that were read or written.
        package let count: Int
        /// The errno of the call that failed after these bytes; 0 if none did.
        package let error: Int32

        package init(count: Int, error: Int32) {
            self.count = count
            self.error = error
        }

        /// Whether a descriptor that does not block has no more to give, or takes no more, at the moment.
        package var wouldBlock: Bool { error == EAGAIN }
        /// Whether the call failed for another reason.
        package var hasFailed: Bool { error != 0 && error != EAGAIN }
        /// Whether a reader has reached the end of what there is.
        package var isEnd: Bool { count == 0 && error == 0 }
    }

    /// Reads what is there, into the beginning of the room, by read(2). A descriptor that blocks waits for the first byte.
    /// - Parameter offset: where in a file to read, in bytes, by pread(2); nil to go on behind what was read last.
    package func read(into room: UnsafeMutableRawBufferPointer, at offset: Int? = nil) -> Transfer {
        while true {
            let count =
                offset.map { pread(number, room.baseAddress, room.count, $0) }
                ?? CPosix.read(number, room.baseAddress, room.count)
            if count >= 0 { return Transfer(count: count, error: 0) }
            if wq_errno() != EINTR { return Transfer(count: 0, error: wq_errno()) }
        }
    }

    /// Reads at most as many bytes as the room has, into its beginning.
    package func read(into room: inout Bytes, at offset: Int? = nil) -> Transfer {
        room.withUnsafeMutableBytes { read(into: $0, at: offset) }
    }

    /// Writes the bytes by write(2): all of them, or as many as go before a call fails or would block.
    /// - Parameter portion: how many bytes are written at a time to a descriptor that blocks, so that the call does not; 0
    ///   if they may be written as they are.
    package func write(_ bytes: ArraySlice<UInt8>, portion: Int32 = 0) -> Transfer {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let count = wq_write_portion(number, bytes.baseAddress! + start, bytes.count - start, portion)
                if count >= 0 {
                    start += count
                } else if wq_errno() != EINTR {
                    return Transfer(count: start, error: wq_errno())
                }
            }
            return Transfer(count: start, error: 0)
        }
    }
}
