import Base
import Redis

/// How items are added.
package struct PushRequest: Sendable {
    package enum Place: Equatable, Sendable {
        /// Behind all others.
        case back
        /// Before all others, the last one first.
        case front
        /// In that many ms.
        case delay(Int)
    }

    package var place = Place.back
    /// Names the push, so that a rerun of it continues where it stopped; nil for one that is never rerun.
    package var name: Bytes?
    /// Whether nothing may be added after it.
    package var seals = false
    /// Whether a drained queue is left alone.
    package var onlyIfActive = false

    package init() {}
}

extension Failure {
    /// The same, and that so many items were pushed all the same.
    package func afterPushing(_ added: Int) -> Failure {
        guard added > 0 else { return self }
        return Failure(exit, "\(message) (\(count(added, "item")) had been pushed)")
    }
}

/// A push under way. Its batches say how many items came before them, and the server adds each item once, so that
/// a batch whose answer was lost with the connection is simply sent again on a new one.
private struct Push {
    struct Batch {
        var items: ByteList
        /// Items of this push before it.
        var before: Int
        /// Whether it ends the push.
        var isLast: Bool
        /// Whether its items were sent beside the script.
        var isBeside: Bool

        /// Bytes of the largest item.
        var largest: Int { (0..<items.count).reduce(0) { max($0, items[$1].count) } }
    }

    /// Whether items can be sent beside the script.
    enum Beside { case unknown, possible, refused }

    let request: PushRequest
    let id: Bytes
    /// `Q:push:<id>`, where the server keeps how many items it added.
    let key: Bytes
    package let token: Bytes
    var beside = Beside.unknown
    /// Batches sent and not yet confirmed, oldest first.
    var underWay: [Batch] = []
    /// Items read so far.
    package var read = 0
    /// Items that a run before this one added.
    var skipped = 0
    /// Items confirmed, with those skipped.
    var confirmed = 0
    /// Whether the queue was ever held open, and when last, in ms of the monotonic clock.
    var held: Int?
    /// What was tried since a batch was last confirmed.
    var recovery = Recovery()
    var hasEnded = false
}

extension Session {
    /// How long the server remembers a push, in ms: longer than one goes on trying; a week for one that may be rerun.
    private static func memory(_ request: PushRequest) -> Int { request.name == nil ? 600_000 : 604_800_000 }
    /// How many items one call adds. They cost the server less than a third of a microsecond each, so that a call may
    /// have more of them than other operations handle.
    private static var pushBatch: Int { 1000 }
    /// How many it has at least if they are sent beside the script. That costs the server half of what it costs to hand
    /// them to the script, and five commands more.
    private static var besideBatch: Int { 20 }
    /// How long a push holds the queue open after it was last heard of, in ms, and how often it says so.
    private static var hold: Int { Defaults.pushHold.milliseconds }
    private static var holdInterval: Int { Defaults.pushHoldInterval.milliseconds }

    /// Adds the items that `input` gives, as they come: what was read is stored before the next read may block, and
    /// memory does not grow with the input. While it reads, the queue is not drained.
    /// - Returns: how many were added. A failure says how many were, too; `.no` is a refusal.
    package mutating func push<Source: RecordSource & ~Copyable>(
        from input: inout Source, _ request: PushRequest
    ) throws(Failure) -> Int {
        let id: Bytes
        if let name = request.name { id = name } else { id = try randomHex(8) }
        var push = Push(request: request, id: id, key: queue.key(":push:") + id, token: try randomHex(6))
        do throws(Failure) {
            if request.name != nil {
                var recovery = Recovery()
                while true {
                    do throws(Failure) {
                        push.skipped = try added(push)
                        break
                    } catch {
                        try recover(from: error, &recovery)
                    }
                }
                push.confirmed = push.skipped
            }
            while try next(from: &input, &push) {}
            if !push.hasEnded { transmit(&push, ByteList(), isLast: true) }
            while !push.underWay.isEmpty { try confirm(&push) }
        } catch {
            throw error.afterPushing(push.confirmed - push.skipped)
        }
        return push.confirmed - push.skipped
    }

    /// How many items of the push the server has.
    private mutating func added(_ push: Push) throws(Failure) -> Int {
        append(["GET", .bytes(push.key)])
        guard case .bytes(let text) = try receive() else { return 0 }
        return text.decimal ?? 0
    }

    /// Reads a batch and sends it.
    /// - Returns: false at the end of the input.
    private mutating func next<Source: RecordSource & ~Copyable>(
        from input: inout Source, _ push: inout Push
    ) throws(Failure) -> Bool {
        while !input.isReady() {
            while !push.underWay.isEmpty { try confirm(&push) }
            try keepOpen(&push)
            input.wait(Self.holdInterval)
        }
        while push.underWay.count >= Self.window { try confirm(&push) }
        var batch = ByteList()
        guard try input.read(into: &batch, limit: Self.pushBatch) else { return false }
        push.read += batch.count
        if push.read <= push.skipped { return true }
        if push.held != nil { try loadOnce(&push) }
        transmit(&push, batch, isLast: input.isDone)
        return !push.hasEnded
    }

    /// Keeps the queue from being drained, while nothing was sent for a while that did.
    private mutating func keepOpen(_ push: inout Push) throws(Failure) {
        if let held = push.held, monotonic() - held < Self.holdInterval { return }
        transmit(&push, ByteList(), isLast: false)
        try confirm(&push)
    }

