import Base
import Redis

/// A push under way. Its batches say how many items came before them, and the server adds each item once, so that
/// a batch whose answer was lost with the connection is simply sent again on a new one.
struct Push {
    struct Batch {
        var items: ByteList
        /// How many items of this push precede the batch.
        var before: Int
        /// Whether the batch ends the push.
        var isLast: Bool
        /// Whether the items were sent beside the script (see `sendBeside`).
        var isBeside: Bool
        /// Whether the batch was sent before, on a connection that broke.
        var isRepeated = false
        /// Whether the push held the queue open when the batch was first sent.
        let isHeld: Bool
        /// When the batch was first sent, in ms of the monotonic clock.
        let sent = monotonic()

        /// Bytes of the largest item.
        var largest: Int { (0..<items.count).reduce(0) { max($0, items[$1].count) } }
    }

    /// Whether this user may send items beside the script, in a transaction.
    enum Beside { case unknown, possible, refused }

    let request: PushRequest
    let id: Bytes
    /// `Q:push:<id>`, where the server keeps how many items are done with.
    let key: Bytes
    let token: Bytes
    var beside = Beside.unknown
    /// The batches that were sent and are not yet confirmed, the oldest first.
    var underWay: [Batch] = []
    /// How many items were read so far.
    var read = 0
    /// How many items earlier runs of this push were done with.
    var skipped = 0
    /// How many items the server confirmed; the skipped ones are among them.
    var confirmed = 0
    /// How many of these were added: all, unless only new ones are to be.
    var added = 0
    /// How many items earlier runs added.
    var addedBefore = 0
    /// What the answers told of the queue; the number is how many items were ever pushed to it.
    private var sighting = Sighting()
    /// What the last answer showed.
    private(set) var verdict = Sighting.Verdict.same
    /// Whether the queue was not held open for a while, although the push went on.
    var hasLapsed = false
    /// For how many ms the push has waited for room, and how long it waits next. Whether somebody was told.
    var waited = 0
    var pause = Self.firstPause
    var hasToldOfWait = false
    /// When this push last held the queue open, in ms of the monotonic clock; nil if it never did.
    var held: Int?
    /// When to report next, in ms of the monotonic clock.
    var reportAt = monotonic() + TimeUnit.second
    /// What was tried since a batch was last confirmed.
    var recovery = Recovery()
    var hasEnded = false

    init(_ request: PushRequest, _ queue: Queue) throws(Failure) {
        self.request = request
        if let name = request.name { id = name } else { id = try randomHex(Self.idBytes) }
        key = queue.key(":push:") + id
        token = try randomHex(LeaseCall.tokenBytes)
    }

    mutating func see(_ sign: Sign) { verdict = sighting.judge(sign) }

    var addedByThisRun: Int { max(0, added - addedBefore) }

    /// How long the server remembers the push after a batch, in ms. A push that may be rerun, or goes on, is remembered for
    /// a week; one that is over only for as long as its last batch may be sent again, and some more.
    func memory(isLast: Bool, _ server: Server) -> Int {
        if request.name != nil || !isLast { return Self.longMemory }
        return Recovery.longest(server) + Self.spareMemory
    }

    /// The first and the longest pause of a push that waits for room, in ms.
    static var firstPause: Int { 50 }
    static var longestPause: Int { 1000 }
    private static var longMemory: Int { 7 * TimeUnit.day }
    private static var spareMemory: Int { TimeUnit.minute }
    /// The random bytes of the name of a push that has none: enough never to meet that of another push.
    private static var idBytes: Int { 8 }
}

extension Session {
    /// How many items one call adds. An item costs the server less than a third of a microsecond, so a call may have more
    /// of them than the calls of other operations.
    static var pushBatch: Int { 1000 }
    /// How many items one call looks for that are added only if they are new, which costs ten times that.
    static var pushNewBatch: Int { 200 }
    /// The fewest items that are sent beside the script. This way halves the server's cost of an item, but takes five
    /// more commands a batch.
    private static var besideBatch: Int { 20 }
    /// How long the server holds the queue open after it last heard of a push, in ms.
    private static var hold: Int { Defaults.pushHold.milliseconds }
    /// How often a push that reads tells the server that it is still there, in ms.
    private static var holdInterval: Int { Defaults.pushHoldInterval.milliseconds }

    /// Adds the items that `input` gives, as they come. Items are stored before the next read may block, and memory does
    /// not grow with the input. The queue does not count as drained while the push reads.
    /// - Returns: how many items were added.
    /// - Throws: `.no` if the queue is sealed, or drained and `onlyIfActive`; `.tryAgain` if the queue is gone, or Redis has
    ///   forgotten the push; `.unavailable` if it is not known what was added. The message says how many items were added.
    package mutating func push<Source: RecordSource & ~Copyable>(
        from input: inout Source, _ request: PushRequest
    ) throws(Failure) -> Int {
        var push = try Push(request, queue)
        do throws(Failure) {
            if request.name != nil {
                let memory = try retried { (session: inout Session) throws(Failure) in try session.remembered(&push) }
                (push.skipped, push.addedBefore) = (memory?.done ?? 0, memory?.added ?? 0)
                (push.confirmed, push.added) = (push.skipped, push.addedBefore)
            }
            while try next(from: &input, &push) {}
            if !push.hasEnded { transmit(&push, ByteList(), isLast: true) }
            while !push.underWay.isEmpty { try confirm(&push) }
        } catch {
            throw error.afterPushing(push.addedByThisRun)
        }
        return push.addedByThisRun
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
        let limit = push.request.once == nil ? Self.pushBatch : Self.pushNewBatch
        guard try input.read(into: &batch, limit: limit) else { return false }
        push.read += batch.count
        if push.read <= push.skipped { return true }
        if push.held != nil { try askOnce(&push) }
        transmit(&push, batch, isLast: input.isDone)
        return !push.hasEnded
    }

