import Base
import CPosix
import Redis

/// An item that is held, and by which ID.
package struct Lease: Equatable, Sendable {
    /// `<n>.<random>`: n counts up per queue.
    package var id: Bytes
    /// 1 for the first time the item is tried.
    package var attempt: Int
    package var item: Bytes

    /// Reads ID, attempt and item of each.
    package static func read(_ list: [Value], from start: Int) throws(Failure) -> [Lease] {
        var leases: [Lease] = []
        leases.reserveCapacity(list.count / 3)
        var index = start
        while index < list.count {
            leases.append(
                Lease(
                    id: try list.at(index).bytes(), attempt: try list.at(index + 1).integer(),
                    item: try list.at(index + 2).bytes()))
            index += 3
        }
        return leases
    }
}

/// What to lease, and how long to wait for it.
package struct LeaseRequest: Sendable {
    package enum Wait: Equatable, Sendable {
        case none
        case forever
        /// Until there is something, or the queue is drained.
        case untilDrained
    }

    /// How many items at most.
    package var count = 1
    /// For how long, in ms.
    package var duration = Defaults.lease.milliseconds
    package var owner: Bytes
    package var wait = Wait.none
    /// The longest wait, in ms.
    package var timeout: Int?
    /// Whether the process stops itself, as by SIGSTOP, between taking an item that it waited for and leasing it: a way
    /// to try what happens when it is killed there.
    package var stopsBeforeAdopting = false

    package init(owner: Bytes) { self.owner = owner }

    /// The arguments of a call of `lease`, or of `adopt`.
    /// - Parameters:
    ///   - count: how many items this call asks for.
    ///   - token: the call's token, see `LeaseCall`.
    ///   - item: the item that arrived, for `adopt`.
    package func arguments(count: Int, token: Bytes, adopting item: Bytes? = nil) -> ByteList {
        var list: ByteList = [.bytes(token), .number(count), .number(duration), .bytes(owner)]
        if let item { list.append(item) }
        return list
    }
}

/// How an attempt to lease ended.
package enum LeaseAnswer: Equatable, Sendable {
    case leased
    /// Nothing is to be had: others hold it, it is not due yet, or the queue is paused.
    case nothing
    /// There is nothing left to do.
    case drained
}

/// A lease script's answer.
package enum Grant {
    case leases([Lease], more: Int)
    /// ms until something is due; nil if nothing is.
    case nothing(LeaseAnswer, paused: Bool, due: Int?)
    case gone

    package init(_ value: Value) throws(Failure) {
        let list = try value.list()
        let state = try list.at(0).bytes()
        let number = try list.at(1).integer()
        let isPaused = state.equals("paused")
        if state.equals("leased") {
            self = .leases(try Lease.read(list, from: 2), more: try list.at(1).count())
        } else if state.equals("gone") {
            self = .gone
        } else if isPaused || state.equals("drained") || state.equals("busy") || state.equals("ready") {
            self = .nothing(
                state.equals("drained") ? .drained : .nothing, paused: isPaused, due: number < 0 ? nil : number)
        } else {
            throw Value.unexpected("a queue is in no such state")
        }
    }
}

