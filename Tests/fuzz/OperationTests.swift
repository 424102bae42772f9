import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue
@testable import Worker

/// The reply decoder, and what every operation makes of replies, with a server that makes them up. What can go wrong here
/// is a crash, or an operation that does not end; which failure it is, if it is one, does not matter.
extension FuzzTests {
    @Suite struct Operations {
        @Test func operationsEndWhateverIsAnswered() throws {
            let server = LyingServer()
            defer { server.end() }
            let there = try Self.impatient(server)
            let queue = try Queue(Array("job".utf8))
            cases("operations", share: 0.5) { random, number in
                let operation = random.number(0..<Self.answers.count)
                server.begin(number, Self.answers[operation])
                do throws(Failure) {
                    var session = try Session(queue, there, once: true)
                    session.patience = 10
                    for _ in 0..<3 { try Self.operate(operation, there, &session, &random) }
                } catch {
                    let known: [Exit] = [
                        .no, .badData, .unavailable, .tryAgain, .unexpectedReply, .notPermitted, .badConfiguration,
                    ]
                    #expect(known.contains(error.exit) && !error.message.isEmpty, "\(place()): \(error)")
                }
            }
        }

        /// The server, and few ms for each try to reach it.
        private static func impatient(_ lying: LyingServer) throws -> Server {
            var server = Server(try Address(url: Array("unix://\(lying.path)".utf8)))
            server.connectTimeout = 5
            server.commandTimeout = 10
            return server
        }

        /// What each is answered, in turn.
        private static let answers: [[Answers.Kind]] = [
            [.nothing, .status, .word, .facts, .leases], [.settled], [.settled], [.settled], [.pushed], [.census],
            [.entries],
            [.settings], [.numbers, .page, .number], [.word, .numbers], [.number, .page],
            [.facts, .settings, .census, .survey, .entries],
            [.survey], [.entries, .numbers], [.settled], [.steps], [.steps], [.error, .page],
        ]

        /// One of the operations.
        private static func operate(
            _ operation: Int, _ there: Server, _ session: inout Session, _ random: inout Random
        ) throws(Failure) {
            var ids = ByteList()
            for _ in 0..<random.number(1..<4) { ids.append("1.0123456789ab") }
            switch operation {
            case 0:
                var request = LeaseRequest(owner: Array("owner".utf8))
                request.count = random.pick([1, 1, 3, 300])
                request.wait = random.pick([.none, .forever, .untilDrained])
                request.timeout = 3
                var turns = Turns([try Queue(Array("job".utf8))], turn: nil)
                _ = try session.lease(request, from: &turns) { leases in
                    for lease in leases { for format in formats { _ = shown(lease, format) } }
                }
            case 1: _ = try session.settle(.complete, ids)
            case 2: _ = try session.settle(.renew(1000), ids)
            case 3: _ = try session.settle(.release(Release(reason: random.bytes(5))), ids)
            case 4:
                var request = PushRequest()
                request.name = random.once(in: 3) ? Array("night".utf8) : nil
                request.once = random.pick([nil, 0, 5])
                request.seals = random.once(in: 3)
                request.place = random.pick([.back, .front, .delay(5)])
                var input = Input(operands: ids)
                _ = try session.push(from: &input, request)
            case 5:
                let census = try session.census()
                var progress = Progress(census)
                _ = progress.line(try session.census(), width: random.pick([nil, 0, 20, 80]))
                var output = Output(descriptor: -1)
                let fields = StatisticsFormat.fields(naming: true, totals: true)
                for format in [fields, .json, .prometheus(workers: [1])] {
                    write([(queue: session.queue, census: census)], as: format, to: &output)
                }
                _ = (census.difference, census.left, census.oldestReady)
            case 6:
                // Pages may come for ever.
                var pages = 0
                let state = random.pick(State.allCases)
                try session.list(state, limit: 1000, sha224: Self.same) { (entries) throws(Failure) in
                    pages += 1
                    Self.show(entries)
                }
            case 7: _ = try session.configure([])
            case 8: _ = try session.reap(orphanAfter: 0, strays: random.once(in: 2), sha224: Self.same)
            case 9: _ = try session.retry(random.once(in: 2) ? .ids(ids) : .matching([], reason: []), rate: nil)
            case 10: _ = try session.purge(force: false)
            case 14: _ = try session.drop(ids)
            case 15:
                let choice = Choice(random.pick([.ready, .delayed, .dead]), text: random.bytes(2), reason: [])
                if random.once(in: 2) {
                    _ = try session.drop(choice)
                } else {
                    try session.preview(choice) { (entries) throws(Failure) in Self.show(entries) }
                }
            case 16: _ = try session.preview(ids) { (entries) throws(Failure) in Self.show(entries) }
            case 11:
                let facts = try session.connection.facts(timeout: 10)
                let remedies = Remedies(url: nil, there.address, isCluster: false)
                _ = (facts.software, facts.findings(replicas: 1, remedies))
                _ = try session.findings(facts, remedies, unfinished: [], sha224: Self.same)
            case 12:
                _ = (try session.survey(.leased, long: 1, many: 1), try session.strays())
                _ = (try session.reasons(), try session.workers())
            case 13: _ = try session.holds()
            default: _ = try Keyspace(there, &session.connection, queues: true, items: true)
            }
        }

