import Base
import CPosix
import Redis
import WorkQueue

extension Worker {
    /// Sends Redis all that is due, in one round trip: outcomes, renewals, and calls for leases.
    mutating func talk(_ now: Int) {
        if !link.isUp {
            if link.mustPause(now) { return }
            // Meanwhile no command is stopped.
            link.retry(within: (jobs.compactMap { $0.firstEnd(now) }.min() ?? .max) - now)
            if !link.isUp { return }
        }
        if link.isStuck(now) {
            return lose(
                Failure(.unavailable, "Redis at \(link.session.server.address.text) does not answer", .disconnection))
        }
        askForLimit()
        if tellOutcomes() { waiter.waiting.lookSoon() }
        renew(now)
        keepVigil(now)
        recallLost()
        wait(now)
        // `wait` gives this connection up if it cannot open the one on which it waits.
        if !link.isUp { return }
        lease(now)
        count(now)
        hear(false)
    }

    /// Renews the leases that are due, and in the same calls, one a queue, those that would be due soon.
    private mutating func renew(_ now: Int) {
        if !jobs.contains(where: { $0.isDue(now) }), !held.contains(where: { $0.isDue(now) }) { return }
        for queue in 0..<turns.count { renew(now, queue) }
    }

    private mutating func renew(_ now: Int, _ queue: Int) {
        var leases = ByteList()
        func ask(_ holding: inout Holding) {
            if leases.count == Session.batch || holding.lease.queue != queue || !holding.isAlmostDue(now) { return }
            leases.append(holding.lease.id)
            holding.askedToRenew(at: now)
        }
        for job in jobs.indices {
            for index in 0..<jobs[job].count { ask(&jobs[job][index]) }
        }
        for index in held.indices { ask(&held[index]) }
        if leases.count == 0 { return }
        let settlement = Settlement.renew(work.duration)
        link.ask(.renew(leases, at: now), settlement.arguments(for: leases), in: turns[queue])
    }

    private mutating func lease(_ now: Int) {
        if waiter.isWaiting || schedule.isEnding { return }
        // What several calls bring may go to one command, which begins when all of them are answered. And which queue is asked
        // next depends on what the last one gave.
        if work.batch > 1 || turns.areSeveral, link.asked > 0 { return }
        repeat {
            let count = min(intake.wanted(stock, at: now), Session.batch)
            guard count > 0, let call = leaseCall(turns.next) else { return }
            let isBack = turns.isBack(call.queue, after: link.session.outages)
            link.ask(
                .lease(count: count, call),
                work.request.arguments(count: count, token: call.token, intake.hands(stock), isBack: isBack),
                in: turns[call.queue])
        } while work.batch > 1 && link.asked < Work.largestBatch
    }

    mutating func leaseCall(_ queue: Int) -> LeaseCall? {
        do throws(Failure) { return try LeaseCall(queue: queue) } catch {
            end(error.exit, error)
            return nil
        }
    }

    /// Finds out what calls granted whose answers were lost.
    private mutating func recallLost() {
        let calls = lostCalls
        lostCalls = []
        for call in calls { recall(call, skip: 0) }
    }

    private mutating func recall(_ call: LeaseCall, skip: Int) {
        link.ask(
            .recall(call, skip: skip), call.recalling(work.duration, skip: skip, patience: link.patience),
            in: turns[call.queue])
    }

    private mutating func recalled(_ call: LeaseCall, _ skip: Int, _ value: Value) throws(Failure) {
        let answer = try value.list()
        let leases = try Lease.read(answer, from: 1, queue: call.queue)
        if !leases.isEmpty { hold(leases, from: call.started) }
        if try answer.at(0).integer() == 1 { recall(call, skip: skip + LeaseCall.batch) }
    }

    /// Sends as much as the connection takes, and handles the answers that are there.
    /// - Parameter hasInput: whether there are bytes to read.
    mutating func hear(_ hasInput: Bool) {
        do throws(Failure) {
            link.transmit()
            guard hasInput else { return }
            try link.session.connection.absorb()
            // What an answer has the connection given up for, the others on it may say, too.
            while link.isUp, let answer = try link.next() { handle(answer) }
        } catch {
            lose(error)
        }
    }

