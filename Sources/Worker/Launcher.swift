import Base
import CPosix
import WorkQueue

/// The longest argument or variable that the kernel passes to a program, with its NUL: 32 pages.
private let longest = 131_072

/// Makes command lines and environments for items, and starts them.
struct Launcher {
    private let words: [Bytes]
    /// Whether an item stands in place of each `{}`.
    private let hasPlaces: Bool
    private let isInput: Bool
    private let queue: Bytes
    /// What this process has, without the variables that are each item's own.
    private let environment: [UnsafeMutablePointer<CChar>?]
    /// Where the command lies, once it was found.
    private var path: Bytes?
    private let null: Int32

    init(_ work: Work, queue: Bytes) {
        words = (0..<work.command.count).map { Bytes(work.command[$0]) }
        isInput = work.isInput
        hasPlaces = words.contains { !work.isInput && place(in: $0, from: 0) != nil }
        self.queue = queue
        var kept: [UnsafeMutablePointer<CChar>?] = []
        var at = wq_environment()
        while let entry = at?.pointee {
            let own: [StaticString] = ["WQ_ITEM=", "WQ_LEASE=", "WQ_QUEUE=", "WQ_ATTEMPT=", "WQ_SLOT="]
            let text = Bytes(cString: entry)
            if !own.contains(where: { text.starts(with: $0) }) { kept.append(entry) }
            at = at.map { $0 + 1 }
        }
        environment = kept
        null = work.isInput ? -1 : wq_open_null()
    }

    /// Why the item cannot be given to the command; nil if it can.
    func objection(to item: Bytes) -> StaticString? {
        if isInput { return nil }
        if item.contains(0) { return "the item contains a NUL: only --stdin can take it" }
        return item.count < longest ? nil : "the item is too long for an argument: only --stdin can take it"
    }

    /// Starts the command; the descriptors become its standard ones, where they are not -1.
    /// - Returns: its pid, or minus errno.
    mutating func start(_ lease: Lease, slot: Int, input: Int32, output: Int32, errors: Int32) -> pid_t {
        var text = ByteList()
        for word in words { append(hasPlaces ? filled(word, lease.item) : word, to: &text) }
        if !isInput, !hasPlaces { append(lease.item, to: &text) }
        let arguments = text.count
        append(Bytes("WQ_LEASE=") + lease.id, to: &text)
        append(Bytes("WQ_QUEUE=") + queue, to: &text)
        append(Bytes("WQ_ATTEMPT=\(lease.attempt)".utf8), to: &text)
        append(Bytes("WQ_SLOT=\(slot)".utf8), to: &text)
        if lease.item.count + 9 <= longest, !lease.item.contains(0) {
            append(Bytes("WQ_ITEM=") + lease.item, to: &text)
        }
        if let failure = find(text.first) { return failure }
        let input = input >= 0 ? input : null
        return (path ?? []).withUnsafeBytes { path in
            text.bytes.withUnsafeBytes { bytes in
                let base = UnsafeMutablePointer(mutating: bytes.baseAddress!.assumingMemoryBound(to: CChar.self))
                var vector: [UnsafeMutablePointer<CChar>?] = []
                var variables = environment
                variables.reserveCapacity(environment.count + 6)
                for index in 0..<text.count {
                    let start = base + (index == 0 ? 0 : text.ends[index - 1])
                    if index < arguments { vector.append(start) } else { variables.append(start) }
                }
                vector.append(nil)
                variables.append(nil)
                return wq_start(
                    path.baseAddress!.assumingMemoryBound(to: CChar.self), vector, variables, input, output, errors)
            }
        }
    }

    /// Looks the command up in PATH, again if it was not there before.
    private mutating func find(_ name: Bytes) -> pid_t? {
        if path != nil, !hasPlaces { return nil }
        var room = Bytes(repeating: 0, count: 4096)
        let isFound = room.withUnsafeMutableBytes { room in
            name.withUnsafeBytes {
                wq_find_program(
                    $0.baseAddress!.assumingMemoryBound(to: CChar.self),
                    room.baseAddress!.assumingMemoryBound(to: CChar.self), 4096)
            }
        }
        guard isFound else { return -wq_errno() }
        path = Bytes(room.prefix { $0 != 0 }) + [0]
        return nil
    }
}

private func append(_ string: Bytes, to list: inout ByteList) {
    list.append(string + [0])
}

/// Where the next `{}` is.
private func place(in word: Bytes, from start: Int) -> Int? {
    var at = start
    while at + 1 < word.count {
        if word[at] == 0x7B, word[at + 1] == 0x7D { return at }
        at += 1
    }
    return nil
}

private func filled(_ word: Bytes, _ item: Bytes) -> Bytes {
    var out: Bytes = []
    var start = 0
    while let at = place(in: word, from: start) {
        out += word[start..<at] + item
        start = at + 2
    }
    return out + word[start...]
}
