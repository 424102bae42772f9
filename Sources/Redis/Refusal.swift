import Base

/// The failure that an error reply stands for. Redis 6.2 wraps the errors of a script in a sentence of its own, so this
/// looks for the code anywhere in the text.
/// Codes: <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>
package func failure(errorReply text: Bytes) -> Failure {
    func says(_ code: StaticString) -> Bool { text.end(of: code) != nil }
    let told = text.printable
    if says("NOAUTH") || says("WRONGPASS") || says("NOPERM") || says("unauthenticated") || says("ERR invalid password")
        || says("user executing the script") || says("ACL failure in script")
    {
        if says("NOAUTH") || says("unauthenticated") {
            return Failure(
                .notPermitted, "Redis does not permit it without a password (WQ_PASSWORD_FILE): \(told)",
                .unauthenticated)
        }
        let isKnown = says("NOPERM") || says("script")
        return Failure(.notPermitted, "Redis does not permit it: \(told)", isKnown ? .final : .unauthenticated)
    }
    if says("unknown command '") || says("unknown command `") || says("Unknown Redis command")
        || says("Unknown command called")
    {
        return Failure(
            .notPermitted, "Redis lacks a command, which a provider may have taken away: \(told)", .refused)
    }
    if says("DB index is out of range") {
        return Failure(.badConfiguration, "the address names a database that Redis does not have: \(told)")
    }
    if Redirection.isOne(text) {
        return Failure(
            .tryAgain, "the cluster moved the queue to another node: \(told)", .elsewhere(text))
    }
    if says("READONLY") || says("UNBLOCKED") {
        return Failure(
            .tryAgain, "this Redis is a replica and takes no writes: connect to its primary (\(told))", .replica)
    }
    if says("OOM ") {
        return Failure(
            .tryAgain, "Redis is out of memory and changed nothing: free some, or raise its maxmemory (\(told))")
    }
    if says("LOADING") {
        return Failure(.tryAgain, "Redis is still loading its data: try again (\(told))", .busy)
    }
    if isNoAdmittance(text) {
        let exit: Exit = text.starts(with: "DENIED") ? .notPermitted : .tryAgain
        return Failure(exit, "Redis takes no connection: \(told)", .busy)
    }
    if says("MASTERDOWN") || says("CLUSTERDOWN") || says("TRYAGAIN") {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)", .busy)
    }
    if says("BUSY ") || says("MISCONF") || says("NOREPLICAS") {
        return Failure(.tryAgain, "Redis cannot do it now: \(told)")
    }
    // Older versions have fewer commands, and providers allow fewer.
    let isUnknown =
        says("nknown command") || says("nknown subcommand") || says("not allowed") || says("not supported")
        || says("support disabled") || says("' not found")
    return Failure(.unexpectedReply, "Redis refused: \(told)", isUnknown ? .refused : .final)
}

/// Whether an error reply says that the server does not serve the client at all, since it has too many of them or is in
/// protected mode.
func isNoAdmittance(_ text: Bytes) -> Bool {
    text.starts(with: "ERR max number of clients") || text.starts(with: "DENIED")
}
