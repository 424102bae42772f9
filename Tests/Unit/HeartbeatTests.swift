import Foundation
import Testing

@testable import Base
@testable import Worker

@Suite struct HeartbeatTests {
    @Test func itIsTouchedOnceASecond() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("heartbeat.\(UUID())")
        var heartbeat = try Heartbeat(Bytes(file.path.utf8))
        #expect(FileManager.default.fileExists(atPath: file.path))
        try FileManager.default.removeItem(at: file)
        defer { try? FileManager.default.removeItem(at: file) }
        heartbeat.beat(5000)
        #expect(heartbeat.wakeAt == 6000 && FileManager.default.fileExists(atPath: file.path))
        try FileManager.default.removeItem(at: file)
        heartbeat.beat(5999)
        #expect(heartbeat.wakeAt == 6000 && !FileManager.default.fileExists(atPath: file.path))
        heartbeat.beat(6000)
        #expect(heartbeat.wakeAt == 7000 && FileManager.default.fileExists(atPath: file.path))
    }

    @Test func withoutAFileNothingIsDue() throws {
        var heartbeat = try Heartbeat(nil)
        heartbeat.beat(5000)
        #expect(heartbeat.wakeAt == .max)
    }

    @Test func aFileThatCannotBeTouchedIsAFailure() {
        let failure = #expect(throws: Failure.self) { try Heartbeat(Bytes("/nowhere/at/all")) }
        #expect(failure?.exit == .inputOutput)
    }
}
