import CPosix

/// Bytes that nobody can guess, as lower-case hexadecimal digits.
/// - Parameter bytes: how many; two digits each.
/// - Throws: `.inputOutput` if the system has none.
package func randomHex(_ bytes: Int) throws(Failure) -> Bytes { hex(try randomBytes(bytes)) }

/// A number that nobody can guess, from 0 on.
/// - Parameter limit: the first number that it is not; much less than 2^24, or some numbers are drawn more often.
/// - Throws: `.inputOutput` if the system has none.
package func randomNumber(below limit: Int) throws(Failure) -> Int {
    try randomBytes(3).reduce(0) { $0 << 8 + Int($1) } % limit
}

private func randomBytes(_ bytes: Int) throws(Failure) -> Bytes {
    var random = Bytes(repeating: 0, count: bytes)
    let got = random.withUnsafeMutableBytes { getrandom($0.baseAddress, $0.count, 0) }
    guard got == bytes else {
        throw .system(.inputOutput, "cannot get random bytes from the system", errno: wq_errno())
    }
    return random
}
