import Base
import CPosix
import Shell
import WorkQueue

/// How a lease is kept while a command runs.
package struct Renewing: Sendable {
    /// How long each renewal holds the lease, in ms.
    package var duration = Defaults.lease.milliseconds
    /// How long the command may run, in ms: one that hangs must not hold its item for ever.
    package var max = Int.max
    /// How long the command has to end by itself once it must stop, in ms.
    package var grace = Defaults.renewGrace.milliseconds

    package init() {}
}

extension Session {
    /// Runs the command and renews the lease until it ends. When the lease cannot be held, or the command runs for too
    /// long, all its processes are stopped: two workers must not work on one item. Signals are passed on to it.
    /// - Returns: the command's status.
    /// - Throws: `.no` if the lease was lost, `.unavailable` if it could not be renewed in time, `.notFound` or
    ///   `.cannotRun` if the command could not be started.
    package mutating func keep(_ lease: Bytes, _ how: Renewing, while command: ByteList) throws(Failure) -> Exit {
        let sent = monotonic()
        if let failure = try renew(lease, for: how.duration) { throw failure }
        let lease = Lease(id: lease, attempt: 0, item: [])
        let signals = try Signals(stopsToo: false)
        let terminal = Terminal()
        // What the command leaves behind becomes a child of this process, which sees it end.
        wq_adopt_strays()
        let process = try start(command, getsTerminal: terminal.isOurs)
        var keeping = Keeping(Holding(lease, from: sent, for: how.duration), how, start: monotonic())
        while true {
            while let (child, change) = nextChange() {
                if child != process { continue }
                switch change {
                case .stopped: terminal.stop(with: process)
                case .ended(let status):
                    terminal.end(with: process, status)
                    keeping.ended(status)
                }
            }
            switch keeping.next(monotonic(), isGone: { process.isGone }) {
            case .renew: renew(&keeping)
            case .send(let step): process.send(step)
            case .end(let status): return Exit(rawValue: status.code)
            case .fail(let failure): throw failure
            case .wait(let time):
                signals.wait(max(0, time - monotonic()))
                while let number = signals.next() {
                    if number != SIGCHLD { process.send(number) }
                }
            }
        }
    }

    /// - Returns: why the lease is not held any more, if it is not.
    private mutating func renew(_ lease: Bytes, for duration: Int) throws(Failure) -> Failure? {
        var list = ByteList()
        list.append(lease)
        guard let one = try settle(.renew(duration), list).first else { return nil }
        return Failure(.no, "the lease \(lease.printable) \(one.reason == .lost ? "was lost" : "is not known")")
    }

    /// Tries to renew the lease, for no longer than it has patience.
    private mutating func renew(_ keeping: inout Keeping) {
        let holding = keeping.holding
        let sent = monotonic()
        patience = holding.patience(sent)
        do throws(Failure) {
            if let failure = try renew(holding.lease.id, for: holding.duration) {
                keeping.lost(failure)
            } else {
                keeping.renewed(at: sent)
            }
        } catch {
            let now = monotonic()
            if error.isDisconnection, !holding.hasEnded(now) {
                do throws(Failure) { try reconnect(timeout: holding.patience(now)) } catch {}
            }
            keeping.failedToRenew(at: now, error)
        }
    }
}

/// Starts the command, which is looked up in `PATH`.
private func start(_ command: ByteList, getsTerminal: Bool) throws(Failure) -> Process {
    var text = ByteList()
    for index in 0..<command.count { text.append(Bytes(command[index]) + [0]) }
    do throws(SystemError) {
        return try Process.start(
            try Process.find(text.first), text, arguments: text.count, environment: Process.environment(),
            getsTerminal: getsTerminal)
    } catch {
        let exit: Exit = error.code == ENOENT ? .notFound : .cannotRun
        throw .system(exit, "cannot run \(command[0].printable)", errno: error.code)
    }
}
