import Base
import CPosix
import Redis
import WorkQueue

/// What a worker waits for: descriptors and signals.
extension Worker {
    /// Waits until a descriptor is ready or a part wants to be asked again, and handles what came.
    mutating func listen() {
        let now = monotonic()
        var descriptors = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
        var sources = [Source.signals]
        func watch(_ descriptor: Int32, _ events: Int32, _ source: Source) {
            descriptors.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
            sources.append(source)
        }
        if link.isUp {
            let hasMore = link.hasMoreToSend
            watch(link.session.connection.descriptor, hasMore ? POLLIN | POLLOUT : POLLIN, .link)
        }
        // Without events, the end of the reader is told all the same.
        for descriptor in pipes { watch(descriptor, 0, .reader(descriptor)) }
        if let descriptor = waiter.descriptor { watch(descriptor, POLLIN, .waiter) }
        if !output.isEmpty { watch(output.descriptor, POLLOUT, .outlets) }
        if !errors.isEmpty { watch(errors.descriptor, POLLOUT, .outlets) }
        if let descriptor = journal.waiting { watch(descriptor, POLLOUT, .outlets) }
        for (index, job) in jobs.enumerated() {
            let command = job.command
            if let input = command.input, input.descriptor >= 0 { watch(input.descriptor, input.events, .input(index)) }
            if let one = command.voice, one.descriptor >= 0 { watch(one.descriptor, POLLIN, .answer(index)) }
            if let one = command.errors, one.descriptor >= 0, !errors.isFull {
                watch(one.descriptor, POLLIN, .errors(index))
            }
            // It comes last and is read first: what a command prints to both mostly keeps its order then.
            if let one = command.output, one.descriptor >= 0, relay.isShared ? !errors.isFull : !output.isFull {
                watch(one.descriptor, POLLIN, .output(index))
            }
        }
        for (index, command) in idle.enumerated() {
            if let input = command.input, input.descriptor >= 0 { watch(input.descriptor, 0, .idleInput(index)) }
            if let one = command.voice, one.descriptor >= 0 { watch(one.descriptor, POLLIN, .idle(index)) }
            if let one = command.errors, one.descriptor >= 0, !errors.isFull {
                watch(one.descriptor, POLLIN, .idleErrors(index))
            }
        }
        let span = max(0, wakeAt(now) - now)
        if poll(&descriptors, nfds_t(descriptors.count), Int32(span)) <= 0 { return }
        for (index, source) in sources.enumerated().reversed() where descriptors[index].revents != 0 {
            switch source {
            case .signals: hearSignals()
            case .link: hear(descriptors[index].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0)
            case .waiter: hearWaiter()
            case .outlets: flushOutlets()
            case .reader(let descriptor):
                pipes.removeAll { $0 == descriptor }
                cannotWrite(descriptor, EPIPE)
            case .input(let job):
                let isClosed = descriptors[index].revents & Int16(POLLERR) != 0
                jobs[job].command.write(at: monotonic(), isClosed: isClosed)
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

/// The part to which a descriptor belongs that is ready.
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
