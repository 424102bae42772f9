import Base
import Redis

/// What the server remembers of a push, and what is sent again.
extension Push {
    struct Memory {
        /// How many items of the push are done with.
        let done: Int
        /// How many of them were added.
        let added: Int

        /// - Returns: nil if this is no memory, or one of a push to another queue of this name.
        init?(_ text: Bytes, epoch: Bytes) {
            let words = text.split(separator: UInt8(ascii: " "))
            guard words.count > 1, let done = Bytes(words[0]).decimal, !epoch.isEmpty, epoch.starts(with: words[1])
            else { return nil }
            self.done = done
            added = words.count > 2 ? Bytes(words[2]).decimal ?? done : done
        }
    }
}

extension Session {
    /// Asks the server what it has of the push.
    /// - Returns: nil if it remembers nothing; what it remembers of a push to an earlier queue of this name does not count.
    mutating func remembered(_ push: inout Push) throws(Failure) -> Push.Memory? {
        append(["GET", .bytes(push.key)])
        append(["HMGET", .bytes(queue.key(":config")), "epoch"])
        append(["HMGET", .bytes(queue.key(":stats")), "pushed"])
        let memory = try receive()
        var sign = Sign()
        if case .bytes(let text) = try receive().list().at(0) { sign.epoch = text }
        if case .bytes(let text) = try receive().list().at(0) { sign.number = text.decimal ?? 0 }
        push.see(sign)
        guard case .bytes(let text) = memory else { return nil }
        return Push.Memory(text, epoch: sign.epoch)
    }

    /// Recovers from the failure and sends the unconfirmed batches again. Items that were added although their answer was
    /// lost count as progress, so that a push ends even if its connections break again and again.
    mutating func resume(_ push: inout Push, after failure: Failure) throws(Failure) {
        if push.underWay.first?.isBeside == true, !failure.isDisconnection { return try retreat(&push) }
        try recover(from: failure, &push.recovery)
        try resend(&push)
    }

    /// Hands all further items to the script itself, which works in more cases and whose errors are clearer.
    mutating func retreat(_ push: inout Push) throws(Failure) {
        push.beside = .refused
        try reconnect()
        try resend(&push)
    }

    /// Waits for a while, since the queue is full, and sends the unconfirmed batches again.
    mutating func waitForRoom(_ push: inout Push) throws(Failure) {
        if !push.hasToldOfWait, push.waited >= push.request.fullPatience {
            push.hasToldOfWait = true
            push.request.full?()
        }
        Connection.sleep(push.pause)
        push.waited += push.pause
        push.pause = min(2 * push.pause, Push.longestPause)
        try repeatAll(&push)
    }

    /// Sends the unconfirmed batches again: in place of adding the first, the server removed something or found no room, and it
    /// has refused the others since then.
    mutating func repeatAll(_ push: inout Push) throws(Failure) {
        for _ in push.underWay.dropFirst() {
            do throws(Failure) { _ = try receive() } catch { return try resume(&push, after: error) }
        }
        for batch in push.underWay { transmit(push, batch) }
    }

    /// Sends the batches that the server does not have yet.
    private mutating func resend(_ push: inout Push) throws(Failure) {
        // Some items of a batch may have been added, and only the script can leave those out.
        for index in push.underWay.indices {
            (push.underWay[index].isBeside, push.underWay[index].isRepeated) = (false, true)
        }
        let memory: Push.Memory?
        do throws(Failure) { memory = try remembered(&push) } catch {
            return try resume(&push, after: error)
        }
        if let failure = push.failure(queue, server, remembered: memory?.done) { throw failure }
        if let memory { push.added = max(push.added, memory.added) }
        // With WQ_REPLICAS a batch that was added is sent again, so that the replicas acknowledge it.
        while server.replicas == 0, let batch = push.underWay.first, !batch.items.isEmpty,
            batch.before + batch.items.count <= memory?.done ?? 0
        {
            push.confirmed = max(push.confirmed, batch.before + batch.items.count)
            push.recovery.succeeded()
            push.underWay.removeFirst()
        }
        for batch in push.underWay { transmit(push, batch) }
    }
}
