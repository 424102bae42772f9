import CPosix

/// Items, lease IDs and operands are bytes: they need not be UTF-8, and nothing may repair them.
public typealias Bytes = [UInt8]

/// A list of byte strings in one allocation: the arguments of a command, a batch of items.
public struct ByteList: Sendable {
    private(set) var bytes: Bytes = []
    /// Where each string ends; it begins where the one before ends.
    private(set) var ends: [Int] = []

    public init() {}

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }
    /// The bytes of all strings together.
    public var byteCount: Int { bytes.count }

    public subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    public mutating func append(_ string: some Sequence<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    public mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func append(_ number: Int) {
        append("\(number)".utf8)
    }

    mutating func append(_ string: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    public mutating func append(contentsOf other: ByteList) {
        let offset = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.reserveCapacity(ends.count + other.ends.count)
        for end in other.ends { ends.append(end + offset) }
    }

    /// Appends the strings from the one with that index on.
    mutating func append(contentsOf other: ByteList, from first: Int) {
        for index in first..<other.count { append(other[index]) }
    }

    /// The first string; empty if there is none.
    public var first: Bytes { isEmpty ? [] : Bytes(self[0]) }

    /// The strings other than the text.
    public func without(_ text: StaticString) -> ByteList {
        var rest = ByteList()
        for index in 0..<count where !self[index].equals(text) { rest.append(self[index]) }
        return rest
    }

    /// Empties the list and keeps its memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}

extension Bytes {
    public init(_ text: StaticString) {
        self.init(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The bytes of a C string, up to its NUL.
    init(cString: UnsafePointer<CChar>) {
        self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }
}

extension Bytes {
    /// Where the text ends that occurs first.
    func end(of text: StaticString) -> Int? {
        var at = startIndex
        while at + text.utf8CodeUnitCount <= endIndex {
            if self[at...].starts(with: text) { return at + text.utf8CodeUnitCount }
            at += 1
        }
        return nil
    }
}

extension Collection<UInt8> {
    /// Whether the bytes begin with the text's.
    func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && elementsEqual(prefix(text.utf8CodeUnitCount), text)
    }

    private func elementsEqual(_ head: SubSequence, _ text: StaticString) -> Bool {
        var at = 0
        for byte in head {
            if byte != text.utf8Start[at] { return false }
            at += 1
        }
        return at == text.utf8CodeUnitCount
    }

    /// Whether the bytes are the text's, no more and no less.
    public func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    /// The decimal number that the bytes spell, if it is one and fits; no sign, no spaces.
    public var decimal: Int? {
        guard !isEmpty else { return nil }
        var value = 0
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(byte - 0x30))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// The bytes as text for a message: what is not printable ASCII or UTF-8 is escaped.
    public var printable: String {
        String(decoding: escaped, as: UTF8.self)
    }

    /// The bytes as a terminal can show them without obeying them: control characters, also those beyond ASCII,
    /// are written `\n`, `\t`, `\e` or `\xNN`, and so is each byte that is not UTF-8 when any is not.
    public var escaped: Bytes { escaped(backslash: false) }

    /// The same; with backslashes doubled, so that it can be turned back.
    func escaped(backslash: Bool) -> Bytes {
        let isText = String(validating: Bytes(self), as: UTF8.self) != nil
        var out: Bytes = []
        var previous: UInt8 = 0
        for byte in self {
            switch byte {
            case 0x0A: out += [0x5C, 0x6E]
            case 0x09: out += [0x5C, 0x74]
            case 0x1B: out += [0x5C, 0x65]
            case 0x5C where backslash: out += [0x5C, 0x5C]
            case 0x80..<0xA0 where isText && previous == 0xC2:
                out.removeLast()
                out += escape(0xC2) + escape(byte)
            case 0..<0x20, 0x7F: out += escape(byte)
            case 0x80... where !isText: out += escape(byte)
            default: out.append(byte)
            }
            previous = byte
        }
        return out
    }
}

private func escape(_ byte: UInt8) -> Bytes { [0x5C, 0x78, hexDigit(byte >> 4), hexDigit(byte & 15)] }

/// The lower-case hexadecimal digit of a value below 16.
func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

/// What the C library says of an error number.
func describe(errno code: Int32) -> String { String(cString: strerror(code)) }