extension Session {
    /// Leases up to `request.count` items, waiting as asked, and hands them to `deliver` as they come. Leases that
    /// `deliver` fails on are released, uncharged, before its failure is thrown.
    package mutating func lease(
        _ request: LeaseRequest, deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> LeaseAnswer {
        let deadline = request.timeout.map { monotonic() + $0 }
        var wait = Wait()
        while true {
            do throws(Failure) {
                if let answer = try look(request, deadline, &wait, deliver) { return answer }
            } catch {
                // What was delivered, or could not be, is told by who delivers.
                guard wait.looks > 0, !wait.isDelivering else { throw error }
                try recover(from: error, &wait.tries)
            }
        }
    }

    /// Leases, or waits a while for an item.
    /// - Returns: nil to look again.
    private mutating func look(
        _ request: LeaseRequest, _ deadline: Int?, _ wait: inout Wait, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> LeaseAnswer? {
        wait.isDelivering = true
        let grant = try take(request, deliver)
        wait.isDelivering = false
        wait.tries = Tries()
        guard case .nothing(let answer, let paused, let due) = grant else { return .leased }
        // All that was due has died; the next call returns more.
        if due == 0, !paused { return nil }
        if request.wait == .none || request.wait == .untilDrained && answer == .drained { return answer }
        let left = deadline.map { $0 - monotonic() } ?? Int.max
        if left <= 0 { return answer }
        wait.looks += 1
        if !isLoaded(.lease) { try load(.lease) }
        if !isLoaded(.adopt) { try load(.adopt) }
        if wait.looks % 8 == 1 { wait.tick = try patienceOfWaiters() }
        let span = max(1, min(left, paused ? Int.max : due ?? Int.max, wait.tick))
        if paused {
            _ = wq_poll(-1, 0, Int32(clamping: span), true)
        } else if let item = try arrival(within: span) {
            wait.isDelivering = true
            if try adopt(item, request, deliver) { return .leased }
            wait.isDelivering = false
        }
        return nil
    }

    /// How long a wait may last before it looks again, in ms, to see that the queue is drained, resumed, or has
    /// something due that was not there before. A second, but less where few wait: all together look no more than
    /// two hundred times a second.
    private mutating func patienceOfWaiters() throws(Failure) -> Int {
        var command = ByteList()
        command.append("INFO")
        command.append("clients")
        append(command)
        do throws(Failure) {
            let facts = ServerFacts(info: try receive().bytes(), settings: nil)
            return min(1000, max(80, 5 * ((facts.number("blocked_clients") ?? 200) + 1)))
        } catch {
            // It may not be permitted; then there may be many.
            guard error.exit == .notPermitted || error.exit == .unexpectedReply else { throw error }
            return 1000
        }
    }

    /// Leases what is ready now. Many items are asked for in several calls that share round trips. The calls have a
    /// token, which the IDs end with: if the connection breaks, what they granted is found by it.
    private mutating func take(
        _ request: LeaseRequest, _ deliver: ([Lease]) throws(Failure) -> Void
    ) throws(Failure) -> Grant {
        var call = try LeaseCall()
        var unasked = request.count
        var asked: [Int] = []
        var result = Grant.nothing(.nothing, paused: false, due: nil)
        var delivery = Delivery()
        var tries = Tries()
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
                if error.cause == .forgottenScript, tries.count < Tries.most {
                    // No more than one of each call under way, and then it is sent whole.
                    tries.count += 1
                    unasked += count
                    continue
                }
                try recover(from: error, &tries)
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

    /// Waits in Redis for an item, which then lies in Q:arriving; nil when the time is up.
    private mutating func arrival(within span: Int) throws(Failure) -> Bytes? {
        append(queue.blockingMove(within: span))
        switch try receive(longer: span, interruptibly: true) {
        case .bytes(let item): return item
        case .null: return nil
        default: throw Value.unexpected("BLMOVE answers an item or nothing")
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
        var tries = Tries()
        var leases: [Lease] = []
        while leases.isEmpty {
            send(.adopt, command)
            do throws(Failure) {
                guard case .leases(let granted, _) = try Grant(try receive()) else { return false }
                leases = granted
            } catch {
                try recover(from: error, &tries)
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

/// A waiting lease.
private struct Wait {
    /// How often it found nothing.
    var looks = 0
    /// How long to wait before looking again, in ms.
    var tick = 1000
    var tries = Tries()
    /// Whether leases may have been delivered by what just failed.
    var isDelivering = false
}

/// A lease or adopt that was sent. What it grants is found by its token, should the answer get lost.
package struct LeaseCall {
    package let token: Bytes
    /// In ms of the monotonic clock.
    package let started: Int

    package init() throws(Failure) {
        token = try randomHex(6)
        started = monotonic()
    }

    /// How many leases recall looks at in a call.
    package static var batch: Int { 1000 }

    /// The arguments of recall.
    /// - Parameters:
    ///   - duration: that of the leases, in ms.
    ///   - skip: how many leases were looked at.
    package func recalling(_ duration: Int, _ skip: Int) -> ByteList {
        var list = ByteList()
        list.append(token)
        list.append(monotonic() - started)
        list.append(duration)
        list.append(skip)
        list.append(Self.batch)
        return list
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

/// ms as Redis wants a timeout: seconds with three decimals. One ms would be none, and for ever, to Redis 6.2.
package func seconds(_ span: Int) -> Bytes {
    let span = max(2, span)
    let thousandths = "\(1000 + span % 1000)".utf8.dropFirst()
    return Bytes("\(span / 1000).".utf8) + Bytes(thousandths)
}
