import Base
import CPosix
import WorkQueue

/// Why a command is stopped.
enum Stop {
    /// The command ran for too long.
    case tooLong
    /// The lease is not held any more; or it could not be renewed in time.
    case lost, unrenewed
    /// The worker ends.
    case ending
    /// The command is fed, and does not keep to the rules.
    case nonsense
}

/// A command that was started: its processes, and the pipes between them and this process. Times are in ms of the monotonic
/// clock.
struct Command {
    let slot: Int
    let process: Process
    var input: Feeding?
    var output: Capture?
    var errors: Capture?
    /// The pipe with the answers of a command that is fed.
    var voice: Voice?
    var stopping: Stopping<Stop>
    /// How the command ended, once it has; others of its session may still be there.
    var status: Status?
    /// When nothing of the command was left, once that is so.
    var goneAt: Int?
    /// Whether it answered any item.
    private(set) var hasAnswered = false
    /// How it broke the rules of a command that is fed, if it did.
    private(set) var nonsense: Nonsense?
    /// When it must have ended by itself, since its standard input has.
    private var endBy = Int.max
    /// When it must have ended by itself, since it closed its standard input or output.
    private var closedBy = Int.max

    /// How long a command that closed its standard input or output may take to end, in ms.
    private static var closingTime: Int { 1000 }

    init(slot: Int, process: Process, stopping: Stopping<Stop>) {
        self.slot = slot
        self.process = process
        self.stopping = stopping
    }

    /// Why the command was stopped, if it was.
    var stop: Stop? { stopping.why }

    /// Whether other processes of its session are left that may still be stopped.
    var hasRemains: Bool { !stopping.isHopeless && !process.isGone }

    /// Whether the command's output goes through the worker.
    var isCaptured: Bool { output != nil || errors != nil }

    /// Whether the process is the command's, and was running until now.
    func isOf(_ process: pid_t) -> Bool { self.process.id == process && status == nil }

    /// Whether the next item can be given to it, if it has none.
    var isReady: Bool {
        status == nil && !stopping.hasBegun && endBy == .max && closedBy == .max && (input?.descriptor ?? -1) >= 0
    }

    /// Asks the whole session to end; without a reason, what the command left behind.
    mutating func stop(_ why: Stop?, at now: Int) {
        stopping.begin(why)
        tend(now)
    }

    /// Sends what is due to a session that is stopped.
    /// - Returns: whether KILL has just turned out to be of no use.
    @discardableResult mutating func tend(_ now: Int) -> Bool {
        if status == nil, !stopping.hasBegun {
            if now >= closedBy {
                nonsense = .closed
                stopping.begin(.nonsense)
            }
            if now >= endBy { stopping.begin(.ending) }
        }
        guard goneAt == nil, let step = stopping.step(at: now) else { return false }
        let wasStubborn = stopping.isStubborn
        stopping.reached(process.send(step.signal))
        return !wasStubborn && stopping.isStubborn
    }

    /// When to look at the command again.
    func wakeAt(_ now: Int) -> Int {
        if goneAt != nil { return .max }
        if status != nil { return now + Process.lookInterval }
        return stopping.hasBegun ? stopping.wakeAt : min(endBy, closedBy)
    }

    /// Gives an item to a command that has none.
    mutating func ask(_ record: Bytes, at now: Int) {
        voice?.answers.ask()
        errors?.forgetLastLine()
        input?.hand(record)
        if input?.descriptor == -1 { noteClosing(now) }
    }

    /// Writes more of the item.
    /// - Parameter isClosed: whether nobody can read it.
    mutating func write(at now: Int, isClosed: Bool) {
        guard voice != nil, isClosed else {
            input?.write()
            return
        }
        // Who has read all of an item may answer it.
        let mayAnswer = voice?.answers.isAsked ?? false && input?.wasRead ?? false
        input?.finish()
        if !mayAnswer { noteClosing(now) }
    }

    /// Notes that it answered its item.
    mutating func answered(at now: Int) {
        hasAnswered = true
        if input?.descriptor == -1 { noteClosing(now) }
    }

    /// Ends the command's standard input. It has until then to end by itself.
    mutating func retire(until end: Int) {
        if endBy != .max { return }
        (endBy, closedBy) = (end, .max)
        input?.finish()
    }

    /// Reads what a command that is fed has printed.
    mutating func hear(at now: Int) -> Answers.Event {
        guard var event = voice?.read() else { return .none }
        if voice?.descriptor == -1 { noteClosing(now) }
        if case .answer = event, input?.wasRead == false { event = .nonsense(.early) }
        if case .nonsense(let what) = event {
            if nonsense == nil { nonsense = what }
            // What is said behind the last item does no harm.
            if endBy == .max { stop(.nonsense, at: now) }
        }
        return event
    }

    /// Notes that the command closed its standard input or output, as it also does when it ends.
    private mutating func noteClosing(_ now: Int) {
        if endBy == .max, closedBy == .max { closedBy = now + Self.closingTime }
    }
}

/// The pipe through which a command that is fed answers.
struct Voice {
    /// The reading end; -1 when it is closed.
    private(set) var descriptor: Int32
    var answers = Answers()

    /// How many bytes are read at a time.
    private static var portion: Int { 4096 }

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Reads what is there.
    mutating func read() -> Answers.Event {
        if descriptor < 0 { return .none }
        var room = Bytes(repeating: 0, count: Self.portion)
        let got = Descriptor(descriptor).read(into: &room)
        if got.wouldBlock { return .none }
        if got.count == 0 { finish() }
        return answers.take(room[..<got.count])
    }

    mutating func finish() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
