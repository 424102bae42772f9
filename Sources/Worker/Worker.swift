import Base
import CPosix
import Redis
import Shell
import WorkQueue

/// Leases items, runs a command for each, and tells Redis what became of it: one process that waits for everything at
/// once. Its parts are in the files beside this one.
///
/// Its functions are mutating even where they change nothing: the compiler takes seconds, and half a minute for the longest,
/// to check one that borrows so large a value without copies.
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
    /// Commands that are fed and have no item.
    var idle: [Command] = []
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
    /// The queues, which of them is asked next, and what answers told of them.
    var turns: Turns
    /// Ends what runs if this process is killed.
    var watch: Guard
    /// Asks whether the leases of what runs are held.
    var vigil: Vigil
    private var heartbeat: Heartbeat
    /// The standard descriptors that are pipes or sockets, whose readers are watched.
    var pipes: [Int32]

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
        // The answers of commands that are fed go no further.
        pipes = (work.isFed ? [STDERR_FILENO] : [STDOUT_FILENO, STDERR_FILENO]).filter { wq_is_pipe($0) }
        intake = Intake(work)
        self.work = work
        turns = work.turns
        self.watch = watch
        vigil = Vigil(work.duration)
        self.signals = signals
        self.schedule = schedule
        self.journal = journal
        launcher = Launcher(work)
        relay = Relay(hasStatus: journal.status.isThere, launcher)
        waiter = Waiter(work.turns.queues, server: server)
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
            if concludeIfDone(monotonic()) {
                if idle.isEmpty { break }
                retire(monotonic())
            }
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
            if jobs[index].command.tend(now) { tellOfRemains(jobs[index]) }
        }
        tendIdle(now)
        let before = held.count
        held.removeAll { $0.hasEnded(now) }
        taken -= before - held.count
        if !link.isUp { forget(now) }
        finishEnded()
        giveBackStalled(now)
        if schedule.tend(now, situation) {
            for index in jobs.indices { jobs[index].stop(.ending, at: now) }
            for index in idle.indices { idle[index].stop(.ending, at: now) }
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
    mutating func wakeAt(_ now: Int) -> Int {
        let (isUp, stock) = (link.isUp, stock)
        var next = min(now + Self.longestWait, heartbeat.wakeAt, journal.status.wakeAt(errors))
        next = min(next, intake.wakeAt(stock, at: now))
        if isUp, !link.isCounting { next = min(next, journal.status.countAt) }
        for job in jobs { next = min(next, job.wakeAt(now, mayRenew: isUp)) }
        for command in idle { next = min(next, command.wakeAt(now)) }
        for holding in held { next = min(next, holding.wakeAt(mayRenew: isUp)) }
        next = min(next, link.wakeAt(now), schedule.wakeAt(now, situation), isUp && !link.isOnVigil ? vigilAt : .max)
        return min(next, waiter.wakeAt(now, mayLook: isUp && !link.isLooking && room(stock, now) > 0))
    }

    /// The counts on which it depends how many leases to ask for.
    var stock: Intake.Stock {
        mutating get {
            let unready = idle.reduce(0) { sum, command in sum + (command.isReady ? 0 : 1) }
            var stock = Intake.Stock(running: jobs.count + unready, held: held.count, asked: link.asked, taken: taken)
            func count(_ holding: Holding) {
                if holding.lease.care != .none { stock.suspects += 1 }
                if holding.lease.care == .alone { stock.hasLone = true }
            }
            for job in jobs {
                for index in 0..<job.count { count(job[index]) }
            }
            stock.isAlone = stock.hasLone
            let begun = stock.suspects
            for holding in held { count(holding) }
            stock.unsuspected = held.count - (stock.suspects - begun)
            return stock
        }
    }

    /// How many more items the worker may lease.
    mutating func room(_ now: Int) -> Int { room(stock, now) }

    private mutating func room(_ stock: Intake.Stock, _ now: Int) -> Int {
        schedule.isEnding ? 0 : intake.room(stock, at: now)
    }

    /// The state of the worker, for the schedule.
    var situation: Schedule.Situation {
        mutating get {
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
    }

    /// Decides to end when the commands that run have ended.
    mutating func end(_ exit: Exit, _ failure: Failure? = nil) { schedule.end(exit, failure) }

    /// Decides to end soon, since a signal asks for it.
    mutating func terminate(_ signal: Int32) {
        let now = monotonic()
        if schedule.terminate(signal, at: now) {
            for index in jobs.indices { jobs[index].command.stopping.hurry(at: now) }
            for index in idle.indices { idle[index].stopping.hurry(at: now) }
        }
    }

    /// Whether everything is done, and Redis told.
    private mutating func concludeIfDone(_ now: Int) -> Bool {
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
}