    /// Gives up a connection that is of no use any more. Its requests without an answer are sent again on the next one.
    /// - Parameter decision: the decision about an error reply; nil if the connection failed.
    mutating func lose(_ failure: Failure, _ decision: Recovery.Decision? = nil) {
        if link.outage == nil { journal.tell("warning", failure.message, to: &errors) }
        let decision = decision ?? link.decide(after: failure, at: .connection)
        for (request, wasSent) in link.lose(failure, decision) {
            switch request {
            case .lease(_, let call), .adopt(_, _, let call): if wasSent { lostCalls.append(call) }
            case .recall(let call, _): lostCalls.append(call)
            case .settle(var settling):
                if wasSent { settling.call.wasLost() }
                lostSettlings.append(settling)
            case .look, .renew, .hold, .crowd, .census, .due, .limit, .any: break
            }
        }
        journal.lostConnection()
        waiter.close()
        schedule.lostConnection()
        renewAll(at: 0)
    }

    private mutating func renewAll(at time: Int) {
        for job in jobs.indices {
            for index in 0..<jobs[job].count { jobs[job][index].renew(at: time) }
        }
        for index in held.indices { held[index].renew(at: time) }
    }

    private mutating func handle(_ answer: Outstanding<Request>.Answer) {
        let (request, value) = (answer.tag, answer.value)
        if case .look(let queue) = request, queue == turns.count - 1 {
            // An error reply is an answer to the look, too.
            schedule.looked()
        }
        if case .any = request { return }
        if let reached = answer.replicas, !value.isError { warnIfFew(reached) }
        if case .crowd = request { return waiter.waiting.learn(Crowd(value)) }
        if case .hold(let leases) = request { return noteDropped(leases, value) }
        if noteForPerson(request, value) { return }
        do throws(Failure) {
            if case .error(let text) = value { return try handle(error: text, request) }
            switch request {
            case .lease(_, let call):
                turns.heard(call.queue, after: link.session.outages)
                try grant(try Grant(value, queue: call.queue), call)
            case .adopt(_, _, let call): try grant(try Grant(value, queue: call.queue), call)
            case .recall(let call, let skip): try recalled(call, skip, value)
            case .look(let queue): try noteLook(try Grant(value), queue)
            case .renew(let leases, let at): renewed(leases, at, try unsettled(value))
            case .settle(let settling): settled(try unsettled(value), settling)
            case .hold, .crowd, .census, .due, .limit, .any: break
            }
        } catch {
            end(error.exit, error)
        }
    }

    /// How long after a refusal a lease is renewed again, in ms.
    private static var renewalPause: Int { 1000 }

    /// Handles an error reply. The request is sent again if the error passes.
    /// - Throws: the failure that the reply stands for, if it does not pass.
    private mutating func handle(error text: Bytes, _ request: Request) throws(Failure) {
        var failure = link.session.failure(of: text)
        let decision = link.decide(after: failure, at: .reply)
        if link.outage == nil { waiter.namePrimary(in: &failure) }
        if case .giveUp = decision {
            if case .renew = request { renewAll(at: monotonic() + Self.renewalPause) }
            if case .settle(let settling) = request { tellRefused(settling) }
            // A session that may wait for answers finds out which key has the wrong type.
            if failure.exit == .badData { try waiter.checkTypes() }
            throw failure
        }
        if case .recall(let call, _) = request { lostCalls.append(call) }
        if case .settle(let settling) = request { lostSettlings.append(settling) }
        guard case .askAgain = decision else { return lose(failure, decision) }
        link.forgot(request, text)
        if case .adopt(let item, let count, let call) = request { adopt(item, count, call) }
        if case .renew = request { renewAll(at: 0) }
        if case .look = request { schedule.mustLookAgain() }
    }

    private mutating func grant(_ grant: Grant, _ call: LeaseCall) throws(Failure) {
        switch grant {
        case .leases(let leases, let more, let sign):
            turns.took(from: call.queue)
            _ = note(sign, call.queue)
            hold(leases, from: call.started)
            if more > 0 { waiter.waiting.hurry() }
        case .nothing(let answer, let hindrance, let due, let sign):
            intake.isLimited = hindrance == .limited
            try found(Turns.Nothing(answer, hindrance: hindrance, due: try spread(due, hindrance), sign), call.queue)
        case .gone: waiter.waiting.hurry()
        }
    }

