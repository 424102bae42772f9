import Foundation
import Testing

@testable import Base

@Suite struct ClockTests {
    @Test func aTimestampIsWhatTheSystemsCalendarSays() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        // The first days of each month in years of each kind, and odd moments.
        var times = [0, 951_782_400_123, 951_868_799_999, 1_709_164_800_000, 4_107_542_400_001, 253_402_300_799_999]
        for day in 0..<1500 { times.append(day * 29 * 86_400_000 + day * 61_001) }
        for time in times {
            let date = Date(timeIntervalSince1970: TimeInterval(time / 1000))
            let whole = formatter.string(from: date).prefix(19)
            #expect(timestamp(time).prefix(19) == whole)
            #expect(timestamp(time).suffix(4) == "\(1000 + time % 1000)Z".dropFirst())
        }
    }
}
