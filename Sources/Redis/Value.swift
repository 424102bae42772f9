import Base

/// What Redis answered, copied out of the connection.
package enum Value: Equatable, Sendable {
    case bytes(Bytes)
    case integer(Int)
    case list([Value])
    case null
    /// An error reply, whole: `WRONGTYPE Operation against ...`.
    case error(Bytes)

    package var isError: Bool { if case .error = self { true } else { false } }

    /// The list, or the failure that says that it was none.
    package func list() throws(Failure) -> [Value] {
        if case .list(let values) = self { return values }
        throw Value.unexpected("a list was expected")
    }

    package func bytes() throws(Failure) -> Bytes {
        if case .bytes(let bytes) = self { return bytes }
        throw Value.unexpected("text was expected")
    }

    package func integer() throws(Failure) -> Int {
        if case .integer(let number) = self { return number }
        throw Value.unexpected("a number was expected")
    }

    /// The number of some things: by default as many as a key of Redis can have elements. What is counted with does not
    /// overflow then.
    package func count(most: Int = Int(UInt32.max)) throws(Failure) -> Int {
        let number = try integer()
        if number >= 0, number <= most { return number }
        throw Value.unexpected("so many there cannot be")
    }

    package static func unexpected(_ why: String) -> Failure {
        Failure(.unexpectedReply, "Redis gave an answer that makes no sense here: \(why)")
    }
}

extension [Value] {
    /// The element, or the failure that says that there is none.
    package func at(_ index: Int) throws(Failure) -> Value {
        if index < count { return self[index] }
        throw Value.unexpected("the list is too short")
    }
}

/// An error reply without what it repeats of the command, which may be a password, or an item that looks like an error:
/// `ERR unknown command 'AUTH', with args beginning with: ...`.
func withoutArguments(_ text: Bytes) -> Bytes {
    let mark: StaticString = ", with args beginning with"
    return text.end(of: mark).map { Bytes(text[..<($0 - mark.utf8CodeUnitCount)]) } ?? text
}
