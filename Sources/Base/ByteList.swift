/// A list of byte strings in one allocation: the arguments of a command, a batch of items.
package struct ByteList: Sendable {
    /// The strings, one behind the other.
    package private(set) var bytes: Bytes = []
    /// Where each string ends; it begins where the one before ends.
    package private(set) var ends: [Int] = []

    package init() {}

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }
    /// The bytes of all strings together.
    package var byteCount: Int { bytes.count }

    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    package mutating func append(_ string: some Sequence<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the number in decimal digits.
    package mutating func append(_ number: Int) {
        append("\(number)".utf8)
    }

    package mutating func append(_ string: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    package mutating func append(contentsOf other: ByteList) {
        let offset = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.reserveCapacity(ends.count + other.ends.count)
        for end in other.ends { ends.append(end + offset) }
    }

    /// Appends the strings from the one with that index on.
    package mutating func append(contentsOf other: ByteList, from first: Int) {
        for index in first..<other.count { append(other[index]) }
    }

    /// The first string; empty if there is none.
    package var first: Bytes { isEmpty ? [] : Bytes(self[0]) }

    /// The strings other than the text.
    package func without(_ text: StaticString) -> ByteList {
        var rest = ByteList()
        for index in 0..<count where !self[index].equals(text) { rest.append(self[index]) }
        return rest
    }

    /// Lends the strings, each of which ends with a NUL, as a vector of C strings that ends with a null pointer.
    package func withCStrings<R>(_ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        bytes.withUnsafeBytes { bytes in
            let base = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            var vector: [UnsafeMutablePointer<CChar>?] = []
            for index in 0..<count { vector.append(base.map { $0 + (index == 0 ? 0 : ends[index - 1]) }) }
            vector.append(nil)
            return body(vector)
        }
    }

    /// Empties the list and keeps its memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}

extension ByteList: ExpressibleByArrayLiteral {
    /// A string of a list that is written down as a literal.
    package enum Word: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case text(StaticString)
        case bytes(Bytes)
        case number(Int)

        package init(stringLiteral text: StaticString) { self = .text(text) }
        package init(integerLiteral number: Int) { self = .number(number) }
    }

    package init(arrayLiteral words: Word...) {
        for word in words {
            switch word {
            case .text(let text): append(text)
            case .bytes(let bytes): append(bytes)
            case .number(let number): append(number)
            }
        }
    }
}
