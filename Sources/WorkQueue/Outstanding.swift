import Base
import Redis

/// Which replies make up an answer.
package enum AnswerForm: Equatable, Sendable {
    /// One reply is the answer.
    case answer
    /// The reply to a script is the answer. The reply to a write follows, then that to WAIT, which says how many replicas
    /// have both: see `WQ_REPLICAS`.
    case acknowledgement
    /// The replies are those to MULTI, to this many commands, and to EXEC. The answer is the first refusal or, if there is
    /// none, the result of the first command.
    case transaction(commands: Int)
}

/// The questions that Redis has not answered yet, as a value: the caller hands it the replies of a connection, one at a
/// time and in order, and it says when they make up an answer.
package struct Outstanding<Tag> {
    /// A whole answer.
    package struct Answer {
        package var tag: Tag
        package var form: AnswerForm
        package var value: Value
        /// How many replicas have the change; nil if that was not asked, or Redis did not say it.
        package var replicas: Int?
    }

    private struct Question {
        let tag: Tag
        let form: AnswerForm
        /// How many replies are still to come, that to ASKING among them.
        var missing: Int
        /// The answer, once its reply has come.
        var value: Value?
        /// Whether the next reply is that to ASKING, which says nothing.
        var isPreceded: Bool
    }

    /// The questions without a whole answer, the oldest first. They are few, so that removing the first is quick. An
    /// answered question is removed at once, since its answer may be large.
    private var questions: [Question] = []

    package init() {}

    package var isEmpty: Bool { questions.isEmpty }

    /// The tags of the questions that have no whole answer, the oldest first.
    package var tags: [Tag] { questions.map { $0.tag } }

    package func contains(where matches: (Tag) -> Bool) -> Bool {
        questions.contains { matches($0.tag) }
    }

    /// Notes that a question was sent.
    /// - Parameter asking: whether ASKING precedes the question; the reply to it says nothing.
    package mutating func expect(_ form: AnswerForm = .answer, asking: Bool = false, _ tag: Tag) {
        var replies = asking ? 1 : 0
        switch form {
        case .answer: replies += 1
        case .acknowledgement: replies += 3
        case .transaction(let commands): replies += commands + 2
        }
        questions.append(Question(tag: tag, form: form, missing: replies, value: nil, isPreceded: asking))
    }

    /// Forgets all questions, because their connection is gone.
    package mutating func removeAll() {
        questions.removeAll(keepingCapacity: true)
    }

    /// Takes the next reply.
    /// - Returns: the answer that the reply completes; nil if more replies belong to it.
    /// - Throws: `.unexpectedReply` if nothing was asked, or if EXEC answers no list of results.
    package mutating func take(_ reply: Value) throws(Failure) -> Answer? {
        guard !isEmpty else { throw Value.unexpected("nothing was asked") }
        var question = questions[0]
        question.missing -= 1
        var replicas: Int?
        if question.isPreceded {
            question.isPreceded = false
        } else {
            switch question.form {
            case .answer: question.value = reply
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
