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

    @Test(arguments: [
        (0, "0s"), (1, "1ms"), (1000, "1s"), (1500, "1500ms"), (59_000, "59s"), (60_000, "1m"), (90_000, "90s"),
        (120_000, "2m"), (3_600_000, "1h"), (5_400_000, "90m"), (86_400_000, "1d"), (90_000_000, "25h"),
        (172_800_000, "2d"),
    ])
    func aDurationIsInTheLargestUnitThatSaysItExactly(_ ms: Int, _ text: String) {
        #expect(duration(ms) == text)
    }

    @Test(arguments: [
        (0, "0ms"), (999, "999ms"), (1000, "1s"), (119_999, "119s"), (120_000, "2m"), (7_199_999, "119m"),
        (7_200_000, "2h"), (172_799_999, "47h"), (172_800_000, "2d"),
    ])
    func roughlyIsInTheLargestUnitThatThereAreTwoOf(_ ms: Int, _ text: String) {
        #expect(roughly(ms) == text)
    }

    @Test func aTimeoutIsNeverNone() {
        #expect(seconds(0) == Bytes("0.002") && seconds(1) == Bytes("0.002") && seconds(3) == Bytes("0.003"))
    }
}
