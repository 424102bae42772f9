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
    private let feed: Format?
    private let queue: Bytes
    /// What this process has, without the variables that are each item's own.
    private let environment: [UnsafeMutablePointer<CChar>?]
    /// The command's file, as a C string, once it was found.
    private var path: Bytes?
    /// What becomes the standard input, output and errors of a command that gets no others; -1 is what this process has.
    private let standard: [Int32]

    init(_ work: Work, queue: Bytes) {
        isInput = work.isInput || work.isFed
        template = Template(work.command, isInput: isInput)
        feed = work.feed
        self.queue = queue
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
        if let feed { return feed.objection(to: item)?.remedy }
        if isInput { return nil }
        if item.contains(0) { return "the item contains a NUL: only --stdin can take it" }
        return item.count < longest ? nil : "the item is too long for an argument: only --stdin can take it"
    }

    /// Starts the command; the descriptors become its standard ones, where they are not -1.
    /// - Parameter lease: that of its item; a command that is fed learns of it otherwise.
    /// - Throws: why the system could not.
    mutating func start(_ lease: Lease, slot: Int, standard own: [Int32], _ watch: Guard) throws(SystemError) -> Process
    {
        var text = ByteList()
        for word in template.words(for: lease.item) { append(word, to: &text) }
        let arguments = text.count
        append(Bytes("WQ_QUEUE=") + queue, to: &text)
        append(Bytes("WQ_SLOT=\(slot)".utf8), to: &text)
        if feed == nil { appendVariables(of: lease, to: &text) }
        // The command is looked up again if it was not there before, or if it is another one for each item.
        if path == nil || template.hasPlaces { path = try Process.find(text.first) }
        return try Process.start(
            path ?? [], text, arguments: arguments, environment: environment,
            standard: own.indices.map { own[$0] >= 0 ? own[$0] : standard[$0] }, session: watch.session(slot))
    }

    private func appendVariables(of lease: Lease, to text: inout ByteList) {
        append(Bytes("WQ_LEASE=") + lease.id, to: &text)
        append(Bytes("WQ_ATTEMPT=\(lease.attempt)".utf8), to: &text)
        let item = Bytes("WQ_ITEM=") + lease.item
        if item.count < longest, !lease.item.contains(0) { append(item, to: &text) }
    }
}

extension Format.Objection {
    /// Why a command cannot be fed the item.
    fileprivate var remedy: StaticString {
        switch self {
        case .newline: "the item contains a newline: only --null or --json can take it"
        case .null: "the item contains a NUL: only --json can take it"
        }
    }
}

/// Appends a C string with these bytes.
private func append(_ string: Bytes, to list: inout ByteList) {
    list.append(string + [0])
}
