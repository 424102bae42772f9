import Testing

@testable import Base
@testable import Worker

/// What commands that are fed say, and when they are of use.
@Suite struct AnswerTests {
    private func answer(_ line: String) -> Answer? { Answer(Bytes(line.utf8)[...]) }

    @Test(arguments: [
        ("0", 0, ""), ("75", 75, ""), ("255", 255, ""), ("007", 7, ""), ("65 bad thing", 65, "bad thing"),
        ("65\tbad", 65, "bad"), ("65   bad ", 65, "bad "), ("1 ", 1, ""),
    ])
    func anAnswerIsAStatusAndPerhapsAReason(_ line: String, _ status: Int32, _ reason: String) throws {
        let seen = try #require(answer(line))
        #expect(seen.status == status && seen.reason == Bytes(reason.utf8))
    }

    @Test(arguments: ["", " ", " 0", "-1", "256", "99999999999999999999", "ok", "0x", "0\r", "0,1", "+1"])
    func anythingElseIsNone(_ line: String) {
        #expect(answer(line) == nil)
    }

    @Test func aReasonIsCut() throws {
        #expect(try #require(answer("1 " + String(repeating: "x", count: 5000))).reason.count == 200)
    }

    /// What comes of these pieces after an item was given.
    private func event(_ pieces: String..., asked: Bool = true) -> Answers.Event {
        var answers = Answers()
        if asked { answers.ask() }
        var event = Answers.Event.none
        for piece in pieces { event = answers.take(Bytes(piece.utf8)[...]) }
        return event
    }

    private var success: Answers.Event { answer("0").map { .answer($0) } ?? .none }

    @Test func aLineIsAnAnswerWhenItIsWhole() {
        #expect(event("0\n") == success)
        #expect(event("0") == .none)
        #expect(event("0", "\n") == success)
        #expect(event("6", "5 b", "ad\n") == .answer(answer("65 bad")!))
        #expect(event("") == .none)
    }

    @Test func whatIsNoAnswerIsNonsense() {
        #expect(event("ok\n") == .nonsense(.unreadable(Bytes("ok"))))
        #expect(event("\n") == .nonsense(.unreadable([])))
        #expect(event("ok\n0\n") == .nonsense(.unreadable(Bytes("ok"))))
        #expect(event("0\n0\n") == .nonsense(.twice))
        #expect(event("0\n0") == .nonsense(.twice))
        #expect(event("0\n", asked: false) == .nonsense(.unasked(Bytes("0"))))
        #expect(event("x", asked: false) == .nonsense(.unasked(Bytes("x"))))
        #expect(event("", asked: false) == .none)
    }

    @Test func aLineThatDoesNotEndIsNonsenseAndLittleOfItIsTold() {
        let long = String(repeating: "x", count: 4096)
        #expect(event(long) == .none)
        #expect(event(long, "x") == .nonsense(.unreadable(Bytes(String(repeating: "x", count: 60).utf8))))
    }

    @Test func anItemHasOneAnswerAndTheNextOneItsOwn() {
        var answers = Answers()
        func take(_ text: String) -> Answers.Event { answers.take(Bytes(text.utf8)[...]) }
        answers.ask()
        var seen = [take("0\n")]
        #expect(!answers.isAsked)
        answers.ask()
        seen.append(take("0\n"))
        seen.append(take("0\n"))
        // What follows nonsense does not count.
        answers.ask()
        seen.append(take("0\n"))
        #expect(seen == [success, success, .nonsense(.unasked(Bytes("0"))), .none])
    }
}

/// When a command that is fed can have another item, and when it must have ended. Its process does not exist.
@Suite struct CommandTests {
    private func command(_ change: (inout Command) -> Void = { _ in }) -> Command {
        var command = Command(slot: 1, process: Process(id: .max), stopping: Stopping(grace: 3000))
        change(&command)
        return command
    }

    @Test func aCommandWithoutAnInputIsNotReady() {
        #expect(!command().isReady)
    }

    @Test func aCommandWhoseInputHasEndedIsStoppedAfterItsGrace() {
        var command = command { $0.retire(until: 5000) }
        #expect(command.wakeAt(1000) == 5000)
        command.retire(until: 9000)
        command.tend(4999)
        #expect(command.stop == nil)
        command.tend(5000)
        #expect(command.stop == .ending)
    }

    @Test func aCommandThatClosedItsPipesHasASecondToEnd() {
        var closed = command { $0.ask(Bytes("x\n"), at: 1000) }
        #expect(closed.wakeAt(1000) == .max)
        closed.input = Feeding(-1, nil)
        closed.ask(Bytes("x\n"), at: 1000)
        #expect(closed.wakeAt(1000) == 2000)
        closed.tend(1999)
        #expect(closed.stop == nil)
        closed.tend(2000)
        #expect(closed.stop == .nonsense && closed.nonsense == .closed)
        // At the end it has its grace.
        var retired = command { $0.input = Feeding(-1, nil) }
        retired.ask(Bytes("x\n"), at: 1000)
        retired.retire(until: 9000)
        #expect(retired.wakeAt(1000) == 9000)
    }

    @Test func aCommandThatHasEndedIsNotStoppedForThat() {
        var command = command { $0.retire(until: 5000) }
        command.status = .exited(0)
        command.tend(5000)
        #expect(command.stop == nil)
        #expect(command.wakeAt(1000) == 1000 + Process.lookInterval)
        command.goneAt = 2000
        #expect(command.wakeAt(2000) == .max)
    }
}
