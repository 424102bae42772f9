import Base
import CPosix

/// Tells the program that started this one how it fares: lines on a descriptor, `ready`, or `failed TAB status TAB why`.
package struct Report {
    private let descriptor: Int32

    package init(_ descriptor: Int) {
        self.descriptor = Int32(clamping: descriptor)
        wq_outlive_signals()
    }

    package func ready() { write("ready") }

    package func failed(_ failure: Failure) { write("failed\t\(failure.exit.rawValue)\t\(failure.message)") }

    private func write(_ line: String) {
        // If this fails, the other program learns of it by the end of the connection.
        _ = Descriptor(descriptor).write(Bytes("\(line)\n".utf8)[...])
    }
}
