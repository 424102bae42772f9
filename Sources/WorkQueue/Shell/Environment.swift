import CPosix

/// A variable of the environment, or nil if it is not set or empty.
public func environment(_ name: StaticString) -> Bytes? {
    let value = UnsafeRawPointer(name.utf8Start).withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1)
    {
        getenv($0)
    }
    guard let value, value.pointee != 0 else { return nil }
    return Bytes(cString: value)
}

/// Who leases: `WQ_OWNER`, else the host's name (a pod's name, in Kubernetes). Control characters become `_`,
/// since a record is one line of TAB-separated fields.
public func owner() -> Bytes {
    var name = environment("WQ_OWNER") ?? []
    if name.isEmpty {
        name = Bytes(repeating: 0, count: 256)
        let failed = name.withUnsafeMutableBytes {
            gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
        }
        name = failed == 0 ? Bytes(name.prefix { $0 != 0 }) : Bytes("unknown")
    }
    return oneField(name)
}

/// What this program is called, for the server's list of its clients and for warnings.
func clientName() -> Bytes {
    guard let path = wq_argv()?[0] else { return Bytes("wq") }
    let name = Bytes(cString: path).split(separator: 0x2F).last.map { Bytes($0) } ?? []
    return name.isEmpty ? Bytes("wq") : name.map { $0 > 0x20 && $0 < 0x7F ? $0 : 0x5F }
}

/// Says on standard error what a person should know, though all goes on.
public func warn(_ message: String) {
    var output = Output(descriptor: STDERR_FILENO)
    output.write("\(clientName().printable): warning: \(message)\n")
    do throws(Failure) { try output.flush() } catch {}
}

/// A time that a variable of the environment gives, in ms.
public func time(_ name: StaticString, default usual: Int) throws(Failure) -> Int {
    guard let text = environment(name) else { return usual }
    guard let time = milliseconds(text) else {
        throw Failure(.badConfiguration, "\(name) is \(text.printable): it must be a time like 5s")
    }
    return time
}

/// A variable of the environment that says yes or no; not set is no.
public func isSet(_ name: StaticString) throws(Failure) -> Bool {
    guard let text = environment(name) else { return false }
    if text.equals("yes") { return true }
    if text.equals("no") { return false }
    throw Failure(.badConfiguration, "\(name) is \(text.printable): it must be yes or no")
}

/// What one who accepts any certificate should know.
public func warnIfInsecure() {
    if let text = environment("WQ_TLS_INSECURE"), text.equals("yes") {
        warn("the server's certificate is not checked: anybody may read along (--insecure)")
    }
}

/// The bytes with control characters replaced, fit for a field of a record.
func oneField(_ text: Bytes) -> Bytes {
    text.map { $0 < 0x20 || $0 == 0x7F ? 0x5F : $0 }
}

/// Bytes nobody can guess, as lower-case hexadecimal digits.
/// - Parameter bytes: how many; two digits each.
func randomHex(_ bytes: Int) throws(Failure) -> Bytes {
    var random = Bytes(repeating: 0, count: bytes)
    let got = random.withUnsafeMutableBytes { getrandom($0.baseAddress, $0.count, 0) }
    guard got == bytes else {
        throw .system(.inputOutput, "cannot get random bytes from the system", errno: wq_errno())
    }
    return random.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }
}

/// ms of the monotonic clock, for deadlines.
public func monotonic() -> Int { Int(wq_monotonic_ms()) }
