import Base
import CPosix

/// Reports to the program that started this one, in lines on a descriptor: `ready`, or `failed TAB status TAB why`.
package struct Report {
    private let descriptor: Int32

    package init(_ descriptor: Int) {
        self.descriptor = Int32(clamping: descriptor)
        wq_outlive_signals()
    }

    /// Reports that the connection stands.
    package func ready() { write("ready") }

    /// Reports why the connection did not come about, or why it ended.
    package func failed(_ failure: Failure) { write("failed\t\(failure.exit.rawValue)\t\(failure.message)") }

    private func write(_ line: String) {
        // If this fails, the other program learns of it by the end of the connection.
        _ = Descriptor(descriptor).write(Bytes("\(line)\n".utf8)[...])
    }
}
