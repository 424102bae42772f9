import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

/// A part of a text, from after the first line that begins with `start` up to the next that begins with `end`.
private func part(of text: String, from start: String, to end: String) throws -> [Substring] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = try #require(lines.firstIndex { $0.hasPrefix(start) }, "there is no \(start)")
    return Array(lines[(first + 1)...].prefix { !$0.hasPrefix(end) })
}

/// The entries of a list in a manual page: what follows `.It `, and the text below it as a reader sees it.
private func entries(_ section: String, of page: String) throws -> [(tag: String, text: String)] {
    var entries: [(tag: String, text: String)] = []
    for line in try part(of: Repository.text("docs/man/\(page)"), from: ".Sh \(section)", to: ".Sh ") {
        if line.hasPrefix(".It ") {
            entries.append((String(line.dropFirst(4)), ""))
        } else if line.hasPrefix(".El") {
            break
        } else if !entries.isEmpty {
            entries[entries.count - 1].text += " " + shown(line)
        }
    }
    return entries.map { ($0.tag, String($0.text.dropFirst())) }
}

/// A line of mdoc without its macros; the section of another page is left out, and so is the space before punctuation.
private func shown(_ line: Substring) -> String {
    var words = line.split(separator: " ")
    if words.first == ".Xr" { words.remove(at: 2) }
    if words.first?.hasPrefix(".") ?? false { words.removeFirst() }
    return words.joined(separator: " ").replacing(" :", with: ":").replacing(" ,", with: ",")
}

/// Cells of a table in Markdown, row by row, without backquotes.
private func rows(under heading: String, of page: String) throws -> [[String]] {
    try part(of: Repository.text(page), from: heading, to: "## ").filter { $0.hasPrefix("| ") }.map { row in
        row.split(separator: "|").map { $0.replacing("`", with: "").trimmingCharacters(in: .whitespaces) }
    }.filter { $0[0] != "---" }
}

@Suite struct ExitTests {
    @Test func eachNumberIsInTheTableOnce() throws {
        let source = try Repository.text("Sources/Base/Exit.swift")
        let declared = source.matches(of: /static var \w+: Exit \{ Exit\(rawValue: (\d+)\) \}/).map { Int32($0.1)! }
        #expect(Exit.table.map(\.exit.rawValue) == declared)
        #expect(Set(declared).count == declared.count)
    }

    @Test func theOverviewListsThemAll() throws {
        let told = try entries("EXIT STATUS", of: "wq.7")
        #expect(told.map(\.tag) == Exit.table.map { "\($0.exit.rawValue)" })
        #expect(told.map(\.text) == Exit.table.map { "\($0.meaning)" })
    }

    @Test func theReadmeListsThemAll() throws {
        let told = try rows(under: "## Exit codes", of: "README.md").dropFirst()
        #expect(told.map { $0[0] } == Exit.table.map { "\($0.exit.rawValue)" })
        #expect(told.map { $0[1] } == Exit.table.map { "\($0.meaning)" })
    }

    /// A program that a signal ends, or its command, ends with 128 and the signal's number, as in a shell.
    @Test func thePagesListNoOthers() throws {
        for page in try Repository.files("docs/man") where page.hasSuffix(".1") {
            let told = try entries("EXIT STATUS", of: page)
            #expect(!told.isEmpty, "\(page)")
            for code in told.flatMap({ $0.tag.matches(of: /\d+/).map { Int32($0.output)! } }) where code < 128 {
                #expect(Exit.table.contains { $0.exit.rawValue == code }, "\(page): \(code)")
            }
        }
    }
}

