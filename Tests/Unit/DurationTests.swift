import Testing

@testable import Base
@testable import WorkQueue

@Suite struct DurationTests {
    @Test(arguments: [
        (0, "0.000"), (1, "0.001"), (2, "0.002"), (999, "0.999"), (1000, "1.000"), (61_050, "61.050"),
        (1_700_000_000_123, "1700000000.123"),
    ])
    func secondsHaveThreeDecimals(_ ms: Int, _ text: String) {
        #expect(inSeconds(ms) == text)
    }

    @Test func aTimeoutIsNeverNone() {
        #expect(seconds(0) == Bytes("0.002") && seconds(1) == Bytes("0.002") && seconds(3) == Bytes("0.003"))
    }
}
