import Base
import CPosix
import Redis
import Shell
import WorkQueue

extension Arguments {
    /// Does the work until the queue is drained, or something else ends it.
    package func run(_ work: Work, program: StaticString) throws(Failure) -> Exit {
        let queue = try queue()
        let signals = wq_signal_descriptor()
        if signals < 0 { throw .system(.inputOutput, "cannot watch for signals", errno: wq_errno()) }
        let server = try configuration.server()
        let session = try connect(queue, server, signals)
        if case .tls = server.address.endpoint { configuration.warnIfInsecure() }
        var worker = try Worker(work, session, server: server, signals: signals, program: Bytes(program))
        return try worker.run()
    }

    /// Connects as the other programs do, and minds signals meanwhile.
    private func connect(_ queue: Queue, _ server: Server, _ signals: Int32) throws(Failure) -> Session {
        try Session(queue, server) { (pause) throws(Failure) in
            // A signal ends the pause.
            _ = wq_poll(signals, Int16(POLLIN), Int32(clamping: pause), false)
            let signal = wq_next_signal(signals)
            if signal == SIGTERM || signal == SIGINT {
                throw Failure(Exit(rawValue: 128 + signal), "a signal asked for the end", .told)
            }
            if signal == SIGHUP { throw Failure(.no, "the terminal is gone", .told) }
        }
    }
}

extension Arguments {
    /// The option's argument as a number from 0 on.
    package func number(_ option: Option) throws(Failure) -> Int? {
        guard let value = value(option) else { return nil }
        if let number = value.decimal, number <= 1_000_000 { return number }
        throw Failure(.usage, "--\(option.long) takes a number up to 1000000, not '\(value.printable)'")
    }

    /// The same, where 0 stands for the number of cores.
    package func jobs(_ option: Option) throws(Failure) -> Int? {
        guard let number = try number(option) else { return nil }
        return number > 0 ? number : Int(wq_cores())
    }

    /// Exit statuses, separated by commas.
    package func statuses(_ option: Option) throws(Failure) -> [Int] {
        guard let value = value(option) else { return [] }
        var statuses: [Int] = []
        for word in value.split(separator: 0x2C, omittingEmptySubsequences: false) {
            guard let status = word.decimal, status > 0, status < 126 else {
                throw Failure(
                    .usage, "--\(option.long) takes statuses from 1 to 125 like 2,9, not '\(value.printable)'")
            }
            statuses.append(status)
        }
        return statuses
    }

    /// Whether the option's argument is json, not text.
    package func choosesJSON(_ option: Option) throws(Failure) -> Bool {
        guard let value = value(option) else { return false }
        if value.equals("json") { return true }
        if value.equals("text") { return false }
        throw Failure(.usage, "--\(option.long) is text or json, not '\(value.printable)'")
    }
}
