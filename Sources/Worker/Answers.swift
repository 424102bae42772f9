import Base

/// The answer of a command that is fed to one item.
struct Answer: Equatable {
    /// As an exit status would be.
    let status: Int32
    /// What the command says of it; mostly empty.
    let reason: Bytes

    /// How much of a reason is kept, in bytes.
    private static var longestReason: Int { 200 }
    private static var highestStatus: Int { 255 }

    /// Reads a line without its end: a number and, behind a space or TAB, perhaps a reason.
    /// - Returns: nil if the line is none.
    init?(_ line: ArraySlice<UInt8>) {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let digits = line.prefix { !isBlank($0) }
        guard let number = digits.decimal, number <= Self.highestStatus else { return nil }
        status = Int32(number)
        reason = Bytes(line[digits.endIndex...].drop(while: isBlank).prefix(Self.longestReason))
    }
}

/// How a command that is fed broke the rules: it can be fed no more.
enum Nonsense: Equatable, Sendable {
    /// It said something that is no answer.
    case unreadable(Bytes)
    /// It answered one item twice, or before it had read all of it.
    case twice, early
    /// It said something when there was no item.
    case unasked(Bytes)
    /// It goes on, but has closed its standard input or output.
    case closed

    /// What the command did, as in "sh answered twice".
    var text: Bytes {
        switch self {
        case .unreadable(let line): Bytes("answered '") + line.escaped + Bytes("', which is no status")
        case .twice: Bytes("answered twice")
        case .early: Bytes("answered before it had read all of the item")
        case .unasked(let line): Bytes("said '") + line.escaped + Bytes("' when it had no item")
        case .closed: Bytes("closed its standard input or output")
        }
    }
}

/// Finds the answers in what a command that is fed prints: a value without a descriptor.
struct Answers {
    enum Event: Equatable {
        /// There is no whole line yet.
        case none
        case answer(Answer)
        case nonsense(Nonsense)
    }

    /// Whether an item was given to the command, and not answered.
    private(set) var isAsked = false
    /// The beginning of a line whose end is still to come.
    private var line: Bytes = []
    /// Whether there was nonsense: what follows does not count.
    private var isBroken = false

    /// How long a line may be that has no end yet, in bytes, and how much of a line is told.
    private static var longestLine: Int { 4096 }
    private static var longestQuote: Int { 60 }
    private static var newline: UInt8 { UInt8(ascii: "\n") }

    /// Notes that an item was given to the command.
    mutating func ask() { isAsked = true }

    /// Takes in what the command printed.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> Event {
        if isBroken || bytes.isEmpty { return .none }
        line += bytes
        let event = judge()
        switch event {
        case .none: break
        case .answer: (isAsked, line) = (false, [])
        case .nonsense: (isBroken, line) = (true, [])
        }
        return event
    }

    private func judge() -> Event {
        let first = line.prefix { $0 != Self.newline }
        let quote = Bytes(first.prefix(Self.longestQuote))
        guard isAsked else { return .nonsense(.unasked(quote)) }
        guard first.count < line.count else {
            return first.count > Self.longestLine ? .nonsense(.unreadable(quote)) : .none
        }
        guard let answer = Answer(first) else { return .nonsense(.unreadable(quote)) }
        return first.count + 1 < line.count ? .nonsense(.twice) : .answer(answer)
    }
}