    /// Tells the server that the push still reads, if it has not heard of the push for a while: a queue that is held
    /// open does not count as drained.
    private mutating func keepOpen(_ push: inout Push) throws(Failure) {
        if let held = push.held, monotonic() - held < Self.holdInterval { return }
        transmit(&push, ByteList(), isLast: false)
        try confirm(&push)
    }

    /// Asks whether items can be sent beside the script. The caller does this from the second batch on, since many more may
    /// follow.
    private mutating func askOnce(_ push: inout Push) throws(Failure) {
        guard push.beside == .unknown, server.replicas == 0 else { return }
        while !push.underWay.isEmpty { try confirm(&push) }
        do throws(Failure) {
            push.beside = try mayQueue() ? .possible : .refused
        } catch {
            try resume(&push, after: error)
        }
    }

    private mutating func transmit(_ push: inout Push, _ items: ByteList, isLast: Bool) {
        let before = push.read - items.count
        let batch = Push.Batch(
            items: items, before: before, isLast: isLast, isBeside: canGoBeside(push, items),
            isHeld: push.held != nil)
        push.underWay.append(batch)
        push.hasEnded = isLast
        if !isLast { push.held = monotonic() }
        transmit(push, batch)
    }

    /// Whether the items can be sent beside the script, and are enough for that to pay.
    private func canGoBeside(_ push: Push, _ items: ByteList) -> Bool {
        if case .delay = push.request.place { return false }
        if push.request.once != nil { return false }
        return push.beside == .possible && knows(.push) && !isAsking && items.count >= Self.besideBatch
    }

    mutating func transmit(_ push: Push, _ batch: Push.Batch) {
        var list = ByteList()
        list.append(push.id + Bytes("\t") + push.request.owner)
        list.append(batch.before)
        list.append(push.memory(isLast: batch.isLast, server))
        switch push.request.place {
        case .back: list.append("back")
        case .front: list.append("front")
        case .delay(let delay): list.append(delay)
        }
        list.append(batch.isLast ? 0 : Self.hold)
        list.append(batch.isHeld ? 1 : 0)
        list.append(batch.isLast && push.request.seals ? 1 : 0)
        list.append(push.request.onlyIfActive ? 1 : 0)
        list.append(push.token)
        list.append(batch.isBeside ? batch.items.count - 1 : 0)
        list.append(batch.largest)
        if let once = push.request.once { list.append(once) } else { list.append("") }
        switch push.request.room {
        case .awaited: list.append(Self.hold)
        case .needed: list.append(0)
        case .unneeded: list.append("")
        }
        if batch.isBeside {
            list.append(batch.items[0])
            sendBeside(push, batch, list)
        } else {
            list.append(contentsOf: batch.items)
            if !batch.isLast { makeKnown(.push) }
            send(.push, extraKeys: [push.key], list)
        }
        // `confirm` meets a failure here again, and handles it.
        connection.flush()
    }

    /// Sends the script, and the items as arguments of a command beside it, in one transaction. The script gives the
    /// queue's list another name, which nothing else ever has; the next command adds the items to a list of that name,
    /// and the last one renames the list back. If the script refuses the batch, no list has that name, and the other two
    /// commands change nothing.
    private mutating func sendBeside(_ push: Push, _ batch: Push.Batch, _ arguments: ByteList) {
        let list = queue.key(":push:") + push.token + Bytes(":\(batch.before)".utf8)
        var add: ByteList = [push.request.place == .front ? "RPUSHX" : "LPUSHX", .bytes(list)]
        add.append(contentsOf: batch.items, from: 1)
        send(
            .push, extraKeys: [push.key, list], arguments,
            then: [add, ["RENAMENX", .bytes(list), .bytes(queue.name)]])
    }

    /// Waits for the answer to the oldest batch.
    private mutating func confirm(_ push: inout Push) throws(Failure) {
        let answer: [Value]
        do throws(Failure) { answer = try receive().list() } catch { return try resume(&push, after: error) }
        let (verdict, done) = (try answer.at(0).bytes(), try answer.at(1).integer())
        if verdict.equals("overlap") { return try retreat(&push) }
        push.see(Sign(epoch: try answer.at(2).bytes(), number: try answer.at(3).integer()))
        if verdict.equals("again") { return try repeatAll(&push) }
        if verdict.equals("full"), push.request.room == .awaited { return try waitForRoom(&push) }
        guard verdict.equals("pushed") else {
            throw push.failure(verdict, queue, done: done, limit: try answer.at(5).integer())
        }
        // A last batch that is sent again may have ended the hold itself.
        let mayHaveEnded = push.underWay.first.map { $0.isLast && $0.isRepeated } ?? false
        if try answer.at(4).count(most: 1) == 1, !push.hasLapsed, !mayHaveEnded {
            push.hasLapsed = true
            push.request.lapsed?()
        }
        push.confirmed = max(push.confirmed, done)
        push.added = max(push.added, try answer.at(6).integer())
        push.report()
        push.recovery.succeeded()
        (push.pause, push.waited) = (Push.firstPause, 0)
        push.underWay.removeFirst()
    }
}
