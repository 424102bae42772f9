import Base

/// The words of a command, in which an item, or each of several, stands in place of `{}` and its like. These are those of
/// GNU parallel:
/// `{}` the item, `{.}` without its extension, `{/}` its last part as a path, `{//}` what is before that, `{/.}` the last part
/// without its extension.
struct Template {
    private enum Form: CaseIterable {
        case whole, stem, name, folder, nameStem

        var text: StaticString {
            switch self {
            case .whole: "{}"
            case .stem: "{.}"
            case .name: "{/}"
            case .folder: "{//}"
            case .nameStem: "{/.}"
            }
        }

        func apply(_ item: Bytes) -> Bytes {
            switch self {
            case .whole: item
            case .stem: withoutExtension(item)
            case .name: lastPart(item)
            case .folder: folderPart(item)
            case .nameStem: withoutExtension(lastPart(item))
            }
        }
    }

    private let words: [Bytes]
    /// Whether the item stands somewhere in the command, so that it is no further argument.
    let hasPlaces: Bool
    private let isInput: Bool

    /// - Parameter isInput: whether the item is the command's standard input, and stands nowhere in the words.
    init(_ command: ByteList, isInput: Bool) {
        words = (0..<command.count).map { Bytes(command[$0]) }
        self.isInput = isInput
        hasPlaces = !isInput && words.contains { Self.next(in: $0[...]) != nil }
    }

    /// Whether a word is a place for an item and nothing else. (In a longer one, `{}` may be a part of a program.)
    static func hasPlaceAlone(_ command: ByteList) -> Bool {
        (0..<command.count).contains { index in Form.allCases.contains { command[index].equals($0.text) } }
    }

    /// Whether a place is only a part of a word, or the command's own name: there one item can stand, and not several.
    static func hasPlaceForOne(_ command: ByteList) -> Bool {
        (0..<command.count).contains { index in
            let isAlone = Form.allCases.contains { command[index].equals($0.text) }
            return (index == 0 || !isAlone) && next(in: command[index]) != nil
        }
    }

    /// The command line for the items.
    func words(for items: [Bytes]) -> [Bytes] {
        if !hasPlaces { return isInput ? words : words + items }
        return words.flatMap { word in
            Self.next(in: word[...]) == nil ? [word] : items.map { Self.filled(word, $0) }
        }
    }

    /// The first place for an item.
    private static func next(in word: ArraySlice<UInt8>) -> (start: Int, Form)? {
        var at = word.startIndex
        while let start = word[at...].firstIndex(of: UInt8(ascii: "{")) {
            for form in Form.allCases where word[start...].starts(with: form.text) { return (start, form) }
            at = start + 1
        }
        return nil
    }

    private static func filled(_ word: Bytes, _ item: Bytes) -> Bytes {
        var out: Bytes = []
        var rest = word[...]
        while let (start, form) = next(in: rest) {
            out += rest[..<start] + form.apply(item)
            rest = rest[(start + form.text.utf8CodeUnitCount)...]
        }
        return out + rest
    }
}

private let slash = UInt8(ascii: "/")

/// The path without the last dot of its last part, and what follows it.
private func withoutExtension(_ path: Bytes) -> Bytes {
    guard let dot = path.lastIndex(of: UInt8(ascii: ".")), !path[dot...].contains(slash) else { return path }
    return Bytes(path[..<dot])
}

/// What follows the last slash.
private func lastPart(_ path: Bytes) -> Bytes {
    path.lastIndex(of: slash).map { Bytes(path[($0 + 1)...]) } ?? path
}

/// The folder of the file, as dirname(1) has it.
private func folderPart(_ path: Bytes) -> Bytes {
    func withoutSlashes(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var path = path
        while path.count > 1, path.last == slash { path.removeLast() }
        return path
    }
    let path = withoutSlashes(path[...])
    guard let last = path.lastIndex(of: slash) else { return Bytes(".") }
    return Bytes(withoutSlashes(path[...last]))
}
