import Foundation
import Testing

/// One after the other: there is one clock, and one case that goes on.
@Suite(.serialized) struct FuzzTests {}

/// What is done at the moment, for those who find out how it ended.
struct Position {
    var part: StaticString = ""
    var seed: UInt64 = 0
    var number: UInt64 = 0
}

/// Written by the one test that runs (the suite is serialised), read by a signal handler of the same process.
nonisolated(unsafe) private var position = Position()

/// Runs cases of a part for its share of the time (`FUZZ_SECONDS`, else 2), each with its own numbers, from `FUZZ_SEED`
/// (else always the same). With `FUZZ_CASE`, only that one. A case that crashes or does not end is named.
/// - Returns: how many there were.
@discardableResult
func cases(_ part: StaticString, share: Double = 0.04, _ body: (inout Random, UInt64) throws -> Void) rethrows -> UInt64
{
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    let only = environment["FUZZ_CASE"].flatMap { UInt64($0) }
    let span = environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 2
    let end = Date().addingTimeInterval(span * share)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] { signal(number, tell) }
    position = Position(part: part, seed: seed, number: only ?? 0)
    repeat {
        alarm(20)
        var random = Random(seed, position.number)
        try body(&random, seed &+ position.number)
        position.number += 1
    } while only == nil && Date() < end
    alarm(0)
    print("# \(part): \(position.number) cases with FUZZ_SEED=\(seed)")
    return position.number
}

/// Where the case is that goes on, for messages.
func place() -> String { "FUZZ_SEED=\(position.seed) FUZZ_CASE=\(position.number)" }

/// Only what a signal handler may call.
private func tell(_ number: Int32) {
    func write(_ text: StaticString) { _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
    func write(_ number: UInt64) {
        if number > 9 { write(number / 10) }
        var digit = UInt8(48 + number % 10)
        _ = Glibc.write(STDERR_FILENO, &digit, 1)
    }
    write(number == SIGALRM ? "\nfuzz: it does not end: " : "\nfuzz: it crashes: ")
    write(position.part)
    write("\nfuzz: to see it again: FUZZ_SEED=")
    write(position.seed)
    write(" FUZZ_CASE=")
    write(position.number)
    write(" Tests/fuzz/run core\n")
    signal(number, SIG_DFL)
    if number == SIGALRM { _exit(1) }
    raise(number)
}
