import Base
import CPosix
import Redis
import Shell
import WorkQueue

/// Leases items, runs a command for each, and tells Redis what became of it: one process that waits for everything at
/// once. Its parts are in the files beside this one.
struct Worker: ~Copyable {
    let work: Work
    let signals: Signals
    var link: Link
    var waiter: Waiter
    var launcher: Launcher
    let relay: Relay
    var journal: Journal
    var output = Outlet(STDOUT_FILENO)
    var errors = Outlet(STDERR_FILENO)
    var jobs: [Job] = []
    /// Items that are leased and not begun.
    var held: [Holding] = []
    /// Outcomes that are still to be sent to Redis.
    var outcomes: [Outcome] = []
    /// Calls that told outcomes, and whose answers were lost.
    var lostSettlings: [Settling] = []
    /// Calls for leases whose answers were lost.
    var lostCalls: [LeaseCall] = []
    /// Items that were leased so far.
    var taken = 0
    var intake: Intake
    var schedule: Schedule
    /// The epoch and the numbers that answers told of the queue.
    var sighting = Sighting()
    /// Ends what runs if this process is killed.
    var watch: Guard
    /// Asks whether the leases of what runs are held.
    var vigil: Vigil
    private var heartbeat: Heartbeat
    /// The standard descriptors that are pipes or sockets, whose readers are watched.
    private var pipes = [STDOUT_FILENO, STDERR_FILENO].filter { wq_is_pipe($0) }

    /// How long the loop waits at most before it looks at everything, in ms.
    private static var longestWait: Int { 60_000 }
    /// How long a reader may take for a part of the last messages, in ms.
    private static var lastPatience: Int32 { 2000 }
    /// How long Redis may take for an answer at least, in ms, however short leases are.
    private static var leastPatience: Int { 1000 }

    init(
        _ work: Work, _ session: consuming Session, server: Server, signals: Signals, _ watch: Guard,
        _ heartbeat: Heartbeat, _ journal: Journal
    ) {
        let schedule = Schedule(work, absence: session.server.connectTimeout, start: monotonic())
        self.heartbeat = heartbeat
        intake = Intake(work)
        self.work = work
        self.watch = watch
        vigil = Vigil(work.duration)
        self.signals = signals
        self.schedule = schedule
        self.journal = journal
        launcher = Launcher(work, queue: session.queue.name)
        relay = Relay(hasStatus: journal.status.isThere, launcher)
        waiter = Waiter(session.queue, server: server)
        link = Link(session, patience: max(Self.leastPatience, Holding.interval(work.duration)))
        wq_adopt_strays()
    }

    /// Works until the worker has ended.
    /// - Returns: the exit status. What it means was told.
    mutating func run() -> Exit {
        if watch.failure != 0 {
            let why = "nothing ends the commands if this worker is killed: \(describe(errno: watch.failure))"
            journal.tell("warning", why, to: &errors)
        }
        while true {
            tend(monotonic())
            launch()
            talk(monotonic())
            if hasConcluded(monotonic()) { break }
            listen()
        }
        watch.end()
        if situation.hasUntold {
            let why = "Redis could not be told what became of every item: some may be worked on again"
            journal.tell("error", why, to: &errors)
        }
        if let failure = schedule.ending?.failure { journal.tell("error", failure.message, to: &errors) }
        journal.conclude(to: &errors)
        errors.hideStatus()
        errors.flush()
        while !errors.isEmpty, wq_poll(errors.descriptor, Int16(POLLOUT), Self.lastPatience, false) > 0 {
            errors.flush()
        }
        return schedule.ending?.exit ?? .done
    }

    /// Does all that is due by the clock.
    private mutating func tend(_ now: Int) {
        for index in jobs.indices {
            if let why = jobs[index].mustStop(now) { jobs[index].stop(why, at: now) }
            let wasStubborn = jobs[index].stopping.isStubborn
            jobs[index].tend(now)
            if !wasStubborn, jobs[index].stopping.isStubborn { tellOfRemains(jobs[index]) }
        }
        let before = held.count
        held.removeAll { $0.hasEnded(now) }
        taken -= before - held.count
        if !link.isUp { forget(now) }
        finishEnded()
        if schedule.tend(now, situation) {
            for index in jobs.indices { jobs[index].stop(.ending, at: now) }
        }
        heartbeat.beat(now)
        if now >= journal.status.wakeAt(errors) {
            journal.status.draw(now, journal.own(now, running: jobs.count), to: &errors)
        }
    }

    /// Says that something outlives KILL: a process of another user, or one that hangs in the kernel.
    private mutating func tellOfRemains(_ job: Job) {
        let why = "what lease \(job.holding.lease.id.printable) started cannot be killed: the lease is kept meanwhile"
        journal.tell("error", why, to: &errors)
    }

