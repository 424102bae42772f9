import CPosix

/// Bytes that nobody can guess, as lower-case hexadecimal digits.
/// - Parameter bytes: how many; two digits each.
/// - Throws: `.inputOutput` if the system has none.
package func randomHex(_ bytes: Int) throws(Failure) -> Bytes {
    var random = Bytes(repeating: 0, count: bytes)
    let got = random.withUnsafeMutableBytes { getrandom($0.baseAddress, $0.count, 0) }
    guard got == bytes else {
        throw .system(.inputOutput, "cannot get random bytes from the system", errno: wq_errno())
    }
    return hex(random)
}
