import Base
import CPosix
import WorkQueue

/// A command at work on an item, or on several. Times are in ms, those of the monotonic clock.
struct Job {
    /// The item, or the first of several.
    private(set) var holding: Holding
    /// The others.
    private var others: [Holding]
    var command: Command
    let start: Int
    /// When the command got the item by the calendar, in ms since 1970.
    let time: Int
    /// When the command will have run for too long; `Int.max` if there is no limit.
    let limit: Int
    /// What a command that is fed said of the item, and when.
    private(set) var answer: Answer?
    private var answeredAt: Int?
    /// How much the worker must have written until the command's output is out, of standard output and errors.
    var marks = (output: 0, errors: 0)
    /// Why nobody can take its output any more: an errno, or 0.
    var outputError: Int32 = 0

    init(_ holding: Holding, _ others: [Holding] = [], command: Command, start: Int, time: Int, limit: Int) {
        self.holding = holding
        self.others = others
        self.command = command
        self.start = start
        self.time = time
        self.limit = limit
    }

    /// How many items the command has.
    var count: Int { others.count + 1 }

    subscript(index: Int) -> Holding {
        get { index == 0 ? holding : others[index - 1] }
        set { if index == 0 { holding = newValue } else { others[index - 1] = newValue } }
    }

    /// Which of the items has the lease; nil if none has.
    /// - Parameter start: where it is looked for first: calls mostly name the leases in their order.
    func index(of lease: ArraySlice<UInt8>, from start: Int = 0) -> Int? {
        let start = min(start, count)
        func isIt(_ index: Int) -> Bool { self[index].lease.id.elementsEqual(lease) }
        return (start..<count).first(where: isIt) ?? (0..<start).first(where: isIt)
    }

    private func hasOne(_ isIt: (Holding) -> Bool) -> Bool { isIt(holding) || others.contains(where: isIt) }

    /// When the first of the leases ends for which the command must stop then; nil if it need not.
    func firstEnd(_ now: Int) -> Int? { isOnVigil ? (0..<count).map { self[$0].end }.filter { $0 > now }.min() : nil }

    /// Whether one of the leases is to be renewed.
    func isDue(_ now: Int) -> Bool { hasOne { $0.isDue(now) } }

    /// Whether the command, which was stopped together with the worker, waits for a renewal to say that its leases are held
    /// still.
    var isInDoubt: Bool { stop == nil && hasOne { $0.isInDoubt } }

    /// Why the command was stopped, if it was.
    var stop: Stop? { command.stop }

    /// What the item's fate depends on: the answer of a command that is fed, else how the command ended; nil if neither is
    /// there yet.
    var status: Status? { answer.map { .exited($0.status) } ?? command.status }

    /// The status that the logs show. A command that is fed and ends with 0 in place of an answer has none.
    var toldStatus: Status? { answer == nil && command.voice != nil && status == .exited(0) ? nil : status }

    /// Whether the command waits for its next item, if there is nothing else to find out about this one.
    var isAnswered: Bool { answer != nil && !command.stopping.hasBegun }

    /// Whether a command that is fed ended, or was stopped for nonsense, before it had read anything of the item, and had
    /// answered others: it is no matter of this item.
    var isUntouched: Bool {
        guard answer == nil, stop == nil || stop == .nonsense, !holding.isLost else { return false }
        return command.hasAnswered && command.input?.isUntouched ?? false
    }

    /// For how long before a signal to the worker a command's end by such a signal may be due to the same cause, in ms.
    private static var signalInterval: Int { 200 }

    /// Until when it is open whether the command ended by a signal that was sent to the worker, too; nil if it is not.
    var openUntil: Int? {
        guard let end = command.goneAt ?? answeredAt, stop == nil, status?.isByRequest == true else { return nil }
        return end + Self.signalInterval
    }

    /// Notes the answer of a command that is fed.
    mutating func answer(_ answer: Answer, at now: Int) {
        (self.answer, answeredAt) = (answer, now)
        command.answered(at: now)
    }

    /// Asks the whole session to end; without a reason, what the command left behind.
    mutating func stop(_ why: Stop?, at now: Int) {
        command.stop(why, at: now)
    }

    /// Notes that a lease is not held any more, for which the command must stop.
    mutating func lost(_ index: Int = 0, at now: Int) {
        self[index].lost(at: now)
        stop(.lost, at: now)
    }

