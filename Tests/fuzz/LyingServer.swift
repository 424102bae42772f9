import Foundation
import Synchronization

/// A server on a Unix socket in this process that answers every connection with replies made up from the case's number
/// and the connection's, without waiting for what it is asked, and then closes it or falls silent.
final class LyingServer: Sendable {
    let path: String
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var number: UInt64 = 0
        var kinds: [Answers.Kind] = [.status]
        var connections: UInt64 = 0
        /// Those that are not closed, since they are silent.
        var open: [Int32] = []
    }

    init() {
        path = FileManager.default.temporaryDirectory.path + "/wq-fuzz.\(getpid())"
        unlink(path)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(failed == 0 && listen(listener, 64) == 0, "cannot listen on \(path)")
        Thread.detachNewThread { [self] in while serve() {} }
    }

    /// What connections get from now on: of these kinds, mostly, in turn.
    func begin(_ number: UInt64, _ kinds: [Answers.Kind]) {
        state.withLock {
            for descriptor in $0.open { close(descriptor) }
            $0 = State(number: number, kinds: kinds)
        }
    }

    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    private func serve() -> Bool {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return false }
        let (number, count, kinds) = state.withLock {
            $0.connections += 1
            return ($0.number, $0.connections, $0.kinds)
        }
        var answers = Answers(random: Random(number, count))
        // The answer to CLIENT SETNAME.
        var bytes = answers.random.once(in: 10) ? answers.bytes() : Array("+OK\r\n".utf8)
        for index in 0..<answers.random.number(0..<12) {
            answers.kind = kinds[index % kinds.count]
            bytes += answers.bytes()
        }
        var sent = 0
        while sent < bytes.count {
            let piece = min(bytes.count - sent, answers.random.number(1..<400))
            let done = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress! + sent, piece, Int32(MSG_NOSIGNAL))
            }
            if done <= 0 { break }
            sent += done
        }
        if !answers.random.once(in: 20) { shutdown(connection, Int32(SHUT_WR)) }
        state.withLock { $0.open.append(connection) }
        return true
    }
}
