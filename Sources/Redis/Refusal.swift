import Base

/// The failure that an error reply stands for. Redis 6.2 wraps the errors of a script in a sentence of its own, so this
/// looks for the code anywhere in the text.
/// Codes: <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>
package func failure(errorReply text: Bytes) -> Failure {
    if let failure = refusedRight(text) ?? wrongPlace(text) ?? passingState(text) { return failure }
    // Older versions have fewer commands, and providers allow fewer.
    let isUnknown = says(
        text, "nknown command", "nknown subcommand", "not allowed", "not supported", "support disabled", "' not found")
    return Failure(.unexpectedReply, "Redis refused: \(text.printable)", isUnknown ? .refused : .final)
}

/// Whether one of the codes stands in the text.
private func says(_ text: Bytes, _ codes: StaticString...) -> Bool {
    codes.contains { text.end(of: $0) != nil }
}

/// The failure of a user who may not do it, or of a server on which nobody may; nil if it is another one.
private func refusedRight(_ text: Bytes) -> Failure? {
    let told = text.printable
    if says(text, "NOAUTH", "unauthenticated") {
        return Failure(.notPermitted, "Redis does not permit it without a password: \(told)", .unauthenticated)
    }
    if says(text, "NOPERM", "user executing the script", "ACL failure in script") {
        return Failure(.notPermitted, "Redis does not permit it: \(told)", .final)
    }
    if says(text, "WRONGPASS", "ERR invalid password") {
        return Failure(.notPermitted, "Redis does not permit it: \(told)", .unauthenticated)
    }
    if says(text, "unknown command '", "unknown command `", "Unknown Redis command", "Unknown command called") {
        return Failure(
            .notPermitted, "Redis lacks a command, which a provider may have taken away: \(told)", .refused)
    }
    return nil
}

/// The failure of a question that another server, or another database, would answer; nil if it is another one.
private func wrongPlace(_ text: Bytes) -> Failure? {
    let told = text.printable
    if says(text, "DB index is out of range") {
        return Failure(.badConfiguration, "the address names a database that Redis does not have: \(told)")
    }
    if Redirection.isOne(text) {
        return Failure(
            .tryAgain, "the cluster moved the key to another node: \(told)", .elsewhere(text))
    }
    if says(text, "READONLY", "UNBLOCKED") {
        return Failure(
            .tryAgain, "this Redis is a replica and takes no writes: connect to its primary (\(told))", .replica)
    }
    return nil
}

/// The failure of a server that may do it later; nil if it is another one.
private func passingState(_ text: Bytes) -> Failure? {
    let told = text.printable
    if says(text, "OOM ") {
        return Failure(
            .tryAgain, "Redis is out of memory and changed nothing: free some, or raise its maxmemory (\(told))")
    }
    if says(text, "LOADING") {
        return Failure(.tryAgain, "Redis is still loading its data: try again (\(told))", .busy)
    }
    if isNoAdmittance(text) {
        let exit: Exit = text.starts(with: "DENIED") ? .notPermitted : .tryAgain
        return Failure(exit, "Redis takes no connection: \(told)", .busy)
    }
    if says(text, "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN") {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)", .busy)
    }
    if says(text, "BUSY ", "MISCONF", "NOREPLICAS") {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)")
    }
    return nil
}

/// Whether an error reply says that the server does not serve the client at all, since it has too many of them or is in
/// protected mode.
func isNoAdmittance(_ text: Bytes) -> Bool {
    text.starts(with: "ERR max number of clients") || text.starts(with: "DENIED")
}
