import CPosix

/// The monotonic clock in ms, for deadlines.
package func monotonic() -> Int { Int(wq_monotonic_ms()) }

/// The calendar's clock in ms since 1970, UTC.
package func realtime() -> Int { Int(wq_realtime_ms()) }

/// A time in UTC in the form of RFC 3339, `2026-11-24T08:15:00.123Z`. gmtime_r(3) would bring 140 KB of time zones to a
/// static program.
/// Source of the calendar: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
/// - Parameter time: ms since 1970, not before.
package func timestamp(_ time: Int) -> String {
    let (day, ms) = (time / TimeUnit.day, time % TimeUnit.day)
    // Years begin in March here, so that a leap day is the last of its year; eras have 400 years.
    let shifted = day + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    let year = 400 * era + yearOfEra + (month <= 2 ? 1 : 0)
    func digits(_ number: Int, _ count: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(dayOfMonth, 2))T\(digits(ms / TimeUnit.hour, 2)):"
        + "\(digits(ms % TimeUnit.hour / TimeUnit.minute, 2)):\(digits(ms % TimeUnit.minute / TimeUnit.second, 2))"
        + ".\(digits(ms % TimeUnit.second, 3))Z"
}
