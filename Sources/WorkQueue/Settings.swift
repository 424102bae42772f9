import Base
import Redis

/// A setting of a queue, which Redis keeps in the hash Q:config. This is the one table of the settings' names, values,
/// defaults and meanings: the help, messages and output of `wq-config` are made from it, and unit tests compare the scripts
/// and the manual pages with it. The order is that of common.lua.
package enum Setting: CaseIterable, Sendable {
    case maxAttempts, retryDelay, retryDelayMax, paused, sealed, open, maxItemBytes, maxLeased, rate, maxReady

    /// Which values a setting takes.
    package enum Kind: Sendable {
        /// A number from 0 on.
        case number
        /// A time in ms from 0 on, written with a unit.
        case time
        case yesOrNo
        /// So many in a unit of time, or 0: `50/s`.
        case rate
    }

    package typealias Row = (key: StaticString, kind: Kind, standard: StaticString, meaning: StaticString)

    /// The row of the table. `standard` is the default, in the form that Redis keeps; `meaning` says what the value does
    /// or, if it is yes or no, what yes does.
    package var row: Row {
        switch self {
        case .maxAttempts: ("max-attempts", .number, "10", "attempts after which an item is dead; 0: no limit")
        case .retryDelay: ("retry-delay", .time, "1000", "how long an item waits after its first failed attempt")
        case .retryDelayMax:
            ("retry-delay-max", .time, "300000", "the delay doubles with each attempt, up to this")
        case .paused: ("paused", .yesOrNo, "no", "hand out nothing, not even to those who wait already")
        case .sealed: ("sealed", .yesOrNo, "no", "accept no more items")
        case .open: ("open", .yesOrNo, "no", "never drained, even if no item is left: more will come")
        case .maxItemBytes: ("max-item-bytes", .number, "67108864", "larger items are refused, or dead; 0: no limit")
        case .maxLeased: ("max-leased", .number, "0", "most items that are leased at once; 0: no limit")
        case .maxReady: ("max-ready", .number, "0", "pushes wait while so many are ready; 0: no limit")
        case .rate: ("rate", .rate, "0", "most leases a second; 30/m: a minute, 9/h: an hour")
        }
    }

    package var key: StaticString { row.key }
    package var kind: Kind { row.kind }

    /// `KEY=VALUE`, as the help and the manual pages show it.
    package var form: String {
        switch kind {
        case .number: "\(key)=N"
        case .time: "\(key)=TIME"
        case .yesOrNo: "\(key)=yes"
        case .rate: "\(key)=N/s"
        }
    }

    /// The default as a person writes it.
    package var usual: Bytes { shown(Bytes(row.standard)) }

    /// The lines of the help, one for each setting. The compiler must not inline this: the program would have its
    /// constants twice.
    @inline(never) package static var help: String {
        // The meanings begin in this column.
        let column = 22
        var text = ""
        for setting in allCases {
            var line = setting.form + "  "
            while line.utf8.count < column { line += " " }
            line += "\(setting.row.meaning)"
            if setting.kind != .yesOrNo { line += " (\(setting.usual.printable))" }
            text += text.isEmpty ? line : "\n" + line
        }
        return text
    }

    /// The names of all settings, as a sentence lists them.
    static var list: String {
        var text = ""
        for (index, setting) in allCases.enumerated() {
            text += index == 0 ? "" : index == allCases.count - 1 ? " and " : ", "
            text += "\(setting.key)"
        }
        return text
    }

    /// The value as Redis keeps it.
    /// - Throws: `.usage` if this setting does not take the value.
    func stored(_ value: ArraySlice<UInt8>) throws(Failure) -> Bytes {
        switch kind {
        case .number:
            if let number = value.decimal { return Bytes("\(number)".utf8) }
            throw Failure(.usage, "\(key) is a number (0: no limit), not '\(value.printable)'")
        case .time:
            if let time = milliseconds(value) { return Bytes("\(time)".utf8) }
            throw Failure(.usage, "\(key) is a time like 500ms, 10s, 5m or 1h, not '\(value.printable)'")
        case .yesOrNo:
            if value.equals("yes") || value.equals("no") { return Bytes(value) }
            throw Failure(.usage, "\(key) is yes or no, not '\(value.printable)'")
        case .rate:
            if Self.isRate(value) { return Bytes(value) }
            throw Failure(
                .usage,
                "\(key) is a number a second, minute or hour: 50/s, 30/m, 9/h (0: no limit), not '\(value.printable)'")
        }
    }

    /// Whether the programs read the stored value as it stands there, not as the default.
    func accepts(_ stored: Bytes) -> Bool {
        switch kind {
        case .number, .time: stored.decimal != nil
        case .yesOrNo: stored.equals("yes") || stored.equals("no")
        case .rate: Self.isRate(stored[...])
        }
    }

    /// Whether a value is 0, or a number of at most nine digits with its unit, as limits.lua reads it.
    private static func isRate(_ value: ArraySlice<UInt8>) -> Bool {
        if value.equals("0") { return true }
        guard let unit = value.last, "smh".utf8.contains(unit) else { return false }
        let number = value.dropLast(2)
        return value.dropLast().last == UInt8(ascii: "/") && number.count <= 9 && number.decimal ?? 0 > 0
    }

    /// The value as a person writes it.
    func shown(_ stored: Bytes) -> Bytes {
        guard kind == .time, let time = stored.decimal else { return stored }
        return Bytes(duration(time).utf8)
    }
}

/// A change to a setting.
package struct Change: Sendable {
    let setting: Setting
    /// The value as Redis keeps it; empty to bring back the default.
    let value: Bytes

    /// Reads `KEY=VALUE`, or `KEY=` to bring back the default.
    /// - Throws: `.usage` for an unknown key or a bad value.
    package init(_ text: ArraySlice<UInt8>) throws(Failure) {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            throw Failure(.usage, "'\(text.printable)' is not KEY=VALUE (KEY= brings back the default)")
        }
        let key = text[..<equals]
        guard let setting = Setting.allCases.first(where: { key.equals($0.key) }) else {
            throw Failure(.usage, "there is no setting '\(key.printable)'; there are \(Setting.list)")
        }
        self.setting = setting
        let value = text[(equals + 1)...]
        self.value = value.isEmpty ? [] : try setting.stored(value)
    }
}

extension Session {
    /// Makes all changes in one step.
    /// - Returns: all settings as they are afterwards, with their values as a person writes them.
    package mutating func configure(
        _ changes: [Change]
    ) throws(Failure) -> [(setting: Setting, value: Bytes, isDefault: Bool)] {
        var list = ByteList()
        for change in changes {
            list.append(change.setting.key)
            list.append(change.value)
        }
        let answer = try call(.configure, list).list()
        var settings: [(setting: Setting, value: Bytes, isDefault: Bool)] = []
        guard answer.count == Setting.allCases.count else { throw Value.unexpected("the settings were expected") }
        for (index, setting) in Setting.allCases.enumerated() {
            let isDefault = answer[index] == .null
            let value = isDefault ? setting.usual : setting.shown(try answer[index].bytes())
            settings.append((setting: setting, value: value, isDefault: isDefault))
        }
        return settings
    }
}
