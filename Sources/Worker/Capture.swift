import Base
import CPosix
import WorkQueue

/// Standard output or standard error of a command, on its way through this process.
struct Capture {
    /// The pipe's reading end; -1 when it is closed.
    private(set) var descriptor: Int32
    private let arrangement: Work.Arrangement
    /// The beginning of each line.
    private let tag: Bytes
    /// The beginning of a line whose end is still to come.
    private var line: Bytes = []
    /// Grouped output that waits for the command's end; and a nameless file for more of it than `enough`, -1 if there is none,
    /// with that many bytes.
    private var kept: Bytes = []
    private var file: Int32 = -1
    private var saved = 0
    /// Whether the last line is remembered.
    private let remembers: Bool
    private var last: Bytes = []
    /// Whether the command printed anything.
    private(set) var hasPrinted = false
    private var lastIsOpen = false

    /// How many bytes are kept in memory.
    private static var enough: Int { 262_144 }
    /// How many bytes of a line are remembered.
    private static var longestLine: Int { 200 }
    /// How many bytes are read at a time: as many as a pipe holds by default.
    private static var portion: Int { 65536 }
    /// How many bytes a pipe can hold.
    private static var largestPipe: Int { 1_048_576 }

    /// - Parameter tag: the beginning of each line, if lines have one.
    init(_ descriptor: Int32, _ arrangement: Work.Arrangement, tag: Bytes, remembers: Bool) {
        self.descriptor = descriptor
        self.arrangement = arrangement
        self.remembers = remembers
        self.tag = tag
    }

    /// The tag of a command: its item, or the first one and how many more there are.
    static func tag(_ leases: [Lease]) -> Bytes {
        let more = leases.count > 1 ? Bytes(" +\(leases.count - 1)".utf8) : []
        return leases[0].item.escaped + more + Bytes("\t")
    }

    /// The last line that was not empty, or its beginning.
    var lastLine: Bytes { last }

    /// Forgets the last line, since what follows is about something else.
    mutating func forgetLastLine() { (last, lastIsOpen) = ([], false) }

    /// Reads the bytes that are there.
    /// - Parameter count: how many are enough; by default what one call gives.
    mutating func read(into outlet: inout Outlet, enough count: Int = 1) {
        var room = Bytes(repeating: 0, count: Self.portion)
        var left = count
        while descriptor >= 0, left > 0 {
            let got = Descriptor(descriptor).read(into: &room)
            left -= got.count
            if got.wouldBlock { return }
            if got.count == 0 { return shut() }
            take(room[..<got.count], &outlet)
        }
    }

    /// Passes on the rest of the output after the command's end. If there is more than a pipe can hold, a process that left
    /// the command's group goes on writing, and is not waited for.
    mutating func finish(into outlet: inout Outlet) {
        read(into: &outlet, enough: Self.largestPipe)
        shut()
        if !line.isEmpty { pass(tag + line + Bytes("\n"), &outlet) }
        line = []
        printFile(into: &outlet)
        outlet.write(kept)
        kept = []
    }

    private mutating func printFile(into outlet: inout Outlet) {
        if file >= 0 { outlet.write(file: file, of: saved) }
        (file, saved) = (-1, 0)
    }

    private mutating func shut() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ outlet: inout Outlet) {
        hasPrinted = true
        if remembers { remember(bytes) }
        guard arrangement.isTagged else { return pass(Bytes(bytes), &outlet) }
        var out: Bytes = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            out += tag + line + rest[...end]
            line = []
            rest = rest[(end + 1)...]
        }
        line += rest
        // The line may never end.
        if line.count > Self.enough {
            out += tag + line + Bytes("\n")
            line = []
        }
        pass(out, &outlet)
    }

    private mutating func pass(_ bytes: Bytes, _ outlet: inout Outlet) {
        guard arrangement.isGrouped else { return outlet.write(bytes) }
        kept += bytes
        if kept.count <= Self.enough { return }
        if file < 0 { file = openFile() }
        // Without a file, it is better to print too early than not at all.
        if file < 0 || !save() {
            printFile(into: &outlet)
            outlet.write(kept)
        }
        kept = []
    }

    private func openFile() -> Int32 {
        withCString(arrangement.temporaryFolder) { wq_open_nameless($0) }
    }

    private mutating func save() -> Bool {
        let written = Descriptor(file).write(kept[...])
        if written.error != 0 {
            ftruncate(file, saved)
            return false
        }
        saved += written.count
        return true
    }

    private mutating func remember(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lastIsOpen = false
            } else {
                if !lastIsOpen { last = [] }
                lastIsOpen = true
                if last.count < Self.longestLine { last.append(byte) }
            }
        }
    }
}
