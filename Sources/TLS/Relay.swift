import Base
import CPosix

/// Bytes on their way in one direction.
private struct Stream {
    /// How many bytes are under way at most: as many as a pipe holds.
    private static var size: Int { 65536 }

    private var room = Bytes(repeating: 0, count: Self.size)
    private var start = 0
    private var end = 0

    var isEmpty: Bool { start == end }
    var content: ArraySlice<UInt8> { room[start..<end] }

    mutating func fill(_ body: (inout Bytes) throws(Failure) -> Channel.Step) throws(Failure) -> Channel.Step {
        let step = try body(&room)
        if case .done(let count) = step { (start, end) = (0, count) }
        return step
    }

    mutating func drop(_ count: Int) { start += count }
}

/// What passes between standard input and output and the server.
private struct Flow {
    var up = Stream()
    var down = Stream()
    /// Whether standard input, and the connection, have not ended.
    var hasInput = true
    var hasAnswers = true
    /// Why nothing can be sent any more.
    var failure: Failure?
}

extension Channel {
    /// Shakes hands.
    /// - Parameter timeout: in ms.
    /// - Throws: as `shakeHands`; `.unavailable` if it takes too long.
    package mutating func open(within timeout: Int) throws(Failure) {
        let deadline = monotonic() + timeout
        while case .wants(let event) = try shakeHands() {
            let left = max(0, deadline - monotonic())
            if left == 0 { throw Failure(.unavailable, "the TLS handshake took too long", .disconnection) }
            _ = wq_poll(socket, Int16(event), Int32(clamping: left), true)
        }
    }

    /// Passes bytes from standard input to the server, and bytes of the server to standard output, until the server has
    /// ended the connection.
    /// - Parameter isHelping: whether standard input and output are one socket; then the relay also ends with this socket.
    /// - Throws: `.unavailable` if the connection broke, `.inputOutput` if standard input or output fails.
    package mutating func relay(isHelping: Bool) throws(Failure) {
        if isHelping { wq_unblock(STDIN_FILENO) }
        var flow = Flow()
        while true {
            var (wanted, hasMoved) = (Int32(0), false)
            send(&flow, &wanted, &hasMoved)
            try fetch(&flow, &wanted, &hasMoved)
            if !flow.hasAnswers, flow.down.isEmpty {
                if let failure = flow.failure { throw failure }
                return
            }
            let wantsInput = flow.hasInput && flow.up.isEmpty
            var polled = [
                pollfd(fd: wanted == 0 ? -1 : socket, events: Int16(wanted), revents: 0),
                pollfd(
                    fd: wantsInput || isHelping ? STDIN_FILENO : -1, events: wantsInput ? Int16(POLLIN) : 0, revents: 0),
                pollfd(fd: flow.down.isEmpty ? -1 : STDOUT_FILENO, events: Int16(POLLOUT), revents: 0),
            ]
            if poll(&polled, 3, hasMoved ? 0 : -1) < 0 { continue }
            if isHelping, !wantsInput, polled[1].revents & Int16(POLLHUP) != 0 { return }
            if wantsInput, polled[1].revents != 0 {
                switch try flow.up.fill({ (room) throws(Failure) in try Self.take(into: &room) }) {
                case .ended where isHelping: return
                case .ended:
                    flow.hasInput = false
                    finish()
                default: break
                }
            }
            if polled[2].revents != 0 { flow.down.drop(try Self.give(flow.down.content)) }
        }
    }

    /// Sends the server what came from standard input.
    /// - Parameters:
    ///   - wanted: gets the events that OpenSSL waits for.
    ///   - hasMoved: is set if anything was sent.
    private mutating func send(_ flow: inout Flow, _ wanted: inout Int32, _ hasMoved: inout Bool) {
        if flow.up.isEmpty { return }
        do throws(Failure) {
            switch try write(flow.up.content) {
            case .done(let count):
                flow.up.drop(count)
                hasMoved = true
            case .wants(let event): wanted |= event
            case .ended: (flow.up, flow.hasInput) = (Stream(), false)
            }
        } catch {
            // The answers that the server sent before may still be there.
            (flow.up, flow.hasInput, flow.failure) = (Stream(), false, error)
        }
    }

    /// Reads what the server sent.
    private mutating func fetch(_ flow: inout Flow, _ wanted: inout Int32, _ hasMoved: inout Bool) throws(Failure) {
        guard flow.hasAnswers, flow.down.isEmpty else { return }
        switch try flow.down.fill({ (room) throws(Failure) in try read(into: &room) }) {
        case .done: hasMoved = true
        case .wants(let event): wanted |= event
        case .ended: flow.hasAnswers = false
        }
    }

    private static func take(into room: inout Bytes) throws(Failure) -> Step {
        let got = Descriptor(STDIN_FILENO).read(into: &room)
        if got.count > 0 { return .done(got.count) }
        if got.isEnd || got.error == ECONNRESET { return .ended }
        if got.wouldBlock { return .wants(POLLIN) }
        throw .system(.inputOutput, "cannot read standard input", errno: got.error)
    }

    private static func give(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        let written = Descriptor(STDOUT_FILENO).write(bytes)
        if written.hasFailed { throw .system(.inputOutput, "cannot write the output", errno: written.error) }
        return written.count
    }
}
