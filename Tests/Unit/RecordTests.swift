import Foundation
import Testing

@testable import Base
@testable import WorkQueue

/// The table of records that Tests/shell/records.py has the scripts read, too.
private struct RecordTable: Decodable {
    /// A record, and its fields unless it is damaged. Each character stands for a byte.
    let cases: [[String]]

    static func rows() throws -> [[Bytes]] {
        let text = try Repository.text("Tests/shell/records.json")
        let table = try JSONDecoder().decode(RecordTable.self, from: Data(text.utf8))
        return table.cases.map { row in row.map { text in text.unicodeScalars.map { UInt8($0.value) } } }
    }
}

@Suite struct RecordTests {
    @Test func recordsAreReadAsTheTableSays() throws {
        let rows = try RecordTable.rows()
        #expect(rows.contains { $0.count == 1 } && rows.contains { $0.count == 6 })
        for row in rows {
            let read = Record(row[0]).map { [$0.attempt, $0.owner, $0.since, $0.reason, $0.item] }
            #expect(read == (row.count == 1 ? nil : Array(row.dropFirst())), "\(row[0].printable)")
            #expect(Entry(state: .dead, record: row[0]).item == row.last, "\(row[0].printable)")
        }
    }
}