    /// This is not the first call, and there may be many.
    private mutating func loadOnce(_ push: inout Push) throws(Failure) {
        guard !isLoaded(.push) else { return }
        while !push.underWay.isEmpty { try confirm(&push) }
        do throws(Failure) {
            try load(.push)
            guard push.beside != .refused, server.replicas == 0 else { return }
            push.beside = try mayQueue() ? .possible : .refused
        } catch {
            try resume(&push, after: error)
        }
    }

    private mutating func transmit(_ push: inout Push, _ items: ByteList, isLast: Bool) {
        let before = push.read - items.count
        let batch = Push.Batch(items: items, before: before, isLast: isLast, isBeside: canGoBeside(push, items))
        push.underWay.append(batch)
        push.hasEnded = isLast
        if !isLast { push.held = monotonic() }
        transmit(push, batch)
    }

    private func canGoBeside(_ push: Push, _ items: ByteList) -> Bool {
        if case .delay = push.request.place { return false }
        return push.beside == .possible && isLoaded(.push) && !isAsking && items.count >= Self.besideBatch
    }

    private mutating func transmit(_ push: Push, _ batch: Push.Batch) {
        var list = ByteList()
        list.append(push.id)
        list.append(batch.before)
        list.append(Self.memory(push.request))
        switch push.request.place {
        case .back: list.append("back")
        case .front: list.append("front")
        case .delay(let delay): list.append(delay)
        }
        list.append(batch.isLast ? 0 : Self.hold)
        list.append(batch.isLast && push.request.seals ? 1 : 0)
        list.append(push.request.onlyIfActive ? 1 : 0)
        list.append(push.token)
        list.append(batch.isBeside ? batch.items.count - 1 : 0)
        list.append(batch.largest)
        if batch.isBeside {
            list.append(batch.items[0])
            sendBeside(push, batch, list)
        } else {
            list.append(contentsOf: batch.items)
            send(.push, extraKeys: [push.key], list)
        }
        // A failure here shows again where the answer is awaited.
        connection.flush()
    }

    /// The script renames the list, to a name that nothing else ever has, so that nothing happens if it refuses the batch
    /// or fails; the items are added to it, and it gets its name back. All of it is one step, as the script is.
    private mutating func sendBeside(_ push: Push, _ batch: Push.Batch, _ arguments: ByteList) {
        let list = queue.key(":push:") + push.token + Bytes(":\(batch.before)".utf8)
        var add: ByteList = [push.request.place == .front ? "RPUSHX" : "LPUSHX", .bytes(list)]
        add.append(contentsOf: batch.items, from: 1)
        send(
            .push, extraKeys: [push.key, list], arguments,
            then: [add, ["RENAMENX", .bytes(list), .bytes(queue.name)]])
    }

    private mutating func confirm(_ push: inout Push) throws(Failure) {
        let answer: [Value]
        do throws(Failure) { answer = try receive().list() } catch { return try resume(&push, after: error) }
        let verdict = try answer.at(0).bytes()
        if verdict.equals("overlap") { return try retreat(&push) }
        if verdict.equals("sealed") {
            throw Failure(.no, "\(queue.name.printable) is sealed: nothing can be added to it")
        }
        if verdict.equals("drained") {
            throw Failure(.no, "\(queue.name.printable) is drained: nothing was added, as --if-active asks")
        }
        if verdict.equals("large") { throw tooLarge(push.underWay.first, limit: try answer.at(2).integer()) }
        if verdict.equals("gap") {
            throw Failure(
                .tryAgain,
                "Redis lost items that it had accepted (was it restarted, or the queue removed?): push the rest again")
        }
        guard verdict.equals("pushed") else {
            throw Value.unexpected("a push has no such end")
        }
        push.confirmed = max(push.confirmed, try answer.at(1).integer())
        push.recovery.succeeded()
        push.underWay.removeFirst()
    }

    private func tooLarge(_ batch: Push.Batch?, limit: Int) -> Failure {
        var what = "an item"
        if let batch, let index = (0..<batch.items.count).first(where: { batch.items[$0].count > limit }) {
            what = "item \(batch.before + index + 1)"
            what += " of \(batch.items[index].count) bytes"
        }
        return Failure(
            .badData,
            "\(what) is larger than \(queue.name.printable) takes, \(limit) bytes: store it elsewhere and push its name, or"
                + " raise max-item-bytes with wq-config")
    }

    /// Sends what is not confirmed on a new connection, if it was the connection that failed. What was added without
    /// the answer being seen is progress, too: a connection that breaks again and again still carries the push.
    private mutating func resume(_ push: inout Push, after failure: Failure) throws(Failure) {
        if push.underWay.first?.isBeside == true, !failure.isDisconnection { return try retreat(&push) }
        try recover(from: failure, &push.recovery)
        try resend(&push)
    }

    /// Hands all items to the script from here on, which goes in more cases, and tells better what is wrong.
    private mutating func retreat(_ push: inout Push) throws(Failure) {
        push.beside = .refused
        try reconnect()
        try resend(&push)
    }

    private mutating func resend(_ push: inout Push) throws(Failure) {
        // Some of their items may have been added.
        for index in push.underWay.indices { push.underWay[index].isBeside = false }
        let added: Int
        do throws(Failure) { added = try self.added(push) } catch { return try resume(&push, after: error) }
        // With WQ_REPLICAS they must be acknowledged all the same.
        while server.replicas == 0, let batch = push.underWay.first, !batch.items.isEmpty,
            batch.before + batch.items.count <= added
        {
            push.confirmed = max(push.confirmed, batch.before + batch.items.count)
            push.recovery.succeeded()
            push.underWay.removeFirst()
        }
        for batch in push.underWay { transmit(push, batch) }
    }
}
