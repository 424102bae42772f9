import Base

/// What an answer of `lease`, `adopt` or `look` tells of the queue itself.
package struct Sign: Equatable, Sendable {
    /// What the queue was given, at random, when it was first used; empty if it never was.
    package var epoch: Bytes = []
    /// A number that only grows: how many leases, or pushed items, there were so far.
    package var number = 0
    /// How many items are dead, or just whether any is, if the queue is drained.
    package var dead = 0

    package init(epoch: Bytes = [], number: Int = 0, dead: Int = 0) {
        self.epoch = epoch
        self.number = number
        self.dead = dead
    }
}

/// What a process has seen of a queue: a value that tells whether the queue is still the same one.
package struct Sighting: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// The queue is as it was, or goes on from there.
        case same
        /// Nothing was ever pushed to the queue, nor leased from it, since it is not known otherwise.
        case unused
        /// The queue that this process saw is no more; there may be another one of its name.
        case gone
        /// Redis has older data of the queue than this process saw.
        case rolledBack
    }

    /// What the last answer told.
    package private(set) var last = Sign()

    package init() {}

    /// Takes in what an answer tells. After `gone` and `rolledBack`, the queue of the answer is the one that was seen.
    package mutating func judge(_ sign: Sign) -> Verdict {
        let before = last
        last = sign
        if before.epoch.isEmpty { return sign.epoch.isEmpty ? .unused : .same }
        if sign.epoch != before.epoch { return .gone }
        return sign.number < before.number ? .rolledBack : .same
    }
}

extension Queue {
    /// Why no answer about the queue can be "drained"; nil if one can.
    package func failure(_ verdict: Sighting.Verdict) -> Failure? {
        switch verdict {
        case .same: nil
        case .unused:
            Failure(.noQueue, "nothing was ever pushed to \(name.printable): is this its name?")
        case .gone:
            Failure(
                .noQueue,
                "the queue \(name.printable) is gone: it was purged, or Redis lost its data, so its items may be undone"
            )
        case .rolledBack:
            Failure(
                .noQueue,
                "Redis has older data of the queue \(name.printable) than before: items may be lost, or done again")
        }
    }
}