        private static func show(_ entries: [Entry]) {
            for entry in entries { _ = (entry.item.escaped, entry.time.map { roughly(abs($0)) }) }
        }

        /// In place of the SHA-224: what is answered depends on no name.
        private static func same(_ item: ArraySlice<UInt8>) -> Bytes { Bytes(item) }

        private static let formats: [Format] = [.line(end: 0x0A, isTerminal: true), .sh(isTerminal: true), .json]

        private static func shown(_ lease: Lease, _ format: Format) -> Format.Objection? {
            var output = Output(descriptor: -1)
            format.write(lease, to: &output)
            return format.objection(to: lease.item)
        }

        /// What a worker makes of replies: it asks without waiting.
        @Test func aWorkersLinkEndsWhateverIsAnswered() throws {
            let server = LyingServer()
            defer { server.end() }
            let there = try Self.impatient(server)
            let queue = try Queue(Array("job".utf8))
            cases("links", share: 0.2) { random, number in
                server.begin(number, [.leases, .nothing, .settled, .word])
                do throws(Failure) {
                    let session = try Session(queue, there, once: true)
                    var link = Link(session, patience: 10)
                    var waiter = Waiter([queue], server: there)
                    try waiter.beginBlock(0, nil)
                    for _ in 0..<4 {
                        link.ask(.lease(count: 1, try LeaseCall()), ByteList(), in: queue)
                        link.ask(.look(0), ByteList(), in: queue)
                        link.ask(.renew(ByteList(), at: 0), ByteList(), in: queue)
                        link.transmit()
                        try link.session.connection.absorb()
                        while let answer = try link.next() {
                            let (request, value) = (answer.tag, answer.value)
                            waiter.waiting.learn(Crowd(value))
                            switch request {
                            case .lease, .look:
                                if case .nothing(let answer, let hindrance, let due, _) = try Grant(value) {
                                    waiter.waiting.found(answer, hindrance, due: due, at: 0)
                                }
                            default: _ = try unsettled(value)
                            }
                        }
                        if let item = try waiter.arrival() { _ = item.escaped }
                        if random.once(in: 2) { _ = link.isStuck(0) }
                    }
                } catch {
                    #expect(!error.message.isEmpty, "\(place())")
                }
            }
        }

        /// Error replies and redirections, by themselves.
        @Test func errorRepliesAreFailures() {
            cases("errors") { random, _ in
                var answers = Answers(random: random)
                let text = Array(answers.bytes().prefix(200)) + random.bytes(30, of: "MOVEDASK 0123456789.:[]\0-")
                let failure = failure(ofOperation: text)
                #expect(failure.exit.rawValue >= 64 && !failure.message.isEmpty, "\(place())")
                if let redirection = Redirection(text) {
                    #expect(redirection.port > 0 && redirection.port < 65536, "\(place())")
                    _ = redirection.endpoint(seenFrom: .unix(path: Array("/s".utf8)))
                }
            }
        }
    }
}