    /// Has the command go on after the worker was stopped with it; if a lease has ended since, not before a renewal.
    mutating func resume(at now: Int) {
        if command.goneAt != nil { return }
        func isDoubtful(_ holding: Holding) -> Bool { holding.hasEnded(now) || holding.isInDoubt }
        if stop != nil || !hasOne(isDoubtful) { return goOn() }
        for index in 0..<count where isDoubtful(self[index]) { self[index].doubt(at: now) }
    }

    private func goOn() { command.process.send(SIGCONT) }

    /// Notes a renewal. (A command that is stopped was woken by TERM.)
    mutating func renewed(_ index: Int = 0, at sent: Int) {
        let wasInDoubt = isInDoubt
        self[index].renewed(at: sent)
        if wasInDoubt, !isInDoubt { goOn() }
    }

    /// Why the command is to be stopped now; nil if it need not be, or is being stopped for that reason already.
    func mustStop(_ now: Int) -> Stop? {
        if stop == nil, answer == nil, now >= limit { return .tooLong }
        return !hasLoss && hasOne { $0.hasEnded(now) } ? .unrenewed : nil
    }

    /// When to look at the command again.
    /// - Parameter mayRenew: whether its leases can be renewed then.
    func wakeAt(_ now: Int, mayRenew: Bool) -> Int {
        let open = openUntil.map { $0 > now ? $0 : .max } ?? .max
        var wake = min(command.wakeAt(now), open)
        if stop == nil, answer == nil { wake = min(wake, limit) }
        for index in 0..<count {
            let holding = self[index]
            wake = min(wake, stop == nil ? holding.wakeAt(mayRenew: mayRenew) : mayRenew ? holding.renewAt : .max)
        }
        return wake
    }
}

/// What became of an item.
enum Fate {
    case completed
    case released(Release)
    /// The item is somebody else's by now: Redis is told nothing.
    case lost
    /// So it is, since somebody completed, released or dropped it while its lease lasted.
    case settled
}

extension Job {
    /// What the command's end means for its items.
    /// - Parameter isInterrupted: whether the worker was asked to end by a signal.
    /// - Returns: also what a person is told. There is no fate that several items of one command share if it failed, since
    ///   nobody knows which of them is to blame, or if it was stopped because some of their leases were lost.
    func fate(_ work: Work, isInterrupted: Bool) -> (Fate?, reason: Bytes) {
        let status = status ?? .exited(0)
        if hasLoss {
            let (fate, reason) = loss(of: holding)
            return (count > 1 ? nil : fate, reason)
        }
        let isSilent = work.isFed && answer == nil
        var reason = work.name + Bytes(": ") + status.text
        if isSilent { reason += Bytes(" in place of an answer") }
        if outputError != 0 { return free("its output could not be written", reason) }
        if stop == .tooLong {
            reason = work.name + Bytes(": still running after \(duration(work.maxTime))".utf8)
        } else if stop == .nonsense, let nonsense = command.nonsense {
            reason = work.name + Bytes(": ") + nonsense.text
        } else if status == .exited(0), !isSilent {
            return (.completed, [])
        } else if stop == .ending || isInterrupted && status.isByRequest {
            return free("the worker ended", reason)
        }
        let words = answer?.reason ?? []
        let last = work.hasReasonFromErrors ? command.errors?.lastLine ?? [] : []
        if !words.isEmpty || !last.isEmpty { reason += Bytes(": ") + (words.isEmpty ? last : words) }
        if count > 1 { return (nil, reason) }
        if stop == nil, !isSilent, case .exited(let code) = status {
            if work.deadly.contains(Int(code)) { return (.released(Release(isDead: true, reason: reason)), reason) }
            if code == Exit.tryAgain.rawValue {
                return (
                    .released(Release(delay: Defaults.later.milliseconds, isCharged: false, reason: reason)), reason
                )
            }
        }
        return (.released(Release(reason: reason)), reason)
    }

    /// Whether the command was stopped because a lease is not held any more.
    var hasLoss: Bool { stop == .lost || stop == .unrenewed }

    /// What the loss of its lease means for an item.
    func loss(of holding: Holding) -> (Fate, reason: Bytes) {
        if stop == .unrenewed || !holding.isLost { return (.lost, Bytes("the lease could not be renewed in time")) }
        return (holding.isSettled ? .settled : .lost, Bytes("the lease was lost"))
    }

    /// The item goes back at once, since its command is not to blame.
    /// - Parameter end: how the command ended.
    private func free(_ why: StaticString, _ end: Bytes) -> (Fate, reason: Bytes) {
        (.released(Release(delay: 0, isCharged: false, reason: Bytes(why))), end + Bytes(": ") + Bytes(why))
    }
}
