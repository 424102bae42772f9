/// The units of time, in ms.
package enum TimeUnit {
    package static var second: Int { 1000 }
    package static var minute: Int { 60 * second }
    package static var hour: Int { 60 * minute }
    package static var day: Int { 24 * hour }
    /// The longest duration that an option or a variable takes: a hundred years.
    static var longest: Int { 36_525 * day }
}

/// Reads a duration on a command line or in the environment: `10` (seconds), `500ms`, `10s`, `5m`, `1h`, `2d`.
/// - Returns: milliseconds; nil if the bytes are no duration, or one of more than a hundred years.
package func milliseconds(_ text: some Collection<UInt8>) -> Int? {
    var digits = Bytes(text)
    var unit: Bytes = []
    while let last = digits.last, !last.isDigit {
        unit.insert(digits.removeLast(), at: 0)
    }
    guard let number = digits.decimal else { return nil }
    let scale: Int
    if unit.isEmpty || unit.equals("s") {
        scale = TimeUnit.second
    } else if unit.equals("ms") {
        scale = 1
    } else if unit.equals("m") {
        scale = TimeUnit.minute
    } else if unit.equals("h") {
        scale = TimeUnit.hour
    } else if unit.equals("d") {
        scale = TimeUnit.day
    } else {
        return nil
    }
    let (value, overflow) = number.multipliedReportingOverflow(by: scale)
    return overflow || value > TimeUnit.longest ? nil : value
}

/// A time that has a name, such as the default of an option: whole seconds, since people read it so.
package struct Seconds: Equatable, Sendable {
    package let count: Int

    package init(_ count: Int) { self.count = count }

    package var milliseconds: Int { count * TimeUnit.second }
    /// As a person writes it: `60s`.
    package var text: String { "\(count)s" }
}

/// The duration in the largest unit that says it exactly: `90s`, `5m`, `1500ms`.
package func duration(_ ms: Int) -> String {
    if ms % TimeUnit.second != 0 { return "\(ms)ms" }
    if ms == 0 || ms % TimeUnit.minute != 0 { return "\(ms / TimeUnit.second)s" }
    if ms % TimeUnit.hour != 0 { return "\(ms / TimeUnit.minute)m" }
    return ms % TimeUnit.day != 0 ? "\(ms / TimeUnit.hour)h" : "\(ms / TimeUnit.day)d"
}

/// The duration in the largest unit of which it has two or more, for a person who wants to know about how long it is: `3d`,
/// `2h`, `250ms`.
package func roughly(_ ms: Int) -> String {
    if ms < TimeUnit.second { return "\(ms)ms" }
    if ms < 2 * TimeUnit.minute { return "\(ms / TimeUnit.second)s" }
    if ms < 2 * TimeUnit.hour { return "\(ms / TimeUnit.minute)m" }
    return ms < 2 * TimeUnit.day ? "\(ms / TimeUnit.hour)h" : "\(ms / TimeUnit.day)d"
}

/// The duration in seconds with three decimals: `0.001`, `12.500`.
/// - Parameter ms: not negative.
package func inSeconds(_ ms: Int) -> String {
    // The second more gives the rest its leading zeros.
    "\(ms / TimeUnit.second)." + String("\(TimeUnit.second + ms % TimeUnit.second)".dropFirst())
}
