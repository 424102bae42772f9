import Base
import CPosix
import Redis

/// When to ask a queue again, in ms. All who are told that a rate is used up are told the same time: they come at random
/// moments of the second that follows.
/// - Throws: `.inputOutput` if the system gives no random bytes.
package func spread(_ due: Int?, _ hindrance: Hindrance) throws(Failure) -> Int? {
    guard let due, hindrance == .limited else { return due }
    return due + (try randomNumber(below: TimeUnit.second))
}

extension Session {
    /// Leases up to `request.count` items, waits for them as `request` says, and hands them to `deliver` as they come.
    /// If `deliver` fails, its leases are released without charging an attempt, and its failure is thrown.
    /// - Parameter turns: the queues from which they may come. The session's own becomes the one that was asked last.
    /// - Returns: `.leased` if there was at least one item, else why there was none.
    package mutating func lease(
        _ request: LeaseRequest, from turns: inout Turns, deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> LeaseAnswer {
        var request = request
        var waiting = Waiting(request.wait, deadline: request.timeout.map { monotonic() + $0 })
        var recovery = Recovery()
        // Whether the step that failed may have delivered leases. `leaseReady` and `adopt` recover by themselves.
        var isDelivering = false
        // How often what was to be leased was too large.
        var buried = 0
        // Why a queue is not the one that was seen first; a caller who waits for any item hears of it at the end only.
        var gone: Failure?
        var hasLeased = false
        while true {
            do throws(Failure) {
                let step = waiting.next(monotonic())
                switch step {
                case .giveUp(let answer):
                    if hasLeased { return .leased }
                    if answer == .drained, let failure = gone ?? turns.failureIfUnused { throw failure }
                    return answer
                case .lease, .look:
                    let place = turns.next
                    queue = turns[place]
                    isDelivering = true
                    let grant = try leaseReady(request, &turns, place) { (leases) throws(Failure) in
                        try deliver(leases)
                        request.count -= leases.count
                    }
                    isDelivering = false
                    turns.goOn(after: outages)
                    if node != nil, let failure = turns.failureInCluster { throw failure }
                    recovery.succeeded()
                    if case .gone = grant {
                        buried += 1
                        if buried > Self.mostBuried { throw Value.unexpected("so many items cannot be too large") }
                        waiting.hurry()
                        continue
                    }
                    guard case .nothing(let answer, let hindrance, let due, let sign) = grant else {
                        if request.count <= 0 || !turns.gaveAll(place) { return .leased }
                        hasLeased = true
                        continue
                    }
                    try note(turns.judge(sign, in: place), answer, request, &gone)
                    let nothing = Turns.Nothing(answer, hindrance: hindrance, due: try spread(due, hindrance), sign)
                    if let all = turns.found(nothing, in: place) {
                        if hasLeased { return .leased }
                        waiting.found(all.answer, all.hindrance, due: all.due, at: monotonic())
                    }
                case .block, .sleep, .leave:
                    if try prepare(&waiting) { continue }
                    queue = turns[turns.waitingPlace]
                    guard let item = try pass(step, waiting) else { continue }
                    isDelivering = true
                    if try adopt(item, request, turns.waitingPlace, deliver) { return .leased }
                    isDelivering = false
                    waiting.hurry()
                }
            } catch {
                guard waiting.hasLooked, !isDelivering else { throw error }
                try recover(from: error, &recovery)
                turns.goOn(after: outages)
                waiting.hurry()
            }
        }
    }

    /// Takes in what an answer without a lease tells of a queue.
    /// - Parameter gone: is set if the queue is not the one that was seen before, but the caller waits for an item of whatever
    ///   queue there will be.
    /// - Throws: `.noQueue` if the queue was never used, or is not the one that was seen before, and the caller does not.
    private mutating func note(
        _ verdict: Sighting.Verdict, _ answer: LeaseAnswer, _ request: LeaseRequest, _ gone: inout Failure?
    ) throws(Failure) {
        guard verdict != .unused, let failure = queue.failure(verdict) else { return }
        if request.wait != .forever { throw failure }
        if gone == nil { gone = failure }
    }

    /// How many items that are too large are met in a row at most, one a call.
    private static var mostBuried: Int { 10_000 }

    /// Asks how many clients wait, if it is time to.
    /// - Returns: whether that changed how long to wait.
    private mutating func prepare(_ waiting: inout Waiting) throws(Failure) -> Bool {
        guard waiting.isCountDue else { return false }
        append(["INFO", "clients"])
        do throws(Failure) {
            waiting.learn(Crowd(try receive()))
        } catch {
            // If this user may not run INFO, the number is unknown and may be large.
            guard error.exit == .notPermitted || error.exit == .unexpectedReply else { throw error }
            waiting.learn(Crowd())
        }
        return true
    }

    /// Waits as the step says.
    /// - Returns: the item that arrived meanwhile, which lies in Q:arriving.
    private mutating func pass(_ step: Waiting.Step, _ waiting: Waiting) throws(Failure) -> Bytes? {
        switch step {
        case .block(let end):
            let span = max(1, end - monotonic())
            append(queue.blockingMove(within: span))
            return try Queue.arrival(try receive(longer: span, interruptibly: true))
        case .sleep(let end):
            Connection.sleep(max(1, end - monotonic()))
            return nil
        case .leave(let end):
            try leave(until: end, waiting)
            return nil
        case .lease, .look, .giveUp: return nil
        }
    }

    /// Leaves the connection's place on the server to others until that time, or longer if there is none again then.
    private mutating func leave(until end: Int, _ waiting: Waiting) throws(Failure) {
        connection.hangUp()
        var end = end
        while true {
            Connection.sleep(max(1, end - monotonic()))
            do throws(Failure) { return try reconnect(once: true) } catch {
                guard error.cause == .busy, !waiting.isOver(monotonic()) else { throw error }
                end = monotonic() + Waiting.interval(waiting: nil)
            }
        }
    }

    /// Leases items that are ready now. For many items it sends several calls that share round trips. All calls have one
    /// token, with which the IDs of their leases end, so that `recall` finds these leases if the connection breaks.
    /// - Parameter place: the number of the queue.
    private mutating func leaseReady(
        _ request: LeaseRequest, _ turns: inout Turns, _ place: Int, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> Grant {
        var batches = Batches(try LeaseCall(queue: place), request.count)
        if batches.unasked > Self.batch { makeKnown(.lease) }
        var recovery = Recovery()
        while true {
            ask(&batches, request, isBack: turns.isBack(place, after: outages))
            guard !batches.asked.isEmpty else { break }
            let count = batches.asked.removeFirst()
            do throws(Failure) {
                let grant = try Grant(try receive(), queue: place)
                turns.heard(place, after: outages)
                batches.take(grant, of: count, deliver)
            } catch {
                let isForgotten = error.cause == .forgottenScript
                // The other calls under way get their own answers; only this one is sent again.
                try recover(from: error, &recovery, keepsOthers: isForgotten)
                if isForgotten { batches.unasked += count } else { try regain(&batches, request, deliver) }
            }
        }
        try finish(batches.delivery)
        return batches.result
    }

    /// Sends as many calls as may be under way at once.
    private mutating func ask(_ batches: inout Batches, _ request: LeaseRequest, isBack: Bool) {
        while batches.unasked > 0, batches.asked.count < Self.window {
            let count = min(batches.unasked, Self.batch)
            batches.hands.free = count
            send(
                .lease,
                request.arguments(count: count, token: batches.call.token, batches.hands, isBack: isBack))
            batches.hands.patience = Hands.endlessPatience
            batches.asked.append(count)
            batches.unasked -= count
        }
    }

    /// Goes on after a connection broke: delivers what its calls granted, and asks for the rest by other calls.
    private mutating func regain(
        _ batches: inout Batches, _ request: LeaseRequest, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) {
        let leases = try recall(batches.call, request, except: batches.delivery.seen)
        if !leases.isEmpty {
            batches.result = .leases(leases, more: 0, Sign())
            batches.delivery.hand(leases, deliver)
        }
        let isOver = batches.delivery.failure != nil
        batches.unasked = isOver ? 0 : max(0, request.count - batches.delivery.seen.count)
        batches.asked = []
        batches.call = try LeaseCall(queue: batches.call.queue)
    }

    /// Finds the leases that a call granted although its answer was lost, and keeps that call from granting any later.
    /// - Parameter seen: the IDs of the leases whose answers arrived.
    private mutating func recall(
        _ call: LeaseCall, _ request: LeaseRequest, except seen: [Bytes]
    ) throws(Failure) -> [Lease] {
        var leases: [Lease] = []
        var skip = 0
        while true {
            let arguments = call.recalling(request.duration, skip: skip, patience: patience)
            let answer = try self.call(.recall, arguments).list()
            leases += try Lease.read(answer, from: 1, queue: call.queue).filter { lease in
                !seen.contains { $0 == lease.id }
            }
            guard try answer.at(0).integer() == 1 else { return leases }
            skip += LeaseCall.batch
        }
    }

    /// Turns an item that arrived into a lease, and leases more items if the request asks for more.
    /// - Returns: whether anything was leased. Someone else may have returned the item to the queue meanwhile.
    private mutating func adopt(
        _ item: Bytes, _ request: LeaseRequest, _ place: Int, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        if request.stopsBeforeAdopting { raise(SIGSTOP) }
        let call = try LeaseCall(queue: place)
        let count = min(request.count, Self.batch)
        let hands = Hands(free: count, share: 0, patience: Hands.endlessPatience)
        let command = request.arguments(count: count, token: call.token, hands, adopting: item)
        var recovery = Recovery()
        var leases: [Lease] = []
        while leases.isEmpty {
            send(.adopt, command)
            do throws(Failure) {
                let grant = try Grant(try receive(), queue: call.queue)
                guard case .leases(let granted, _, _) = grant else { return false }
                leases = granted
            } catch {
                try recover(from: error, &recovery)
                // If the call granted nothing, the item lies in Q:arriving until someone returns it.
                if error.isDisconnection {
                    leases = try recall(call, request, except: [])
                    if leases.isEmpty { return false }
                }
            }
        }
        var delivery = Delivery()
        delivery.hand(leases, deliver)
        try finish(delivery)
        return true
    }

    /// Releases the leases that could not be delivered, and throws the failure that stopped the delivery.
    private mutating func finish(_ delivery: Delivery) throws(Failure) {
        guard var failure = delivery.failure else { return }
        let how = Release(delay: 0, isCharged: false, reason: Bytes("not delivered"))
        let lost = try settle(.release(how), delivery.undelivered)
        failure.message += " (leased and released again: \(delivery.undelivered.count - lost.count))"
        throw failure
    }
}
