/// A state that an item can be in: the one list of them, in the order in which their counts are shown and census.lua
/// answers them.
package enum State: CaseIterable, Sendable {
    case ready, arriving, leased, delayed, dead, rediswq

    /// What it is called everywhere: in output, options, metrics and records of the protocol.
    package var name: StaticString {
        switch self {
        case .ready: "ready"
        case .arriving: "arriving"
        case .leased: "leased"
        case .delayed: "delayed"
        case .dead: "dead"
        case .rediswq: "rediswq"
        }
    }

    /// Which items are in it, for people.
    package var meaning: StaticString {
        switch self {
        case .ready: "items that wait, the next one first"
        case .arriving: "items on their way to a program that waits"
        case .leased: "items that are being worked on"
        case .delayed: "items that become ready later"
        case .dead: "items that were given up"
        case .rediswq: "items that rediswq clients hold"
        }
    }

    /// The order in which the items of states that a person names are listed.
    package static var named: [State] { [.ready, .leased, .delayed, .dead, .arriving, .rediswq] }

    /// The order in which the items of all states are listed: those that somebody has come first.
    package static var listed: [State] { [.leased, .arriving, .rediswq, .ready, .delayed, .dead] }

    /// Whether its items lie in a list, as they are; else they have records.
    var isList: Bool { self == .ready || self == .arriving || self == .rediswq }
}