    private mutating func hold(_ leases: [Lease], from at: Int) {
        taken += leases.count
        for lease in leases {
            let holding = Holding(lease, from: at, for: work.duration)
            // Calls that were under way at once may each have brought an item that is to be alone.
            if lease.care == .alone, stock.hasLone {
                giveBack(holding)
            } else {
                // A suspect does not wait behind what was leased ahead.
                held.insert(holding, at: lease.care == .few ? 0 : held.count)
            }
        }
        // An adopted item may have come beside the items that were asked for.
        while taken > work.maxItems, let one = held.popLast() { giveBack(one) }
        // The worker may have decided to end since the queue was drained, and now it is not.
        schedule.leased()
    }

    private mutating func noteLook(_ grant: Grant, _ queue: Int) throws(Failure) {
        guard case .nothing(let answer, let hindrance, let due, let sign) = grant else {
            throw Value.unexpected("a look leases nothing")
        }
        // An item is due that only a call for a lease brings back, and there is no wait that must be ended first.
        let mustHurry = due == 0 && waiter.waiting.isHindered
        try found(Turns.Nothing(answer, hindrance: hindrance, due: due, sign), queue)
        if mustHurry { waiter.waiting.hurry() }
    }

    /// Takes in that there is nothing to lease from a queue and, when all were asked, what that means.
    private mutating func found(_ nothing: Turns.Nothing, _ queue: Int) throws(Failure) {
        turns.goOn(after: link.session.outages)
        if link.session.node != nil, let failure = turns.failureInCluster { throw failure }
        let isKnown = note(nothing.sign, queue)
        guard let all = turns.found(nothing, in: queue) else { return }
        waiter.waiting.found(all.answer, all.hindrance, due: all.due, at: monotonic())
        if turns.areDoubtful { schedule.mustLookAgain() }
        guard isKnown, all.answer == .drained else { return }
        if turns.failureIfUnused == nil { warnOfUnused() }
        schedule.sawDrained(situation, dead: turns.dead, unused: turns.failureIfUnused)
    }

    /// Tells a person, once, of queues that may have other names.
    private mutating func warnOfUnused() {
        if schedule.isEnding || work.isForever { return }
        for queue in turns.unused {
            if let why = queue.failure(.unused) { journal.tell("warning", why.message, to: &errors) }
        }
    }

    /// Judges from an answer whether the queue is still the same one.
    /// - Returns: whether it is, or the worker goes on with whatever queue there is.
    private mutating func note(_ sign: Sign, _ queue: Int) -> Bool {
        let verdict = turns.judge(sign, in: queue)
        guard verdict != .unused, let failure = turns[queue].failure(verdict) else { return true }
        if work.isForever { journal.tell("warning", failure.message, to: &errors) }
        schedule.sawGone(failure, goesOn: work.isForever)
        return work.isForever
    }

    private mutating func renewed(_ leases: ByteList, _ at: Int, _ lost: [Unsettled]) {
        var next = Place(job: 0, index: 0)
        for index in 0..<leases.count {
            let id = leases[index]
            let isLost = lost.contains { $0.id.elementsEqual(id) }
            if let place = place(of: id, from: next) {
                next = Place(job: place.job, index: place.index + 1)
                if isLost {
                    jobs[place.job].lost(place.index, at: monotonic())
                } else {
                    jobs[place.job].renewed(place.index, at: at)
                }
            } else if let one = held.firstIndex(where: { $0.lease.id.elementsEqual(id) }) {
                if isLost {
                    held.remove(at: one)
                    taken -= 1
                } else {
                    held[one].renewed(at: at)
                }
            }
        }
    }

    /// Tells a person if fewer replicas have what was done than `WQ_REPLICAS` asks for.
    private mutating func warnIfFew(_ reached: Int) {
        guard reached < link.session.server.replicas else { return }
        journal.tell(
            "warning",
            "only \(reached) of \(link.session.server.replicas) replicas have what was done: a failover may lose it",
            to: &errors)
    }
}
