import Testing

@testable import Base

@Suite struct BytesTests {
    @Test(arguments: [
        ("a\n", "a"), ("a\r\n\n", "a"), ("\n", ""), ("", ""), ("a\nb", "a\nb"), ("\n a ", "\n a "),
    ])
    func lineEndsAreTakenFromTheEndOnly(_ text: String, _ expected: String) {
        #expect(Bytes(text.utf8).withoutLineEnds == Bytes(expected.utf8))
    }
}
