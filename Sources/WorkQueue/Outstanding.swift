import Base
import Redis

/// How the replies make up an answer.
package enum AnswerForm: Equatable, Sendable {
    /// One reply.
    case answer
    /// The reply to a script, the one to a write after it, and how many replicas have both: see `WQ_REPLICAS`.
    case acknowledgement
    /// The replies to MULTI, to that many commands, and to EXEC. The first command's result is the answer, or the
    /// first refusal.
    case transaction(commands: Int)
    /// The digest of a script that the server was to keep.
    case load(Script)
}

/// What Redis was asked and has not answered yet: a value that is fed the replies of a connection, one at a time and in
/// order, and says when they make up an answer.
package struct Outstanding<Tag> {
    /// A whole answer.
    package struct Answer {
        package var tag: Tag
        package var form: AnswerForm
        package var value: Value
        /// How many replicas have what was done; nil if that was not asked, or could not be told.
        package var replicas: Int?
    }

    private struct Question {
        let tag: Tag
        let form: AnswerForm
        /// How many replies still belong to it. One of them says nothing, if ASKING precedes the question.
        var missing: Int
        var value: Value?
        var isPreceded: Bool
    }

    /// Those without a whole answer, the oldest first. There are few, so that one is removed from the front quickly; none
    /// stays, since its answer may be large.
    private var questions: [Question] = []

    package init() {}

    package var isEmpty: Bool { questions.isEmpty }

    /// What was asked by each of the questions that have no whole answer, the oldest first.
    package var tags: [Tag] { questions.map { $0.tag } }

    package func contains(where matches: (Tag) -> Bool) -> Bool {
        questions.contains { matches($0.tag) }
    }

    package func isLoading(_ script: Script) -> Bool { questions.contains { $0.form == .load(script) } }

    /// Notes that something was asked.
    /// - Parameter asking: whether ASKING precedes it, whose reply says nothing.
    package mutating func expect(_ form: AnswerForm = .answer, asking: Bool = false, _ tag: Tag) {
        var replies = asking ? 1 : 0
        switch form {
        case .answer, .load: replies += 1
        case .acknowledgement: replies += 3
        case .transaction(let commands): replies += commands + 2
        }
        questions.append(Question(tag: tag, form: form, missing: replies, value: nil, isPreceded: asking))
    }

    /// Forgets all questions: their connection is gone.
    package mutating func removeAll() {
        questions.removeAll(keepingCapacity: true)
    }

    /// Takes the next reply.
    /// - Returns: the answer that it completes, if it does.
    /// - Throws: `.unexpectedReply` if nothing was asked, or a transaction's results are none.
    package mutating func take(_ reply: Value) throws(Failure) -> Answer? {
        guard !isEmpty else { throw Value.unexpected("nothing was asked") }
        var question = questions[0]
        question.missing -= 1
        var replicas: Int?
        if question.isPreceded {
            question.isPreceded = false
        } else {
            switch question.form {
            case .answer, .load: question.value = reply
            case .acknowledgement:
                if question.value == nil {
                    question.value = reply
                } else if question.missing == 0, case .integer(let number) = reply {
                    replicas = number
                }
            case .transaction:
                if question.missing == 0 {
                    if question.value == nil { question.value = reply.isError ? reply : try reply.list().at(0) }
                } else if reply.isError, question.value == nil {
                    question.value = reply
                }
            }
        }
        guard question.missing == 0, let value = question.value else {
            questions[0] = question
            return nil
        }
        questions.removeFirst()
        return Answer(tag: question.tag, form: question.form, value: value, replicas: replicas)
    }
}
