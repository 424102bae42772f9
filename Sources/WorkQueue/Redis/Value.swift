/// What Redis answered, copied out of the connection.
public enum Value: Equatable, Sendable {
    case bytes(Bytes)
    case integer(Int)
    case list([Value])
    case null
    /// An error reply, whole: `WRONGTYPE Operation against ...`.
    case error(Bytes)

    var isError: Bool { if case .error = self { true } else { false } }

    /// The list, or the failure that says that it was none.
    public func list() throws(Failure) -> [Value] {
        if case .list(let values) = self { return values }
        throw Value.unexpected("a list was expected")
    }

    public func bytes() throws(Failure) -> Bytes {
        if case .bytes(let bytes) = self { return bytes }
        throw Value.unexpected("text was expected")
    }

    public func integer() throws(Failure) -> Int {
        if case .integer(let number) = self { return number }
        throw Value.unexpected("a number was expected")
    }

    /// The number of some things: by default as many as a key of Redis can have elements. What is counted with does not
    /// overflow then.
    func count(most: Int = Int(UInt32.max)) throws(Failure) -> Int {
        let number = try integer()
        if number >= 0, number <= most { return number }
        throw Value.unexpected("so many there cannot be")
    }

    static func unexpected(_ why: String) -> Failure {
        Failure(.unexpectedReply, "Redis gave an answer that makes no sense here: \(why)")
    }
}

extension [Value] {
    /// The element, or the failure that says that there is none.
    func at(_ index: Int) throws(Failure) -> Value {
        if index < count { return self[index] }
        throw Value.unexpected("the list is too short")
    }
}

/// The failure that an error reply stands for. Redis 6.2 wraps the errors of a script in a sentence of its own,
/// so that the code is looked for anywhere in it.
/// Codes: <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>
func failure(errorReply text: Bytes) -> Failure {
    func says(_ code: StaticString) -> Bool { text.end(of: code) != nil }
    let told = text.printable
    if says("WRONGTYPE") {
        return Failure(.badData, "a key of the queue has another type than wq gives it: \(told)")
    }
    if says("WQFORMAT") {
        return Failure(
            .badConfiguration,
            "the queue is kept in a format that this program does not know: use a newer wq (\(told))")
    }
    if says("CROSSSLOT") {
        return Failure(
            .badData, "in a cluster a queue's name needs a hash tag, {job2} instead of job2: \(told)")
    }
    if says("NOAUTH") || says("WRONGPASS") || says("NOPERM") || says("unauthenticated") || says("ERR invalid password")
        || says("user executing the script") || says("ACL failure in script")
    {
        var failure = Failure(.notPermitted, "Redis does not permit it: \(told)")
        failure.isUnauthenticated = !says("NOPERM") && !says("script")
        return failure
    }
    if says("DB index is out of range") {
        return Failure(.badConfiguration, "the address names a database that Redis does not have: \(told)")
    }
    if says("MOVED ") || says("ASK ") {
        return Failure(
            .tryAgain, "the cluster moved the queue to another node: \(told)", isTransient: false,
            redirection: Redirection(text))
    }
    if says("READONLY") || says("UNBLOCKED") {
        var failure = Failure(
            .tryAgain, "this Redis is a replica and takes no writes: connect to its primary (\(told))")
        failure.isReadOnly = true
        return failure
    }
    if says("OOM ") {
        return Failure(
            .tryAgain, "Redis is out of memory and changed nothing: free some, or raise its maxmemory (\(told))")
    }
    if says("LOADING") {
        return Failure(.tryAgain, "Redis is still loading its data: try again (\(told))", isTransient: true)
    }
    if says("MASTERDOWN") || says("CLUSTERDOWN") || says("TRYAGAIN") {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)", isTransient: true)
    }
    if says("BUSY ") || says("MISCONF")
        || says("NOREPLICAS") || says("max number of clients")
    {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)")
    }
    return Failure(.unexpectedReply, "Redis refused: \(told)")
}
