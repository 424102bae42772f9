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
        var capture = Capture(wq_open("/dev/zero"), Work.Arrangement(), tag: [], remembers: false)
        var outlet = Outlet(-1)
        capture.finish(into: &outlet)
        #expect(capture.descriptor == -1)
        #expect(!outlet.isEmpty)
    }

    @Test func theTagOfSeveralItemsIsTheFirstAndHowManyMore() {
        func lease(_ item: String) -> Lease { Lease(id: Bytes("1.a"), attempt: 1, item: Bytes(item.utf8)) }
        #expect(Capture.tag([lease("a\tb")]) == Bytes("a\\tb\t"))
        #expect(Capture.tag([lease("apple"), lease("pear"), lease("fig")]) == Bytes("apple +2\t"))
    }
}
