import Base

/// A table on a terminal: each cell is as wide as the longest text in its column, and no line is wider than the terminal.
struct Columns {
    private let width: Int
    /// The width of each cell but the last, which has the rest of the line; 0 for a cell that has no room.
    private var widths: [Int]

    /// The widest that a cell but the last may be.
    private static var widestCell: Int { 24 }
    /// The least room of the last cell, if leaving out others gives it so much.
    static var leastRoom: Int { 20 }
    /// How many spaces stand between two cells.
    private static var gap: Int { 2 }

    /// - Parameters:
    ///   - width: how many columns the terminal has.
    ///   - rows: the texts that the cells are fitted to.
    ///   - first: the indices of the cells to leave out, in that order, while the last cell has too little room.
    ///   - least: that room.
    init(width: Int, rows: [[Bytes]], leavingOut first: [Int] = [], least: Int = Self.leastRoom) {
        self.width = width
        widths = []
        for index in 0..<((rows.first?.count ?? 1) - 1) {
            var longest = 0
            for row in rows { longest = max(longest, columns(of: row[index])) }
            widths.append(min(longest, Self.widestCell))
        }
        for index in first where room < least { widths[index] = 0 }
        // On a very narrow terminal the widest cell gives way.
        let lack = min(least, width / 2) - room
        if lack > 0, let widest = widths.max(), let index = widths.firstIndex(of: widest) {
            widths[index] = max(1, widest - lack)
        }
    }

    /// How many columns are left for the last cell.
    private var room: Int {
        var room = width
        for width in widths where width > 0 { room -= width + Self.gap }
        return room
    }

    /// The row as a line, without a newline.
    /// - Parameter colour: that of the cell with this index.
    func line(_ row: [Bytes], colour: (Int) -> Colour = { _ in .plain }) -> Bytes {
        var line: Bytes = []
        for (index, cell) in row.enumerated() {
            if index == widths.count {
                line += colour(index).paint(cut(cell, to: max(1, room)).text)
            } else if widths[index] > 0 {
                let (text, columns) = cut(cell, to: widths[index])
                line +=
                    colour(index).paint(text)
                    + Bytes(repeating: UInt8(ascii: " "), count: widths[index] - columns + Self.gap)
            }
        }
        return line
    }

    /// As much of the text as fits, with an ellipsis for the rest, and how many columns that takes.
    private func cut(_ cell: Bytes, to room: Int) -> (text: Bytes, columns: Int) {
        let whole = columns(of: cell)
        if whole <= room { return (cell, whole) }
        var text = String.UnicodeScalarView()
        var used = 0
        for scalar in String(decoding: cell, as: UTF8.self).unicodeScalars {
            if used + columns(of: scalar) > room - 1 { break }
            text.append(scalar)
            used += columns(of: scalar)
        }
        return (Bytes(String(text).utf8) + Bytes("\u{2026}"), used + 1)
    }
}

/// How many columns a terminal gives to a text.
private func columns(of text: Bytes) -> Int {
    var sum = 0
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { sum += columns(of: scalar) }
    return sum
}

/// How many columns a terminal gives to a character: 2 if Unicode calls it wide (UAX 11), and none if it combines with the
/// one before it.
private func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
    case 0x1100...0x115F, 0x231A...0x231B, 0x23E9...0x23F3, 0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F,
        0x2693, 0x26A1...0x26FD, 0x2705...0x270B, 0x2728, 0x274C...0x2757, 0x2795...0x2797, 0x27B0...0x27BF,
        0x2B1B...0x2B55, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
        2
    default: 1
    }
}