@Suite struct SettingTests {
    @Test func theScriptsReadThemInTheirOrder() throws {
        let names = Setting.allCases.map { "'\($0.key)'" }
        for script in ["common", "configure"] {
            let lua = try Repository.text("Sources/WorkQueue/Scripts/\(script).lua")
            let call = try #require(lua.firstMatch(of: /'HMGET', config,([^)]*)\)/), "\(script).lua reads no settings")
            let read = call.1.matches(of: /'[^']*'/).map { String($0.output) }.filter {
                $0 != "'format'" && $0 != "'epoch'"
            }
            #expect(read == names, "\(script).lua")
        }
    }

    @Test func whatIsStoredIsAcceptedIfTheProgramsReadItSo() {
        for setting in Setting.allCases {
            let isYesOrNo = setting.kind == .yesOrNo
            for value in ["yes", "no"] { #expect(setting.accepts(Bytes(value.utf8)) == isYesOrNo) }
            #expect(setting.accepts(Bytes("0")) == !isYesOrNo)
            let isRate = setting.kind == .rate
            #expect(setting.accepts(Bytes("10")) == (!isYesOrNo && !isRate))
            for value in ["50/s", "1/m", "999999999/h"] { #expect(setting.accepts(Bytes(value.utf8)) == isRate) }
            for value in ["", "-1", "Yes", "1s"] { #expect(!setting.accepts(Bytes(value.utf8))) }
        }
    }

    @Test func theScriptsHaveTheirDefaults() throws {
        let lua = try Repository.text("Sources/WorkQueue/Scripts/common.lua")
        for setting in Setting.allCases {
            let field = "\(setting.key)".replacing("-", with: "_")
            let usual =
                switch setting.kind {
                case .yesOrNo: "== 'yes'"
                case .rate: "or '\(setting.row.standard)'"
                case .number, .time: "or \(setting.row.standard)"
                }
            let value = try #require(
                lua.firstMatch(of: try Regex("[{ ]\(field) = ([^,}]*)", as: (Substring, Substring).self)),
                "common.lua has no \(field)")
            #expect(value.1.hasSuffix(usual), "\(field)")
        }
    }

    @Test func theProtocolListsThem() throws {
        let told = try rows(under: "## Settings", of: "docs/protocol.md").filter {
            $0[0] != "field" && $0[0] != "format"
        }
        #expect(told.map { $0[0] } == Setting.allCases.map { "\($0.key)" })
        #expect(told.map { $0[1] } == Setting.allCases.map { "\($0.row.standard)" })
    }

    @Test func theManualPageListsThem() throws {
        let told = try entries("DESCRIPTION", of: "wq-config.1")
        let tags = told.map {
            $0.tag.replacing("\\-", with: "-").replacing(/\ ?Ns\ ?|\ ?\b(Cm|Ar)\ /, with: "")
        }
        #expect(tags == Setting.allCases.map(\.form))
        for (setting, entry) in zip(Setting.allCases, told) where setting.kind != .yesOrNo {
            #expect(entry.text.contains("(\(String(decoding: setting.usual, as: UTF8.self)))"), "\(setting.key)")
        }
    }

    @Test(arguments: [
        ("max-attempts=3", "3"), ("max-attempts=0", "0"), ("retry-delay=2m", "120000"), ("retry-delay=0", "0"),
        ("paused=yes", "yes"), ("open=no", "no"), ("sealed=", ""), ("rate=50/s", "50/s"), ("rate=0", "0"),
    ])
    func valuesAreStoredAsRedisKeepsThem(_ text: String, _ stored: String) throws {
        #expect(String(decoding: try Change(Bytes(text.utf8)[...]).value, as: UTF8.self) == stored)
    }

    @Test(arguments: [
        "max-attempts=x", "max-attempts=-1", "retry-delay=1w", "paused=1", "colour=red", "paused", "=1", "",
    ])
    func otherValuesAreRefused(_ text: String) {
        let failure = #expect(throws: Failure.self) { try Change(Bytes(text.utf8)[...]) }
        #expect(failure?.exit == .usage)
    }

    @Test func anUnknownNameIsAnsweredWithAllThatThereAre() {
        let failure = #expect(throws: Failure.self) { try Change(Bytes("colour=red".utf8)[...]) }
        for setting in Setting.allCases { #expect(failure?.message.contains("\(setting.key)") ?? false) }
    }
}

@Suite struct VariableTests {
    /// All but the one for tests, which CONTRIBUTING.md tells of.
    @Test func theOverviewListsThem() throws {
        let told = try entries("ENVIRONMENT", of: "wq.7").flatMap {
            $0.tag.dropFirst(3).split(separator: " , ").map(String.init)
        }
        let names = Variable.allCases.filter { $0 != .debugStop }.map { "\($0.name)" }
        #expect(told.sorted() == names.sorted())
        #expect(try Repository.text("CONTRIBUTING.md").contains("\(Variable.debugStop.name)"))
    }

    @Test func theOverviewHasTheirDefaults() throws {
        let told = try entries("ENVIRONMENT", of: "wq.7")
        for (name, time) in [
            ("WQ_CONNECT_TIMEOUT", Server.usualConnectTimeout), ("WQ_COMMAND_TIMEOUT", Server.usualCommandTimeout),
        ] {
            let entry = try #require(told.first { $0.tag == "Ev \(name)" })
            #expect(entry.text.contains("(\(time.text))"), "\(name)")
        }
    }

    /// What the person who runs the tests has set must not reach the programs.
    @Test func theTestsForgetThem() throws {
        let helper = try Repository.text("Tests/shell/helper.bash").split(separator: "\n").filter {
            $0.hasPrefix("unset ")
        }
        let forgotten = Set(helper.flatMap { $0.split(separator: " ").dropFirst().map(String.init) })
        for variable in Variable.allCases where ![.temporaryFolder, .terminal].contains(variable) {
            #expect(forgotten.contains("\(variable.name)"), "helper.bash does not unset \(variable.name)")
        }
    }

    @Test func noFileReadsTheEnvironmentBesideTheTable() throws {
        let sources = try Repository.files("Sources").filter { $0.hasSuffix(".swift") }
        #expect(sources.count > 50)
        for file in sources where file != "Shell/Variable.swift" {
            #expect(!(try Repository.text("Sources/\(file)")).contains("getenv("), "\(file)")
        }
    }
}

@Suite struct DefaultTests {
    @Test func thePagesSayTheTimes() throws {
        let lease = Defaults.lease.count
        let workLease = Defaults.workLease.count
        let hold = Defaults.pushHold.count
        for (page, told) in [
            ("README.md", "when its lease (\(lease) s; `-l`) runs out"),
            ("README.md", "`WQ_CONNECT_TIMEOUT` (\(Server.usualConnectTimeout.text))"),
            ("docs/connecting.md", "`WQ_CONNECT_TIMEOUT` (\(Server.usualConnectTimeout.text))"),
            ("README.md", "with another worker after \(workLease) s (`-l`)"),
            ("docs/man/wq-work.1", "after at most \(workLease) seconds .Pq Fl l ."),
            ("docs/protocol.md", "`Q:producers` for \(hold) s"),
            ("docs/protocol.md", "no answer for \(Server.usualCommandTimeout.count) s"),
        ] {
            let words = try Repository.text(page).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains(told), "\(page): \(told)")
        }
    }

    @Test func aDefaultIsInTheHelp() {
        #expect(Option("", "time", "TIME", "how long", Seconds(60)).help == "how long (60s)")
        #expect(Option("", "time", "TIME", "how long").help == "how long")
    }
}

@Suite struct ProgramListTests {
    @Test func thePackageListsTheFoldersOfThePrograms() throws {
        let folders = try Repository.files("Sources").filter { $0.hasPrefix("wq-") && !$0.contains("/") }
        let listed = try Repository.text("Package.swift").matches(of: /"(wq-[a-z]+)"/).map { String($0.1) }
        #expect(Set(listed) == Set(folders))
        #expect(listed == listed.sorted(), "Package.swift lists programs twice, or in no order")
    }
}
