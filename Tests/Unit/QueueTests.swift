import Testing

@testable import Base
@testable import Digest
@testable import Redis
@testable import Shell
@testable import WorkQueue

@Suite struct QueueTests {
    @Test(arguments: ["job2", "{job2}", "a:b", "dead", "job2:x", "leased", ":", "job:leased2"])
    func names(_ name: String) throws {
        #expect(try Queue(Bytes(name.utf8)).name == Bytes(name.utf8))
    }

    @Test(
        arguments: Queue.keyTable.dropFirst().map { "job2\($0.suffix)" } + [
            "", ":dead", "job2:push:1234", "job2:push", "job2:leased_by_session:ab", "job2:leased_by_session",
        ])
    func whatCouldBeAnotherQueuesKeyIsNoName(_ name: String) {
        let failure = #expect(throws: Failure.self) { try Queue(Bytes(name.utf8)) }
        #expect(failure?.exit == .usage)
    }

    @Test func theGuardsLeaseIsNamedAsRediswqWould() {
        #expect(
            Bytes(Queue.keyTable[2].suffix) == Bytes(":leased_by_session:") + sha224(Bytes(Queue.guardElement)[...]))
    }

    /// From the examples of FIPS 180-4.
    @Test func sha224OfKnownTexts() {
        #expect(
            sha224(Bytes("abc")[...]) == Bytes("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"))
        #expect(
            sha224([]) == Bytes("d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"))
    }

    @Test func aByteListKeepsItsStringsApart() {
        var one = ByteList()
        one.append("ab")
        one.append(Bytes())
        var other = ByteList()
        other.append(42)
        one.append(contentsOf: other)
        #expect((0..<one.count).map { Bytes(one[$0]) } == [Bytes("ab"), [], Bytes("42")])
        #expect(one.first == Bytes("ab") && one.without("ab").count == 2 && one.without("42").first == Bytes("ab"))
        one.removeAll()
        #expect(one.isEmpty && one.byteCount == 0)
    }

    @Test func anOwnerIsOneField() {
        #expect(oneField(Bytes("a\tb\nc\u{7F}")) == Bytes("a_b_c_"))
    }

    @Test func randomnessIsHexAndDiffers() throws {
        let (one, other) = (try randomHex(6), try randomHex(6))
        #expect(one.count == 12 && one != other)
        #expect(one.allSatisfy { Bytes("0123456789abcdef").contains($0) })
    }
}
