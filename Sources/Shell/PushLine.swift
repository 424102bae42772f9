import Base
import CPosix

/// The line that tells a person at a terminal how far a long push is.
package struct PushLine: Sendable {
    /// Whether standard error is a terminal, on which nobody types the items at the same time.
    package let isThere: Bool
    private let start = monotonic()

    /// - Parameter readsInput: whether the items come from standard input.
    package init(_ arguments: Arguments, readsInput: Bool) {
        isThere =
            isatty(STDERR_FILENO) == 1 && !arguments.has(.quiet) && !(readsInput && isatty(STDIN_FILENO) == 1)
    }

    /// Shows how many items were pushed, in place of what it showed before.
    package func show(_ count: Int) {
        if !wq_is_in_foreground(STDERR_FILENO) { return }
        let text = filled(
            "% pushed  %/s", String(count), String(count * TimeUnit.second / max(1, monotonic() - start)))
        write(text.utf8.prefix(max(0, Int(wq_columns(STDERR_FILENO)) - 1)))
    }

    /// Removes the line. A push that took less than a second never showed one.
    package func hide() {
        if isThere, monotonic() - start >= TimeUnit.second, wq_is_in_foreground(STDERR_FILENO) { write([]) }
    }

    private func write(_ text: some Sequence<UInt8>) {
        var output = Output(descriptor: STDERR_FILENO)
        output.write(Output.emptyLine)
        output.write(text)
        output.write("\r")
        do throws(Failure) { try output.flush() } catch {}
    }
}
