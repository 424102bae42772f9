import Base
import CPosix
import Redis
import WorkQueue

/// What a worker waits for: descriptors and signals.
extension Worker {
    /// Waits until a descriptor is ready or a part wants to be asked again, and handles what came.
    mutating func listen() {
        let now = monotonic()
        var watched = Watched()
        watched.add(signals.descriptor, POLLIN, .signals)
        watchRedis(&watched)
        watchCommands(&watched)
        let span = max(0, wakeAt(now) - now)
        if poll(&watched.descriptors, nfds_t(watched.descriptors.count), Int32(span)) <= 0 { return }
        for (index, source) in watched.sources.enumerated().reversed() where watched.descriptors[index].revents != 0 {
            heed(source, Int32(watched.descriptors[index].revents))
        }
    }

    /// Watches the connections to Redis, and the outlets that have something to write.
    private mutating func watchRedis(_ watched: inout Watched) {
        if link.isUp {
            let hasMore = link.hasMoreToSend
            watched.add(link.session.connection.descriptor, hasMore ? POLLIN | POLLOUT : POLLIN, .link)
        }
        // Without events, the end of the reader is told all the same.
        for descriptor in pipes { watched.add(descriptor, 0, .reader(descriptor)) }
        watched.add(waiter.descriptor ?? -1, POLLIN, .waiter)
        if !output.isEmpty { watched.add(output.descriptor, POLLOUT, .outlets) }
        if !errors.isEmpty { watched.add(errors.descriptor, POLLOUT, .outlets) }
        watched.add(journal.waiting ?? -1, POLLOUT, .outlets)
    }

    /// Watches the pipes between this process and commands.
    private mutating func watchCommands(_ watched: inout Watched) {
        for index in jobs.indices {
            if let input = jobs[index].command.input { watched.add(input.descriptor, input.events, .input(index)) }
            if let voice = jobs[index].command.voice { watched.add(voice.descriptor, POLLIN, .answer(index)) }
            if !errors.isFull, let one = jobs[index].command.errors {
                watched.add(one.descriptor, POLLIN, .errors(index))
            }
            // It comes last and is read first: what a command prints to both mostly keeps its order then.
            if relay.isShared ? !errors.isFull : !output.isFull, let one = jobs[index].command.output {
                watched.add(one.descriptor, POLLIN, .output(index))
            }
        }
        for index in idle.indices {
            if let input = idle[index].input { watched.add(input.descriptor, 0, .idleInput(index)) }
            if let voice = idle[index].voice { watched.add(voice.descriptor, POLLIN, .idle(index)) }
            if !errors.isFull, let one = idle[index].errors { watched.add(one.descriptor, POLLIN, .idleErrors(index)) }
        }
    }

    /// Handles what a descriptor is ready for.
    private mutating func heed(_ source: Source, _ events: Int32) {
        switch source {
        case .signals: hearSignals()
        case .link: hear(events & (POLLIN | POLLHUP | POLLERR) != 0)
        case .waiter: hearWaiter()
        case .outlets: flushOutlets()
        case .reader(let descriptor):
            pipes.removeAll { $0 == descriptor }
            cannotWrite(descriptor, EPIPE)
        case .input(let job): jobs[job].command.write(at: monotonic(), isClosed: events & POLLERR != 0)
        case .idleInput(let index): idle[index].write(at: monotonic(), isClosed: true)
        case .answer(let job): hearAnswer(job)
        case .idle(let index): _ = idle[index].hear(at: monotonic())
        case .idleErrors(let index): idle[index].errors?.read(into: &errors)
        case .output(let job):
            if relay.isShared {
                jobs[job].command.output?.read(into: &errors)
            } else {
                jobs[job].command.output?.read(into: &output)
            }
        case .errors(let job): jobs[job].command.errors?.read(into: &errors)
        }
    }

    private mutating func hearSignals() {
        while let (number, isFromKernel) = signals.next() {
            switch number {
            case SIGCHLD: reap()
            case SIGTSTP: suspend(isFromKernel)
            case SIGHUP: schedule.hangUp(at: monotonic())
            default: terminate(number)
            }
        }
    }

    /// Ctrl-Z: all stop and go on together.
    private mutating func suspend(_ isFromKernel: Bool) {
        for job in jobs where job.command.goneAt == nil { job.command.process.send(SIGSTOP) }
        for command in idle { command.process.send(SIGSTOP) }
        errors.hideStatus()
        errors.flush()
        wq_stop(isFromKernel)
        let now = monotonic()
        for index in jobs.indices { jobs[index].resume(at: now) }
        for command in idle { command.process.send(SIGCONT) }
    }

    private mutating func reap() {
        while let (process, status) = nextEnd() {
            // Others are strays, or the guard.
            if let index = jobs.firstIndex(where: { $0.command.isOf(process) }) {
                jobs[index].command.status = status
            } else if let index = idle.firstIndex(where: { $0.isOf(process) }) {
                idle[index].status = status
            } else {
                watch.noteEnd(of: process)
            }
        }
    }
}

/// The descriptors for poll(2), and the part to which each belongs.
private struct Watched {
    var descriptors: [pollfd] = []
    private(set) var sources: [Source] = []

    /// - Parameter descriptor: below 0 if it is closed.
    mutating func add(_ descriptor: Int32, _ events: Int32, _ source: Source) {
        if descriptor < 0 { return }
        descriptors.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
        sources.append(source)
    }
}

/// The part to which a descriptor belongs.
private enum Source {
    case signals, link, waiter, outlets
    case reader(Int32)
    case input(Int)
    case answer(Int)
    case output(Int)
    case errors(Int)
    case idle(Int)
    case idleInput(Int)
    case idleErrors(Int)
}
