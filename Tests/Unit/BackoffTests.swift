import Testing

@testable import Redis

@Suite struct BackoffTests {
    @Test func pausesDoubleUpToTheLongest() {
        var pauses = Backoff.connecting
        #expect((0..<8).map { _ in pauses.next() } == [10, 20, 40, 80, 160, 320, 500, 500])
    }
}
