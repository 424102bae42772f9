import CPosix

/// Pauses between tries: each is twice as long as the one before, up to a limit. Times are in ms.
package struct Backoff: Equatable, Sendable {
    private let longest: Int
    private var upcoming: Int

    /// - Parameters:
    ///   - first: the first pause.
    ///   - longest: the limit.
    package init(first: Int, longest: Int) {
        self.longest = longest
        upcoming = first
    }

    /// The pauses between tries to connect to a server that is not there yet.
    package static var connecting: Backoff { Backoff(first: 10, longest: 500) }

    /// Takes the pause before the next try.
    package mutating func next() -> Int {
        defer { upcoming = min(upcoming * 2, longest) }
        return upcoming
    }
}

extension Connection {
    /// Waits for so many ms. A signal that is held back may end the program meanwhile.
    package static func sleep(_ span: Int) { _ = wq_poll(-1, 0, Int32(clamping: span), true) }
}
