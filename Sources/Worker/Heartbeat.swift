import Base
import CPosix

/// The file whose time of modification shows a liveness probe that the worker's loop turns.
struct Heartbeat {
    /// nil if there is no such file.
    private let path: Bytes?
    /// When the file is to be touched next, in ms of the monotonic clock.
    private(set) var wakeAt: Int

    /// The time between two touches of the file, in ms.
    private static var interval: Int { 1000 }

    /// Touches the file for the first time.
    /// - Throws: `.inputOutput` if that fails.
    init(_ path: Bytes?) throws(Failure) {
        self.path = path
        wakeAt = path == nil ? .max : 0
        if let path, !Self.touch(path) {
            throw .system(.inputOutput, "cannot touch \(path.printable)", errno: wq_errno())
        }
    }

    /// Touches the file if it is time.
    mutating func beat(_ now: Int) {
        guard let path, now >= wakeAt else { return }
        wakeAt = now + Self.interval
        _ = Self.touch(path)
    }

    private static func touch(_ path: Bytes) -> Bool { withCString(path) { wq_touch($0) } }
}
