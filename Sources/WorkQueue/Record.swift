import Base

/// The value of an ID in the hash `Q:items`: `attempt TAB owner TAB since TAB reason TAB item`. records.lua writes and reads
/// records in Redis; this is the only reader in Swift.
struct Record: Equatable {
    /// How often the item was tried: decimal digits.
    var attempt: Bytes
    var owner: Bytes
    /// Since when the item is in its state, in ms of Redis' clock: decimal digits.
    var since: Bytes
    var reason: Bytes
    var item: Bytes

    /// - Returns: nil if the record is damaged: a field is missing, or a number has other characters or too many digits.
    init?(_ text: Bytes) {
        var fields: [ArraySlice<UInt8>] = []
        var rest = text[...]
        while fields.count < Self.fieldsBeforeItem, let tab = rest.firstIndex(of: UInt8(ascii: "\t")) {
            fields.append(rest[..<tab])
            rest = rest[(tab + 1)...]
        }
        guard fields.count == Self.fieldsBeforeItem else { return nil }
        guard Self.isNumber(fields[0]), Self.isNumber(fields[2]) else { return nil }
        (attempt, owner, since) = (Bytes(fields[0]), Bytes(fields[1]), Bytes(fields[2]))
        (reason, item) = (Bytes(fields[3]), Bytes(rest))
    }

    /// How many fields, each with a TAB at its end, precede the item. The item itself may contain TABs.
    private static var fieldsBeforeItem: Int { 4 }
    /// The most digits of a number: Lua writes a longer one back in another form, such as 1e+15.
    static var mostDigits: Int { 14 }

    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool { text.count <= mostDigits && text.decimal != nil }
}
