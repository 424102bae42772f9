import Base
import Redis

/// A setting of a queue, kept in Q:config.
package enum Setting: CaseIterable, Sendable {
    case maxAttempts, retryDelay, retryDelayMax, paused, sealed, open

    package var key: StaticString {
        switch self {
        case .maxAttempts: "max-attempts"
        case .retryDelay: "retry-delay"
        case .retryDelayMax: "retry-delay-max"
        case .paused: "paused"
        case .sealed: "sealed"
        case .open: "open"
        }
    }

    /// What holds while nothing is set, as Redis keeps it: times in ms.
    package var standard: StaticString {
        switch self {
        case .maxAttempts: "10"
        case .retryDelay: "1000"
        case .retryDelayMax: "300000"
        case .paused, .sealed, .open: "no"
        }
    }

    /// The value as Redis keeps it.
    /// - Throws: `.usage` if it is none for this setting.
    func stored(_ value: ArraySlice<UInt8>) throws(Failure) -> Bytes {
        switch self {
        case .maxAttempts:
            if let number = value.decimal { return Bytes("\(number)".utf8) }
            throw Failure(.usage, "\(key) is a number (0: no limit), not '\(value.printable)'")
        case .retryDelay, .retryDelayMax:
            if let time = milliseconds(value) { return Bytes("\(time)".utf8) }
            throw Failure(.usage, "\(key) is a time like 500ms, 10s, 5m or 1h, not '\(value.printable)'")
        case .paused, .sealed, .open:
            if value.equals("yes") || value.equals("no") { return Bytes(value) }
            throw Failure(.usage, "\(key) is yes or no, not '\(value.printable)'")
        }
    }

    /// The value as a person writes it.
    func shown(_ stored: Bytes) -> Bytes {
        switch self {
        case .retryDelay, .retryDelayMax: stored.decimal.map { Bytes(duration($0).utf8) } ?? stored
        default: stored
        }
    }
}

/// A change to a setting: the stored value, or empty for the default.
package struct Change: Sendable {
    let setting: Setting
    let value: Bytes

    /// Reads `KEY=VALUE` or, for the default, `KEY=`.
    /// - Throws: `.usage` for an unknown key or a bad value.
    package init(_ text: ArraySlice<UInt8>) throws(Failure) {
        guard let equals = text.firstIndex(of: 0x3D) else {
            throw Failure(.usage, "'\(text.printable)' is not KEY=VALUE (KEY= brings back the default)")
        }
        let key = text[..<equals]
        guard let setting = Setting.allCases.first(where: { key.equals($0.key) }) else {
            throw Failure(
                .usage,
                "there is no setting '\(key.printable)'; there are max-attempts, retry-delay, retry-delay-max, paused,"
                    + " sealed and open")
        }
        self.setting = setting
        let value = text[(equals + 1)...]
        self.value = value.isEmpty ? [] : try setting.stored(value)
    }
}

extension Session {
    /// Makes the changes, all at once, and answers all settings as they are then.
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
            let value = isDefault ? Bytes(setting.standard) : try answer[index].bytes()
            settings.append((setting: setting, value: setting.shown(value), isDefault: isDefault))
        }
        return settings
    }
}
