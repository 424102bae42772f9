import Base
import CPosix

/// The arguments of options, read and checked. Each throws `.usage` with what the option takes.
extension Arguments {
    /// The option's argument as a number from 1 on; nil if the option was not given.
    package func count(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let number = value.decimal, number > 0 { return number }
        throw Failure(.usage, "--\(option.long) takes a number from 1 on, not '\(value.printable)'")
    }

    /// The option's argument as a time, in ms; nil if the option was not given.
    package func duration(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let time = milliseconds(value) { return time }
        throw Failure(
            .usage, "--\(option.long) takes a time like 10, 500ms, 10s, 5m or 1h, not '\(value.printable)'")
    }

    /// The option's argument as a time, in ms; else the time that its table gives it.
    package func time(_ option: Option) throws(Failure) -> Int {
        try duration(option) ?? option.usual?.milliseconds ?? 0
    }

    /// The time that the option gives a lease, in ms.
    package func leaseTime(_ option: Option) throws(Failure) -> Int {
        let time = try time(option)
        if time > 0 { return time }
        throw Failure(.usage, "--\(option.long) must not be 0: such a lease would be lost at once")
    }

    /// The highest number of commands or items that a worker may have at once.
    private static var most: Int { 1_000_000 }

    /// The option's argument as a number from 0 to `most`; nil if the option was not given.
    package func number(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let number = value.decimal, number <= Self.most { return number }
        throw Failure(.usage, "--\(option.long) takes a number up to \(Self.most), not '\(value.printable)'")
    }

    /// The same, where 0 stands for the number of cores.
    package func jobs(_ option: Option) throws(Failure) -> Int? {
        guard let number = try number(option) else { return nil }
        return number > 0 ? number : Int(wq_cores())
    }

    /// The option's argument as exit statuses, separated by commas, that a command itself ends with: from
    /// `Exit.cannotRun` on, a shell or a signal may have set them.
    package func statuses(_ option: Option) throws(Failure) -> [Int] {
        guard let value = value(option) else { return [] }
        var statuses: [Int] = []
        for word in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let last = Int(Exit.cannotRun.rawValue) - 1
            guard let status = word.decimal, status > 0, status <= last else {
                throw Failure(
                    .usage, "--\(option.long) takes statuses from 1 to \(last) like 2,9, not '\(value.printable)'")
            }
            statuses.append(status)
        }
        return statuses
    }
}
