import CPosix
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue
@testable import Worker

@Suite struct CaptureTests {
    /// As a process does that left the command's group, and prints without end: there is always more.
    @Test(.timeLimit(.minutes(1))) func whatHasNoEndIsLeftWhenTheCommandHasEnded() {
        var capture = Capture(wq_open("/dev/zero"), Work.Arrangement(), item: [], remembers: false)
        var outlet = Outlet(-1)
        capture.finish(into: &outlet)
        #expect(capture.descriptor == -1)
        #expect(!outlet.isEmpty)
    }
}
