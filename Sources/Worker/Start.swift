import Base
import CPosix
import Redis
import Shell
import WorkQueue

extension Arguments {
    /// Does the work until the queue is drained, or something else ends the worker.
    /// - Returns: the exit status.
    package func run(_ work: Work, program: StaticString) throws(Failure) -> Exit {
        let queue = work.turns[0]
        holdSignals()
        let signals = try Signals(stopsToo: true)
        // The guard is started before there is a connection or a password in memory that it would share.
        let watch = try Guard(of: work.jobs)
        let server = try configuration.server()
        var heartbeat = try Heartbeat(work.heartbeat)
        let session = try connect(queue, server, signals, &heartbeat)
        if server.address.endpoint.usesTLS { configuration.warnIfInsecure() }
        let joblog = try openJoblog(work, signals, &heartbeat)
        let journal = Journal(work, joblog, program: Bytes(program))
        var worker = Worker(work, session, server: server, signals: signals, watch, heartbeat, journal)
        return worker.run()
    }

    /// Connects as the other programs do, and touches the file meanwhile: a server that is not there yet is no fault of this
    /// worker.
    private func connect(
        _ queue: Queue, _ server: Server, _ signals: Signals, _ heartbeat: inout Heartbeat
    ) throws(Failure) -> Session {
        try Session(queue, server) { (pause) throws(Failure) in
            heartbeat.beat(monotonic())
            // A signal ends the pause.
            signals.wait(pause)
            try obey(signals)
        }
    }

    /// Opens the job log. One that is a FIFO waits for its reader.
    private func openJoblog(
        _ work: Work, _ signals: Signals, _ heartbeat: inout Heartbeat
    ) throws(Failure) -> Joblog {
        while true {
            if let joblog = try Joblog(work) { return joblog }
            heartbeat.beat(monotonic())
            signals.wait(Self.readerInterval)
            try obey(signals)
        }
    }

    /// How long to wait between two looks whether a FIFO has a reader, in ms.
    private static var readerInterval: Int { 100 }

    /// Does what the next signal asks for, if there is one, while nothing runs yet. One that asks for the end throws a failure
    /// with its status.
    private func obey(_ signals: Signals) throws(Failure) {
        guard let (signal, isFromKernel) = signals.next() else { return }
        switch signal {
        case SIGTSTP: wq_stop(isFromKernel)
        case SIGCHLD: break
        case SIGHUP: throw Failure(.no, "the terminal is gone", .told)
        default: throw Failure(.signalled(signal), "a signal asked for the end", .told)
        }
    }
}
