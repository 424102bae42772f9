import Base

/// A reply of Redis, copied out of the connection.
package enum Value: Equatable, Sendable {
    case bytes(Bytes)
    case integer(Int)
    case list([Value])
    case null
    /// An error reply, whole: `WRONGTYPE Operation against ...`.
    case error(Bytes)

    package var isError: Bool { if case .error = self { true } else { false } }

    /// The elements of a list.
    /// - Throws: `.unexpectedReply` if the reply is no list; so do `bytes` and `integer` for other types.
    package func list() throws(Failure) -> [Value] {
        if case .list(let values) = self { return values }
        throw Value.unexpected("a list was expected")
    }

    /// The elements of a list that has so many.
    package func list(of count: Int) throws(Failure) -> [Value] {
        let values = try list()
        if values.count == count { return values }
        throw Value.unexpected("a list of \(count) was expected")
    }

    /// The bytes of a string.
    package func bytes() throws(Failure) -> Bytes {
        if case .bytes(let bytes) = self { return bytes }
        throw Value.unexpected("text was expected")
    }

    /// The number that an integer reply is.
    package func integer() throws(Failure) -> Int {
        if case .integer(let number) = self { return number }
        throw Value.unexpected("a number was expected")
    }

    /// The largest number up to which a double, as which Redis keeps scores and Lua numbers, holds each whole number.
    package static var largestExact: Int { 1 << 53 }

    /// The number, brought to the nearest one from `-largestExact` to `largestExact`: a score that somebody set may be
    /// infinite. Sums of such numbers do not overflow.
    package func bounded() throws(Failure) -> Int {
        max(-Value.largestExact, min(Value.largestExact, try integer()))
    }

    /// A time of Redis' clock, in ms since 1970.
    /// - Throws: `.unexpectedReply` for another type, or a number that no clock of Redis tells.
    package func time() throws(Failure) -> Int { try count(most: Value.largestExact) }

    /// The number of some things.
    /// - Parameter most: the highest number that makes sense; by default as many as a key of Redis can have elements.
    /// - Throws: `.unexpectedReply` for another type, or a number that is negative or too high. Sums of counts do not
    ///   overflow then.
    package func count(most: Int = Int(UInt32.max)) throws(Failure) -> Int {
        let number = try integer()
        if number >= 0, number <= most { return number }
        throw Value.unexpected("a number is negative or too high")
    }

    package static func unexpected(_ why: String) -> Failure {
        Failure(.unexpectedReply, "Redis gave an answer that makes no sense here: \(why)")
    }
}

extension [Value] {
    /// The element with that index.
    /// - Throws: `.unexpectedReply` if the list is too short.
    package func at(_ index: Int) throws(Failure) -> Value {
        if index < count { return self[index] }
        throw Value.unexpected("the list is too short")
    }
}

/// An error reply without the arguments of the command that it repeats, which may be a password, or an item that looks like
/// an error: `ERR unknown command 'AUTH', with args beginning with: ...`.
func withoutArguments(_ text: Bytes) -> Bytes {
    let mark: StaticString = ", with args beginning with"
    return text.end(of: mark).map { Bytes(text[..<($0 - mark.utf8CodeUnitCount)]) } ?? text
}
