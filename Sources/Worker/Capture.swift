import Base
import CPosix
import WorkQueue

/// Standard output or standard error of a command, on its way through this process.
struct Capture {
    /// The pipe's reading end; -1 when it is closed.
    private(set) var descriptor: Int32
    private let arrangement: Work.Arrangement
    /// What each line begins with.
    private let tag: Bytes
    /// The beginning of a line whose end is still to come.
    private var line: Bytes = []
    /// What waits for the command's end, if outputs are grouped, and where it is if it is much.
    private var kept: Bytes = []
    private var file: Int32 = -1
    private var saved = 0
    /// Whether the last line is remembered.
    private let remembers: Bool
    private var last: Bytes = []
    private var lastIsOpen = false

    /// Bytes that are kept in memory.
    private static var enough: Int { 262_144 }
    /// What is remembered of a line.
    private static var longestLine: Int { 200 }

    init(_ descriptor: Int32, _ arrangement: Work.Arrangement, item: Bytes, remembers: Bool) {
        self.descriptor = descriptor
        self.arrangement = arrangement
        self.remembers = remembers
        tag = arrangement.isTagged ? item.escaped + [0x09] : []
    }

    /// The last line that was not empty, or its beginning.
    var lastLine: Bytes { last }

    /// Takes in what is there, in so many portions at most.
    mutating func read(into outlet: inout Outlet, portions: Int = 1) {
        var room = Bytes(repeating: 0, count: 65536)
        var left = portions
        while descriptor >= 0, left > 0 {
            left -= 1
            let got = Descriptor(descriptor).read(into: &room)
            if got.wouldBlock { return }
            if got.count == 0 { return shut() }
            take(room[..<got.count], &outlet)
        }
    }

    /// The command has ended: what is left goes out. A pipe can hold 1 MiB; beyond that a process that left the group
    /// goes on writing.
    mutating func finish(into outlet: inout Outlet) {
        read(into: &outlet, portions: 16)
        shut()
        if !line.isEmpty { pass(tag + line + [0x0A], &outlet) }
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
        if remembers { remember(bytes) }
        guard arrangement.isTagged else { return pass(Bytes(bytes), &outlet) }
        var out: Bytes = []
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            out += tag + line + rest[...end]
            line = []
            rest = rest[(end + 1)...]
        }
        line += rest
        // The line may never end.
        if line.count > Self.enough {
            out += tag + line + [0x0A]
            line = []
        }
        pass(out, &outlet)
    }

    private mutating func pass(_ bytes: Bytes, _ outlet: inout Outlet) {
        guard arrangement.isGrouped else { return outlet.write(bytes) }
        kept += bytes
        if kept.count <= Self.enough { return }
        if file < 0 { file = openFile() }
        // Without a file, too much is better printed too early than not at all.
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
            if byte == 0x0A {
                lastIsOpen = false
            } else {
                if !lastIsOpen { last = [] }
                lastIsOpen = true
                if last.count < Self.longestLine { last.append(byte) }
            }
        }
    }
}

/// An item on its way into a command's standard input.
struct Feeding {
    private(set) var descriptor: Int32
    private let item: Bytes
    private var offset = 0

    init(_ descriptor: Int32, _ item: Bytes) {
        self.descriptor = descriptor
        self.item = item
    }

    /// Writes what the pipe takes. A command need not read it.
    mutating func write() {
        if descriptor < 0 { return }
        let written = Descriptor(descriptor).write(item[offset...])
        offset += written.count
        if !written.wouldBlock { finish() }
    }

    mutating func finish() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
