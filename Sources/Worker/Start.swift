import Base
import CPosix
import Redis
import Shell
import WorkQueue

extension Arguments {
    /// Does the work until the queue is drained, or something else ends the worker.
    /// - Returns: the exit status.
    package func run(_ work: Work, program: StaticString) throws(Failure) -> Exit {
        let queue = try queue()
        holdSignals()
        let signals = try Signals(stopsToo: true)
        // The guard is started before there is a connection or a password in memory that it would share.
        let watch = try Guard(of: work.jobs)
        let server = try configuration.server()
        var heartbeat = try Heartbeat(work.heartbeat)
        let session = try connect(queue, server, signals, &heartbeat)
        if server.address.endpoint.usesTLS { configuration.warnIfInsecure() }
        var worker = try Worker(
            work, session, server: server, signals: signals, watch, heartbeat, program: Bytes(program))
        return worker.run()
    }

    /// Connects as the other programs do, and touches the file meanwhile: a server that is not there yet is no fault of this
    /// worker. A signal that asks for the end throws a failure with its status.
    private func connect(
        _ queue: Queue, _ server: Server, _ signals: Signals, _ heartbeat: inout Heartbeat
    ) throws(Failure) -> Session {
        try Session(queue, server) { (pause) throws(Failure) in
            heartbeat.beat(monotonic())
            // A signal ends the pause.
            signals.wait(pause)
            guard let (signal, _) = signals.next() else { return }
            switch signal {
            // Nothing runs yet that would have to stop, too.
            case SIGTSTP: raise(SIGSTOP)
            case SIGCHLD: break
            case SIGHUP: throw Failure(.no, "the terminal is gone", .told)
            default: throw Failure(.signalled(signal), "a signal asked for the end", .told)
            }
        }
    }
}
