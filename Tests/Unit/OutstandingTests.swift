import Testing

@testable import Base
@testable import Redis
@testable import WorkQueue

/// What replies make up, form by form.
@Suite struct OutstandingTests {
    private let okay = Value.bytes(Bytes("OK"))
    private let queued = Value.bytes(Bytes("QUEUED"))
    private let refusal = Value.error(Bytes("NOPERM no"))

    /// Feeds the replies, all but the last of which must make up nothing.
    private func answer(
        _ form: AnswerForm, asking: Bool = false, _ replies: [Value]
    ) throws -> Outstanding<Int>.Answer {
        var outstanding = Outstanding<Int>()
        outstanding.expect(form, asking: asking, 7)
        for reply in replies.dropLast() {
            #expect(try outstanding.take(reply) == nil)
            #expect(!outstanding.isEmpty && outstanding.tags == [7])
        }
        let answer = try #require(try outstanding.take(replies.last!))
        #expect(outstanding.isEmpty && outstanding.tags.isEmpty)
        #expect(answer.tag == 7 && answer.form == form)
        return answer
    }

    @Test func aPlainAnswerIsOneReply() throws {
        #expect(try answer(.answer, [.integer(3)]).value == .integer(3))
        #expect(try answer(.answer, [refusal]).value == refusal)
        #expect(try answer(.answer, [.null]).replicas == nil)
    }

    @Test func whatAskingIsAnsweredSaysNothing() throws {
        #expect(try answer(.answer, asking: true, [okay, .integer(3)]).value == .integer(3))
        #expect(try answer(.answer, asking: true, [refusal, .integer(3)]).value == .integer(3))
        let whole = try answer(.acknowledgement, asking: true, [okay, .integer(3), okay, .integer(2)])
        #expect(whole.value == .integer(3) && whole.replicas == 2)
    }

    @Test func anAcknowledgementEndsWithTheNumberOfReplicas() throws {
        let whole = try answer(.acknowledgement, [.list([]), okay, .integer(2)])
        #expect(whole.value == .list([]) && whole.replicas == 2)
        // A refusal has its two companions all the same.
        #expect(try answer(.acknowledgement, [refusal, okay, .integer(0)]).value == refusal)
        // WAIT may not be permitted.
        #expect(try answer(.acknowledgement, [.integer(1), okay, refusal]).replicas == nil)
    }

    @Test func aTransactionAnswersItsFirstResult() throws {
        let results = Value.list([.integer(1), .integer(2)])
        #expect(try answer(.transaction(commands: 2), [okay, queued, queued, results]).value == .integer(1))
    }

    @Test func aTransactionAnswersItsFirstRefusal() throws {
        let aborted = Value.error(Bytes("EXECABORT"))
        #expect(try answer(.transaction(commands: 2), [okay, refusal, queued, aborted]).value == refusal)
        #expect(try answer(.transaction(commands: 1), [refusal, queued, aborted]).value == refusal)
        #expect(try answer(.transaction(commands: 1), [okay, queued, aborted]).value == aborted)
    }

    @Test func aTransactionWithoutResultsIsUnexpected() {
        var outstanding = Outstanding<Int>()
        outstanding.expect(.transaction(commands: 1), 1)
        #expect(throws: Failure.self) { for reply in [okay, queued, .null] { _ = try outstanding.take(reply) } }
    }

    @Test func answersComeInTheOrderOfTheQuestions() throws {
        var outstanding = Outstanding<Int>()
        outstanding.expect(.answer, 1)
        outstanding.expect(.acknowledgement, 2)
        outstanding.expect(.answer, asking: true, 3)
        #expect(outstanding.contains { $0 == 3 } && !outstanding.contains { $0 == 4 })
        var tags: [Int] = []
        for reply in [Value.integer(1), .integer(2), okay, .integer(0), okay, .integer(3)] {
            if let answer = try outstanding.take(reply) {
                tags.append(answer.tag)
                #expect(answer.value == .integer(answer.tag))
            }
        }
        #expect(tags == [1, 2, 3] && outstanding.isEmpty)
    }

    @Test func whatNobodyAskedIsUnexpected() {
        var outstanding = Outstanding<Int>()
        #expect(#expect(throws: Failure.self) { try outstanding.take(.null) }?.exit == .unexpectedReply)
        outstanding.expect(.acknowledgement, 1)
        outstanding.removeAll()
        #expect(throws: Failure.self) { try outstanding.take(.null) }
    }
}
