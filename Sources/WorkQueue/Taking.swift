import Base
import CPosix
import Redis

extension Session {
    /// Leases up to `request.count` items, waiting as asked, and hands them to `deliver` as they come. Leases that
    /// `deliver` fails on are released, uncharged, before its failure is thrown.
    package mutating func lease(
        _ request: LeaseRequest, deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> LeaseAnswer {
        var waiting = Waiting(request.wait, deadline: request.timeout.map { monotonic() + $0 })
        var recovery = Recovery()
        // Whether leases may have been delivered by what just failed. `leaseReady` and `adopt` recover by themselves.
        var isDelivering = false
        // How often what was to be leased was too large.
        var buried = 0
        while true {
            do throws(Failure) {
                let step = waiting.next(monotonic())
                switch step {
                case .giveUp(let answer): return answer
                case .lease, .look:
                    isDelivering = true
                    let grant = try leaseReady(request, deliver)
                    isDelivering = false
                    recovery.succeeded()
                    if case .gone = grant {
                        buried += 1
                        if buried > Self.mostBuried { throw Value.unexpected("so many items cannot be too large") }
                        waiting.hurry()
                        continue
                    }
                    guard case .nothing(let answer, let isPaused, let due) = grant else { return .leased }
                    waiting.found(answer, isPaused: isPaused, due: due, at: monotonic())
                case .block, .sleep:
                    if try prepare(&waiting) { continue }
                    guard let item = try pass(step) else { continue }
                    isDelivering = true
                    if try adopt(item, request, deliver) { return .leased }
                    isDelivering = false
                    waiting.hurry()
                }
            } catch {
                guard waiting.hasLooked, !isDelivering else { throw error }
                try recover(from: error, &recovery)
                waiting.hurry()
            }
        }
    }

    /// How many items that are too large are met in a row at most, one a call.
    private static var mostBuried: Int { 10_000 }

    /// Does what is worth it for a process that waits: loads the scripts that it will run over and over, and learns how
    /// many others wait.
    /// - Returns: whether that changed how long to wait.
    private mutating func prepare(_ waiting: inout Waiting) throws(Failure) -> Bool {
        if !isLoaded(.lease) { try load(.lease) }
        if !isLoaded(.adopt) { try load(.adopt) }
        guard waiting.isCountDue else { return false }
        append(["INFO", "clients"])
        do throws(Failure) {
            waiting.learn(waiting: waitingClients(try receive()))
        } catch {
            // It may not be permitted; then there may be many.
            guard error.exit == .notPermitted || error.exit == .unexpectedReply else { throw error }
            waiting.learn(waiting: nil)
        }
        return true
    }

    /// Waits as the step says.
    /// - Returns: the item that arrived meanwhile, which lies in Q:arriving.
    private mutating func pass(_ step: Waiting.Step) throws(Failure) -> Bytes? {
        switch step {
        case .block(let end):
            let span = max(1, end - monotonic())
            append(queue.blockingMove(within: span))
            return try Queue.arrival(try receive(longer: span, interruptibly: true))
        case .sleep(let end):
            Connection.sleep(max(1, end - monotonic()))
            return nil
        case .lease, .look, .giveUp: return nil
        }
    }

    /// Leases what is ready now. Many items are asked for in several calls that share round trips. The calls have a
    /// token, which the IDs end with: if the connection breaks, what they granted is found by it.
    private mutating func leaseReady(
        _ request: LeaseRequest, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> Grant {
        var call = try LeaseCall()
        var unasked = request.count
        var asked: [Int] = []
        var result = Grant.nothing(.nothing, paused: false, due: nil)
        var delivery = Delivery()
        var recovery = Recovery()
        while true {
            while unasked > 0, asked.count < Self.window {
                let count = min(unasked, Self.batch)
                send(.lease, request.arguments(count: count, token: call.token))
                asked.append(count)
                unasked -= count
            }
            guard !asked.isEmpty else { break }
            let count = asked.removeFirst()
            let grant: Grant
            do throws(Failure) {
                grant = try Grant(try receive())
            } catch {
                if error.cause == .forgottenScript {
                    // The other calls under way have their own answers, and this one is sent again, whole.
                    try recover(from: error, &recovery, keepsOthers: true)
                    unasked += count
                    continue
                }
                try recover(from: error, &recovery)
                let leases = try recall(call, request, except: delivery.seen)
                if !leases.isEmpty {
                    result = .leases(leases, more: 0)
                    delivery.hand(leases, deliver)
                }
                unasked = delivery.failure == nil ? max(0, request.count - delivery.seen.count) : 0
                asked = []
                call = try LeaseCall()
                continue
            }
            if case .leases(let leases, let more) = grant {
                result = grant
                delivery.hand(leases, deliver)
                unasked = more > 0 && delivery.failure == nil ? unasked + count - leases.count : 0
            } else {
                if case .nothing = result { result = grant }
                unasked = 0
            }
        }
        try finish(delivery)
        return result
    }

    /// The leases that a call granted though its answer was lost. It grants none afterwards.
    /// - Parameter seen: IDs of leases whose answers were not lost.
    private mutating func recall(
        _ call: LeaseCall, _ request: LeaseRequest, except seen: [Bytes]
    ) throws(Failure) -> [Lease] {
        var leases: [Lease] = []
        var skip = 0
        while true {
            let answer = try self.call(.recall, call.recalling(request.duration, skip)).list()
            leases += try Lease.read(answer, from: 1).filter { lease in !seen.contains { $0 == lease.id } }
            guard try answer.at(0).integer() == 1 else { return leases }
            skip += LeaseCall.batch
        }
    }

    /// Turns an item that arrived, and more if wanted, into leases.
    /// - Returns: whether there were any: someone else may have returned the item to the queue meanwhile.
    private mutating func adopt(
        _ item: Bytes, _ request: LeaseRequest, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        if request.stopsBeforeAdopting { raise(SIGSTOP) }
        let call = try LeaseCall()
        let command = request.arguments(count: min(request.count, Self.batch), token: call.token, adopting: item)
        var recovery = Recovery()
        var leases: [Lease] = []
        while leases.isEmpty {
            send(.adopt, command)
            do throws(Failure) {
                guard case .leases(let granted, _) = try Grant(try receive()) else { return false }
                leases = granted
            } catch {
                try recover(from: error, &recovery)
                // If it granted nothing the item is still there, until someone returns it.
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

    /// Releases what could not be delivered, and says why it could not.
    private mutating func finish(_ delivery: Delivery) throws(Failure) {
        guard var failure = delivery.failure else { return }
        let how = Release(delay: 0, isCharged: false, reason: Bytes("not delivered"))
        let lost = try settle(.release(how), delivery.undelivered)
        failure.message += " (leased and released again: \(delivery.undelivered.count - lost.count))"
        throw failure
    }
}

/// Leases on their way out, and those that could not be delivered since something failed.
private struct Delivery {
    private(set) var failure: Failure?
    private(set) var undelivered = ByteList()
    /// The IDs of all that were handed over.
    private(set) var seen: [Bytes] = []

    mutating func hand(_ leases: [Lease], _ deliver: ([Lease]) throws(Failure) -> Void) {
        for lease in leases { seen.append(lease.id) }
        if failure == nil {
            do throws(Failure) { try deliver(leases) } catch { failure = error }
        }
        if failure != nil {
            for lease in leases { undelivered.append(lease.id) }
        }
    }
}