    /// When the first of the parts wants to be asked again.
    private func wakeAt(_ now: Int) -> Int {
        let isUp = link.isUp
        var next = min(now + Self.longestWait, heartbeat.wakeAt, journal.status.wakeAt(errors), intake.wakeAt(now))
        if isUp, !link.isCounting { next = min(next, journal.status.countAt) }
        for job in jobs { next = min(next, job.wakeAt(now, mayRenew: isUp)) }
        for holding in held { next = min(next, holding.wakeAt(mayRenew: isUp)) }
        next = min(next, link.wakeAt(now), schedule.wakeAt(now, situation), isUp && !link.isOnVigil ? vigilAt : .max)
        return min(next, waiter.wakeAt(now, mayLook: isUp && !link.isLooking && room > 0))
    }

    /// The counts on which it depends how many leases to ask for.
    var stock: Intake.Stock {
        var stock = Intake.Stock(running: jobs.count, held: held.count, asked: link.asked, taken: taken)
        func count(_ holding: Holding) {
            if holding.lease.care != .none { stock.suspects += 1 }
            if holding.lease.care == .alone { stock.hasLone = true }
        }
        for job in jobs { count(job.holding) }
        stock.isAlone = stock.hasLone
        for holding in held { count(holding) }
        return stock
    }

    /// How many more items the worker may lease.
    var room: Int { schedule.isEnding ? 0 : intake.room(stock) }

    /// The state of the worker, for the schedule.
    var situation: Schedule.Situation {
        var situation = Schedule.Situation()
        (situation.running, situation.held, situation.taken) = (jobs.count, held.count, taken)
        situation.hasOutcomes = !outcomes.isEmpty || !lostSettlings.isEmpty
        situation.isSettling = link.settling > 0
        situation.isAsking = link.asked > 0 || !lostCalls.isEmpty || waiter.isBlocked
        situation.isPrinted = output.isEmpty && errors.isEmpty && journal.waiting == nil
        (situation.isUp, situation.isWaiting) = (link.isUp, waiter.isWaiting)
        if let outage = link.outage { situation.outage = (since: outage.since, failure: outage.failure) }
        return situation
    }

    /// Decides to end when the commands that run have ended.
    mutating func end(_ exit: Exit, _ failure: Failure? = nil) { schedule.end(exit, failure) }

    /// Decides to end soon, since a signal asks for it.
    private mutating func terminate(_ signal: Int32) {
        let now = monotonic()
        if schedule.terminate(signal, at: now) {
            for index in jobs.indices { jobs[index].stopping.hurry(at: now) }
        }
    }

    /// Whether everything is done, and Redis told.
    private mutating func hasConcluded(_ now: Int) -> Bool {
        guard schedule.isEnding, jobs.isEmpty, held.isEmpty else { return false }
        flushOutlets()
        switch schedule.conclude(now, situation) {
        case .notYet: return false
        case .done: return true
        case .look:
            look()
            hear(false)
            return false
        }
    }

    /// Waits until a descriptor is ready or a part wants to be asked again, and handles what came.
    private mutating func listen() {
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
            if let input = job.input, input.descriptor >= 0 { watch(input.descriptor, POLLOUT, .input(index)) }
            if let one = job.errors, one.descriptor >= 0, !errors.isFull {
                watch(one.descriptor, POLLIN, .errors(index))
            }
            // It comes last and is read first: what a command prints to both mostly keeps its order then.
            if let one = job.output, one.descriptor >= 0, relay.isShared ? !errors.isFull : !output.isFull {
                watch(one.descriptor, POLLIN, .output(index))
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
            case .input(let job): jobs[job].input?.write()
            case .output(let job):
                if relay.isShared {
                    jobs[job].output?.read(into: &errors)
                } else {
                    jobs[job].output?.read(into: &output)
                }
            case .errors(let job): jobs[job].errors?.read(into: &errors)
            }
        }
    }

    /// Writes as much output as its readers take now. Output that cannot be written ends the worker.
    mutating func flushOutlets() {
        output.flush()
        errors.flush()
        journal.flush()
        if output.failure != 0, work.capturesOutput { cannotWrite(STDOUT_FILENO, output.failure) }
        if errors.failure != 0, work.capturesErrors { cannotWrite(STDERR_FILENO, errors.failure) }
        if let failure = journal.failure { schedule.failed(failure) }
    }

    /// Ends when what runs has ended, since output goes nowhere.
    mutating func cannotWrite(_ descriptor: Int32, _ error: Int32) {
        let what: StaticString = descriptor == STDOUT_FILENO ? "cannot write the output" : "cannot write standard error"
        schedule.failed(.system(.inputOutput, "\(what)", errno: error))
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
        for job in jobs where job.goneAt == nil { job.process.send(SIGSTOP) }
        errors.hideStatus()
        errors.flush()
        wq_stop(isFromKernel)
        let now = monotonic()
        for index in jobs.indices { jobs[index].resume(at: now) }
    }

    private mutating func reap() {
        while let (process, status) = nextEnd() {
            // Others are strays, or the guard.
            if let index = jobs.firstIndex(where: { $0.process.id == process && $0.status == nil }) {
                jobs[index].status = status
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
    case output(Int)
    case errors(Int)
}
