import Base
import CPosix
import Shell
import WorkQueue

/// The longest argument or variable that the kernel passes to a program, with its NUL: 32 pages.
private let longest = 131_072

/// Makes command lines and environments for items, and starts them.
struct Launcher {
    let template: Template
    private let isInput: Bool
    /// How items are written to the command's standard input; nil if it has none or is one item as it is.
    private let records: Format?
    private let isFed: Bool
    private let queues: [Queue]
    /// What this process has, without the variables that are each item's own.
    private let environment: [UnsafeMutablePointer<CChar>?]
    /// The command's file, as a C string, once it was found.
    private var path: Bytes?
    /// What becomes the standard input, output and errors of a command that gets no others; -1 is what this process has.
    private let standard: [Int32]

    init(_ work: Work) {
        isInput = work.isInput || work.isFed
        template = Template(work.command, isInput: isInput)
        records = work.feed ?? work.lines
        isFed = work.isFed
        queues = work.turns.queues
        let own: [StaticString] = ["WQ_ITEM=", "WQ_LEASE=", "WQ_QUEUE=", "WQ_ATTEMPT=", "WQ_SLOT="]
        environment = Process.environment { text in !own.contains { text.starts(with: $0) } }
        // A command reads nothing that is typed, from whatever descriptor.
        standard = [
            isInput ? -1 : withCString(Bytes("/dev/null")) { wq_open($0) }, wq_write_only_terminal(STDOUT_FILENO),
            wq_write_only_terminal(STDERR_FILENO),
        ]
    }

    /// Whether a command could read what is typed at a standard descriptor that it gets as this process has it.
    func isReadable(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 && standard[Int(descriptor)] < 0 }

    /// Why the item cannot be given to the command; nil if it can.
    func objection(to item: Bytes) -> StaticString? {
        if let records { return records.objection(to: item)?.remedy(isFed: isFed) }
        if isInput { return nil }
        if item.contains(0) { return "the item contains a NUL: only --stdin can take it" }
        return item.count < longest ? nil : "the item is too long for an argument: only --stdin can take it"
    }

    /// What a command that ends with its items reads of them.
    func input(of leases: [Lease]) -> Bytes {
        guard let records else { return leases[0].item }
        return leases.reduce(into: []) { $0 += records.record($1) }
    }

    /// Starts the command; the descriptors become its standard ones, where they are not -1.
    /// - Parameter leases: those of its items; a command that is fed learns of them otherwise.
    /// - Throws: why the system could not.
    mutating func start(
        _ leases: [Lease], slot: Int, standard own: [Int32], _ watch: Guard
    ) throws(SystemError) -> Process {
        var text = ByteList()
        for word in template.words(for: leases.map { $0.item }) { append(word, to: &text) }
        let arguments = text.count
        // A command that is fed has items of all queues.
        if !isFed || queues.count == 1 { append(Bytes("WQ_QUEUE=") + queues[leases[0].queue].name, to: &text) }
        append(Bytes("WQ_SLOT=\(slot)".utf8), to: &text)
        if !isFed { appendVariables(of: leases, to: &text) }
        // The command is looked up again if it was not there before, or if it is another one for each item.
        if path == nil || template.hasPlaces { path = try Process.find(text.first) }
        return try Process.start(
            path ?? [], text, arguments: arguments, environment: environment,
            standard: own.indices.map { own[$0] >= 0 ? own[$0] : standard[$0] }, session: watch.session(slot))
    }

    private func appendVariables(of leases: [Lease], to text: inout ByteList) {
        var ids = Bytes("WQ_LEASE=")
        for (index, lease) in leases.enumerated() { ids += (index > 0 ? Bytes(" ") : []) + lease.id }
        append(ids, to: &text)
        if leases.count > 1 { return }
        let lease = leases[0]
        append(Bytes("WQ_ATTEMPT=\(lease.attempt)".utf8), to: &text)
        let item = Bytes("WQ_ITEM=") + lease.item
        if item.count < longest, !lease.item.contains(0) { append(item, to: &text) }
    }
}

extension Format.Objection {
    /// Why the item cannot be a record on a command's standard input.
    /// - Parameter isFed: whether the command lives.
    fileprivate func remedy(isFed: Bool) -> StaticString {
        switch self {
        case .newline:
            isFed
                ? "the item contains a newline: only --null or --json can take it"
                : "the item contains a newline: only --null can take it"
        case .null:
            isFed
                ? "the item contains a NUL: only --json can take it"
                : "the item contains a NUL: only --stdin without --batch can take it"
        }
    }
}

/// Appends a C string with these bytes.
private func append(_ string: Bytes, to list: inout ByteList) {
    list.append(string + [0])
}
