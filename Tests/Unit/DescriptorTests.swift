import CPosix
import Testing

@testable import Base

@Suite struct DescriptorTests {
    /// A pipe whose end at the reader, or else at the writer, does not block.
    private func pipe(toRead: Bool) -> (read: Descriptor, write: Descriptor) {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        #expect(wq_pipe(&ours, &theirs, toRead))
        return toRead ? (Descriptor(ours), Descriptor(theirs)) : (Descriptor(theirs), Descriptor(ours))
    }

    private func read(_ descriptor: Descriptor, _ count: Int) -> (Descriptor.Transfer, Bytes) {
        var room = Bytes(repeating: 0, count: count)
        let got = descriptor.read(into: &room)
        return (got, Bytes(room[..<got.count]))
    }

    @Test func whatWasWrittenIsRead() {
        let (reader, writer) = pipe(toRead: true)
        #expect(writer.write(Bytes("apple")[1...]) == Descriptor.Transfer(count: 4, error: 0))
        #expect(read(reader, 3) == (Descriptor.Transfer(count: 3, error: 0), Bytes("ppl")))
        #expect(read(reader, 3) == (Descriptor.Transfer(count: 1, error: 0), Bytes("e")))
        close(writer.number)
        #expect(read(reader, 3).0.isEnd)
        close(reader.number)
    }

    @Test func nothingThereIsNeitherEndNorFailure() {
        let (reader, writer) = pipe(toRead: true)
        let got = read(reader, 3).0
        #expect(got.wouldBlock && !got.isEnd && !got.hasFailed)
        close(writer.number)
        close(reader.number)
    }

    @Test func aFullPipeTakesAPart() {
        let (reader, writer) = pipe(toRead: false)
        let much = Bytes(repeating: UInt8(ascii: "x"), count: 4_000_000)
        let written = writer.write(much[...])
        #expect(written.wouldBlock && written.count > 0 && written.count < much.count)
        close(reader.number)
        close(writer.number)
    }

    @Test func aFailureIsTold() {
        let closed = Descriptor(-1)
        #expect(closed.write(Bytes("x")[...]) == Descriptor.Transfer(count: 0, error: EBADF))
        #expect(read(closed, 1).0.hasFailed)
    }

    @Test func nothingToWriteIsNothingWritten() {
        #expect(Descriptor(-1).write([]) == Descriptor.Transfer(count: 0, error: 0))
    }
}
