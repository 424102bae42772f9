import Base
import Redis

extension Failure {
    /// The same failure, whose message also says how many items had been pushed before it.
    package func afterPushing(_ added: Int) -> Failure {
        guard added > 0 else { return self }
        return Failure(exit, "\(message) (\(count(added, "item")) had been pushed)")
    }
}

extension Push {
    /// How long a report stands before the next, in ms.
    private static var reportInterval: Int { 200 }

    /// Tells a person how far the push is, if one wants to know it.
    mutating func report() {
        guard let report = request.report, monotonic() >= reportAt else { return }
        reportAt = monotonic() + Self.reportInterval
        report(addedByThisRun)
    }
}

/// Why a push cannot go on. The messages say which items are in the queue for certain, and which are not.
extension Push {
    /// The failure that an answer stands for that is not `pushed`.
    /// - Parameters:
    ///   - done: how many items of the push Redis says it is done with; below 0 if it remembers none.
    ///   - limit: the bytes that an item may have.
    func failure(_ word: Bytes, _ queue: Queue, done: Int, limit: Int) -> Failure {
        let name = queue.name.printable
        if word.equals("sealed") { return Failure(.no, "\(name) is sealed: nothing can be added to it") }
        if word.equals("drained") {
            return Failure(.no, "\(name) is drained: nothing was added, as --if-active asks")
        }
        if word.equals("full") {
            return Failure(.no, "\(name) is full: as many items are ready as its setting max-ready permits")
        }
        if word.equals("large") { return tooLarge(name, limit) }
        guard word.equals("gap") else { return Value.unexpected("a push has no such end") }
        if let failure = loss(name, remembered: done < 0 ? nil : done) { return failure }
        // The batches before this one were confirmed, and those after it are refused, too.
        return Failure(.tryAgain, "\(Self.forgotten): \(certain), the others are not: push only those")
    }

    /// The failure that a new connection shows: Redis does not remember what it confirmed, or may have forgotten what was sent
    /// and not confirmed. nil if what was not confirmed may be sent again.
    /// - Parameter now: ms of the monotonic clock.
    func failure(_ queue: Queue, _ server: Server, remembered: Int?, now: Int = monotonic()) -> Failure? {
        if confirmed > 0, let failure = loss(queue.name.printable, remembered: remembered) { return failure }
        guard verdict == .same, remembered == nil, let first = underWay.first, let last = underWay.last else {
            return nil
        }
        let mayHaveExpired = now - first.sent > memory(isLast: hasEnded, server)
        let end = last.before + last.items.count
        guard confirmed > 0 || mayHaveExpired, end > first.before else { return nil }
        return Failure(
            .unavailable,
            "\(Self.forgotten), while the connection was broken: it is not known whether items \(first.before + 1) to \(end)"
                + " were added\(confirmed > 0 ? ", \(certain)" : ""); count before you push the rest")
    }

    private static var forgotten: String {
        "Redis has forgotten this push, and not the queue (its memory was evicted or removed, or its time ran out)"
    }

    private var certain: String {
        "the first \(count(confirmed, "item")) \(confirmed == 1 ? "is" : "are") in the queue"
            + (request.once == nil ? "" : ", or had been pushed before")
    }

    /// The failure that stands for data that Redis does not have any more; nil if it has all that it ever showed.
    private func loss(_ name: String, remembered: Int?) -> Failure? {
        switch verdict {
        case .gone, .unused:
            Failure(
                .tryAgain,
                "the queue \(name) is gone, with all that had been pushed: it was purged, or Redis lost its data; push all"
                    + " again")
        case .same where remembered == nil: nil
        case .same where (remembered ?? 0) >= confirmed: nil
        case .same, .rolledBack:
            Failure(
                .tryAgain,
                "Redis lost items that it had accepted, since it has older data of \(name) than before: of this push it has"
                    + " the first \(remembered ?? 0); push the others again")
        }
    }

    private func tooLarge(_ name: String, _ limit: Int) -> Failure {
        var what = "an item"
        if let batch = underWay.first,
            let index = (0..<batch.items.count).first(where: { batch.items[$0].count > limit })
        {
            what = "item \(batch.before + index + 1) of \(batch.items[index].count) bytes"
        }
        return Failure(
            .badData,
            "\(what) is larger than \(name) takes, \(limit) bytes: store it elsewhere and push its name, or raise"
                + " max-item-bytes with wq-config")
    }
}
