import CPosix
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue
@testable import Worker

@Suite struct StatusTests {
    /// What the outlet writes to a pipe.
    private func written(_ act: (inout Outlet) -> Void) -> String {
        var (reader, writer): (Int32, Int32) = (-1, -1)
        #expect(wq_pipe(&reader, &writer, true))
        var outlet = Outlet(writer)
        act(&outlet)
        outlet.flush()
        var room = Bytes(repeating: 0, count: 1000)
        let got = Descriptor(reader).read(into: &room)
        for end in [reader, writer] { close(end) }
        return String(decoding: room[..<got.count], as: UTF8.self).replacing("\r\u{1B}[K", with: "<")
    }

    @Test func theLineGoesOutOfTheWay() {
        let text = written { outlet in
            for text in ["one", "two"] {
                outlet.show(status: Bytes(text.utf8))
                outlet.flush()
            }
            outlet.write(Bytes("text\n"))
            outlet.write(Bytes("more\n"))
            outlet.flush()
            outlet.show(status: Bytes("three"))
            outlet.hideStatus()
            outlet.hideStatus()
        }
        #expect(text == "<one\r<two\r<text\nmore\n<three\r<")
    }

    @Test func theLineWaitsForTheEndOfAnother() {
        let text = written { outlet in
            outlet.write(Bytes("be"))
            outlet.flush()
            outlet.show(status: Bytes("one"))
            outlet.write(Bytes("gin\n"))
            // Something waits to be written.
            outlet.show(status: Bytes("two"))
            outlet.flush()
            outlet.write(Bytes("open"))
            outlet.endLine()
            outlet.endLine()
            outlet.flush()
            outlet.show(status: Bytes("three"))
        }
        #expect(text == "begin\nopen\n<three\r")
    }

    @Test func theEndOfAFileIsKnown() {
        for (text, isOpen) in [("ends\n", false), ("does not", true)] {
            _ = written { outlet in
                let file = withCString(Bytes("/tmp")) { wq_open_nameless($0) }
                #expect(Descriptor(file).write(Bytes(text.utf8)[...]).error == 0)
                outlet.write(file: file, of: text.utf8.count)
                #expect(outlet.isInLine == isOpen)
            }
        }
    }

    private func census(
        ready: Int = 0, leased: Int = 0, delayed: Int = 0, dead: Int = 0, now: Int = 0, _ totals: [(String, Int)] = []
    ) throws -> Census {
        var numbers = [ready, 0, leased, delayed, dead, 0, 0, 0, 0, 0, 0, 0, 0, 10, now]
        numbers[9] = ready + leased
        var answer: [Value] = [.bytes(Bytes("busy"))] + numbers.map { .integer($0) } + [.bytes(Bytes("epoch"))]
        for (name, count) in totals { answer += [.bytes(Bytes(name.utf8)), .bytes(Bytes("\(count)".utf8))] }
        return try Census(answer)
    }

    private func line(
        _ progress: inout Progress, _ census: Census, _ aside: Progress.Aside = .init(), width: Int? = nil
    ) -> String {
        String(decoding: progress.line(census, aside, width: width), as: UTF8.self)
    }

    @Test func onlyWhatIsLeftAtTheStartCounts() throws {
        let before = try census(ready: 4, dead: 1, [("completed", 95)])
        let after = try census(ready: 3, dead: 1, now: 1000, [("completed", 96)])
        var (whole, own) = (Progress(before), Progress(before, fromStart: true))
        #expect(line(&whole, after) == "97%  97/100 done  0 leased  1 dead  1/s  3s left")
        #expect(line(&own, after) == "25%  1/4 done  0 leased  1 dead  1/s  3s left")
        // The dead come back.
        #expect(
            line(&own, try census(ready: 5, now: 2000, [("completed", 95)])) == "0%  0/5 done  0 leased  0/s  grows")
    }

    @Test func whatOnlyWaitsHasNoTimeLeft() throws {
        var progress = Progress(try census(ready: 10))
        let waits = try census(delayed: 1, now: 10, [("completed", 9), ("released", 1)])
        var aside = Progress.Aside()
        #expect(line(&progress, waits) == "90%  9/10 done  0 leased  1 delayed  900/s")
        for (due, text) in [(2500, "3s"), (3000, "3s"), (1, "1s"), (0, "1s"), (-9, "1s"), (600_000, "10m")] {
            (aside.due, aside.failed) = (due, 2)
            #expect(
                line(&progress, waits, aside)
                    == "90%  9/10 done  0 leased  2 failed  1 to be retried in \(text)  0/s")
        }
        // No time is shorter than a second.
        progress = Progress(try census(ready: 1000))
        #expect(line(&progress, try census(ready: 1, now: 10, [("completed", 999)])).hasSuffix("1s left"))
    }

    @Test func aNarrowLineHasFewerPartsAndNoHalves() throws {
        let counts = try census(ready: 3, leased: 1, delayed: 1, dead: 1, [("completed", 4)])
        let whole = "50%  5/10 done  1 leased  1 dead  1 delayed  0/s  unknown left"
        for width in 1...120 {
            var progress = Progress(counts)
            let text = line(&progress, counts, width: width).replacing("\u{1B}[31m", with: "").replacing(
                "\u{1B}[m", with: "")
            #expect(text.utf8.count < width)
            let words = text.split(separator: "] ").last.map { String($0) } ?? ""
            #expect(whole.hasPrefix(words))
            #expect(words.isEmpty || whole == words || whole.dropFirst(words.count).hasPrefix("  "))
        }
    }

    @Test func aTallyLearnsTheLimitLater() {
        func tally(_ limit: Value?, _ attempts: [Int]) -> Tally {
            var tally = Tally(queues: 2)
            for (index, attempt) in attempts.enumerated() {
                if index == 2, let limit {
                    #expect(tally.queueWithoutLimit == 1)
                    tally.askedForLimit(of: 1)
                    #expect(tally.queueWithoutLimit == nil)
                    tally.learn(limit: limit, of: 1)
                }
                tally.note(Lease(id: [], attempt: attempt, item: [], queue: 1), .released(Release(reason: [])))
            }
            return tally
        }
        let attempts = [1, 3, 9, 10]
        #expect(tally(.list([.bytes(Bytes("3"))]), attempts).dead == 3)
        #expect(tally(.list([.bytes(Bytes("0"))]), attempts).dead == 0)
        #expect(tally(.list([.null]), attempts).dead == 1)
        #expect(tally(.list([.bytes(Bytes("many"))]), attempts).dead == 1)
        #expect(tally(.error(Bytes("NOPERM")), attempts).dead == 0)
        #expect(tally(nil, attempts).failed == 4)
    }

    @Test func aTallyCountsWhatIsCharged() {
        var tally = Tally(queues: 1)
        #expect(tally.isEmpty)
        let lease = Lease(id: [], attempt: 1, item: [])
        tally.note(lease, .released(Release(delay: 0, isCharged: false, reason: [])))
        #expect(!tally.isEmpty && tally.failed == 0 && tally.queueWithoutLimit == nil)
        tally.note(lease, .lost)
        tally.note(lease, .settled)
        tally.note(lease, .completed)
        tally.note(lease, .released(Release(isDead: true, reason: [])))
        #expect(tally.done == 1 && tally.failed == 2 && tally.dead == 1 && tally.queueWithoutLimit == nil)
        tally.note(lease, .released(Release(reason: [])))
        tally.askedForLimit(of: 0)
        tally.lostConnection()
        #expect(tally.queueWithoutLimit == 0)
    }
}
