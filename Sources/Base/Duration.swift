/// A duration on a command line or in the environment: `10` (seconds), `500ms`, `10s`, `5m`, `1h`, `2d`.
/// - Returns: milliseconds, or nil if the bytes are no duration, or one of more than a hundred years.
package func milliseconds(_ text: some Collection<UInt8>) -> Int? {
    var digits = Bytes(text)
    var unit: Bytes = []
    while let last = digits.last, last < UInt8(ascii: "0") || last > UInt8(ascii: "9") {
        unit.insert(digits.removeLast(), at: 0)
    }
    guard let number = digits.decimal else { return nil }
    let scale: Int
    if unit.isEmpty || unit.equals("s") {
        scale = 1000
    } else if unit.equals("ms") {
        scale = 1
    } else if unit.equals("m") {
        scale = 60_000
    } else if unit.equals("h") {
        scale = 3_600_000
    } else if unit.equals("d") {
        scale = 86_400_000
    } else {
        return nil
    }
    let (value, overflow) = number.multipliedReportingOverflow(by: scale)
    return overflow || value > 3_155_760_000_000 ? nil : value
}

/// A time that has a name, such as the default of an option: whole seconds, since people read it so.
package struct Seconds: Equatable, Sendable {
    package let count: Int

    package init(_ count: Int) { self.count = count }

    package var milliseconds: Int { count * 1000 }
    /// As a person writes it: `60s`.
    package var text: String { "\(count)s" }
}

/// The duration in the largest unit that says it exactly: `90s`, `5m`, `1500ms`.
package func duration(_ ms: Int) -> String {
    if ms % 1000 != 0 { return "\(ms)ms" }
    if ms == 0 || ms % 60_000 != 0 { return "\(ms / 1000)s" }
    if ms % 3_600_000 != 0 { return "\(ms / 60_000)m" }
    return ms % 86_400_000 != 0 ? "\(ms / 3_600_000)h" : "\(ms / 86_400_000)d"
}

/// The duration in its largest unit, for a person who wants to know about how long: `3d`, `2h`, `250ms`.
package func roughly(_ ms: Int) -> String {
    if ms < 1000 { return "\(ms)ms" }
    if ms < 120_000 { return "\(ms / 1000)s" }
    if ms < 7_200_000 { return "\(ms / 60_000)m" }
    return ms < 172_800_000 ? "\(ms / 3_600_000)h" : "\(ms / 86_400_000)d"
}

/// The duration in seconds with three decimals: `0.001`, `12.500`.
/// - Parameter ms: not negative.
package func inSeconds(_ ms: Int) -> String { "\(ms / 1000)." + String("\(1000 + ms % 1000)".dropFirst()) }
