import Base

/// The value of an ID in `Q:items`: `attempt TAB owner TAB since TAB reason TAB item`. records.lua writes and reads them in
/// Redis; this is the one reader here.
struct Record: Equatable {
    /// A number, as text.
    var attempt: Bytes
    var owner: Bytes
    /// ms of Redis' clock, as text.
    var since: Bytes
    var reason: Bytes
    var item: Bytes

    /// - Returns: nil for a record that somebody damaged: a field is missing, or a number is none.
    init?(_ text: Bytes) {
        var fields: [ArraySlice<UInt8>] = []
        var rest = text[...]
        while fields.count < 4, let tab = rest.firstIndex(of: UInt8(ascii: "\t")) {
            fields.append(rest[..<tab])
            rest = rest[(tab + 1)...]
        }
        guard fields.count == 4, Self.isNumber(fields[0]), Self.isNumber(fields[2]) else { return nil }
        (attempt, owner, since) = (Bytes(fields[0]), Bytes(fields[1]), Bytes(fields[2]))
        (reason, item) = (Bytes(fields[3]), Bytes(rest))
    }

    /// How many digits a number has at most: Lua writes no more back as they are.
    private static var mostDigits: Int { 14 }

    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool { text.count <= mostDigits && text.decimal != nil }
}
