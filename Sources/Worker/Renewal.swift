import Base
import CPosix
import Shell
import WorkQueue

/// How a lease is kept while a command runs.
package struct Renewing: Sendable {
    /// How long each renewal holds the lease, in ms.
    package var duration = Defaults.lease.milliseconds
    /// How long the command may run, in ms: one that hangs must not hold its item for ever.
    package var maxTime = Int.max
    /// How long the command has to end by itself once it must stop, in ms.
    package var killAfter = Defaults.killAfter.milliseconds

    package init() {}
}

extension Session {
    /// Runs the command and renews the lease until it ends. When the lease cannot be held, or the command runs for too
    /// long, all its processes are stopped: two workers must not work on one item. Signals are passed on to it.
    /// - Returns: the command's status.
    /// - Throws: `.no` if the lease was lost, `.unavailable` if it could not be renewed in time, `.notFound` or
    ///   `.cannotRun` if the command could not be started, `.inputOutput` if it failed and nobody reads its output.
    package mutating func keep(_ lease: Bytes, _ how: Renewing, while command: ByteList) throws(Failure) -> Exit {
        let sent = monotonic()
        if let failure = try renew(lease, for: how.duration) { throw failure }
        let lease = Lease(id: lease, attempt: 0, item: [])
        let signals = try Signals(stopsToo: false)
        var ward = try Ward(command, grace: how.killAfter)
        var keeping = Keeping(Holding(lease, from: sent, for: how.duration), how, start: monotonic())
        while true {
            if let status = try ward.ended(command) { keeping.ended(status) }
            if wq_is_held() { keeping.doubt(at: monotonic()) }
            switch keeping.next(monotonic()) {
            case .renew: renew(&keeping)
            case .ask:
                // A renewal says why.
                if !holds(keeping.holding, &keeping.vigil, at: monotonic()) { renew(&keeping) }
            case .send(.terminate): wq_order_stop()
            case .send(.kill): wq_order_signal(SIGKILL)
            case .end(let status):
                ward.dieAlike(status)
                let error = wq_why_unwritable(STDOUT_FILENO)
                if status != .exited(0), error != 0 {
                    throw .system(.inputOutput, "the command could not write its output", errno: error)
                }
                return Exit(rawValue: status.code)
            case .fail(let failure): throw failure
            case .wait(let time):
                signals.wait(min(wq_is_held() ? Self.heldInterval : .max, max(0, time - monotonic())))
                while let signal = signals.next() { ward.hear(signal) }
                if wq_is_held() {
                    keeping.doubt(at: monotonic())
                    renew(&keeping)
                }
            }
        }
    }

    /// The time between two tries to renew while the command, which was stopped, waits to hear that its lease is held still,
    /// in ms.
    private static var heldInterval: Int { 50 }

    /// How long Redis may take to say whether a lease that has ended is held still, in ms.
    private static var latePatience: Int { 500 }

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
        let isHeld = wq_is_held()
        // A process that was stopped for longer than its lease asks late; whether the lease is held still is known soon.
        patience = holding.hasEnded(sent) ? Self.latePatience : holding.patience(sent)
        do throws(Failure) {
            if let failure = try renew(holding.lease.id, for: holding.duration) {
                keeping.lost(failure)
            } else {
                keeping.renewed(at: sent)
                if isHeld { wq_resume() }
            }
        } catch {
            let now = monotonic()
            if !holding.hasEnded(now), error.isDisconnection || isOwedAnswers {
                patience = holding.patience(now)
                replaceConnection()
            }
            // Where a password is asked for, the new connection took its time, too.
            keeping.failedToRenew(at: monotonic(), error)
        }
    }
}
