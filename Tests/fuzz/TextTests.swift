import Foundation
import Testing

@testable import Base
@testable import Redis
@testable import Shell
@testable import WorkQueue

/// What is read from users and shown to them.
extension FuzzTests {
    @Suite struct Texts {
        @Test func anAddressThatCanBeUsedIsShownAsOneThatIsTheSame() {
            cases("addresses") { random, _ in
                let scheme = random.pick([
                    "redis://", "unix://", "redis+sentinel://", "rediss://", "unix:///", "redis://h:1/", "",
                ])
                let url = Array(scheme.utf8) + random.bytes(30, of: random.pick([nil, "@:/?=,[]%0123456789abcdb.-"]))
                do throws(Failure) {
                    var address = try Address(url: url)
                    address.credentials = Credentials()
                    // What is not printable is shown escaped, and is another host then.
                    if address.text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\%@?".utf8.contains($0) }) {
                        #expect(
                            (try? Address(url: Array(address.text.utf8))) == address, "\(place()): \(url.printable)")
                    }
                } catch {
                    #expect(error.exit == .badConfiguration, "\(place())")
                }
            }
        }

        @Test func aPasswordIsInNoMessage() {
            cases("passwords") { random, _ in
                let secret = Array("zQ".utf8) + random.bytes(6, of: "abc%@:") + Array("Qz".utf8)
                let url = Array("redis://user:".utf8) + secret + Array("@".utf8) + random.bytes(12, of: "host:/019[]x")
                do throws(Failure) { _ = try Address(url: url) } catch {
                    #expect(
                        !error.message.contains("zQ") && !error.message.contains("Qz"), "\(place()): \(error.message)")
                }
            }
        }

        @Test func durationsAreReadAsTheyAreShown() {
            cases("durations") { random, _ in
                let text = random.bytes(12, of: "0123456789smhd")
                if let time = milliseconds(text) {
                    #expect(milliseconds(Array(duration(time).utf8)) == time, "\(place()): \(text.printable)")
                    _ = (roughly(time), timestamp(time), seconds(time))
                }
            }
        }

        /// Cut anywhere, in pieces of any size.
        @Test func recordsAreTheSameHoweverTheyCome() {
            cases("records") { random, _ in
                let bytes = random.bytes(60, of: random.once(in: 2) ? "a\n\0" : nil)
                let separation = random.pick([Separation.lines, .nulls, .whole])
                var splitter = Splitter(separation)
                var (rest, found): (ArraySlice<UInt8>, [[UInt8]]) = (bytes[...], [])
                while !splitter.isDone {
                    let piece = rest.prefix(random.number(1..<20))
                    rest = rest.dropFirst(piece.count)
                    splitter.feed(Array(piece))
                    while splitter.next({ found.append(Array($0)) }) {}
                }
                var expected = [bytes]
                if separation != .whole {
                    expected = bytes.split(separator: separation == .lines ? 10 : 0, omittingEmptySubsequences: false)
                        .map {
                            Array($0)
                        }
                    if expected.last == [] { expected.removeLast() }
                }
                #expect(found == expected, "\(place())")
            }
        }

        /// As the shell, JSON and a person read it.
        @Test func whatIsQuotedIsReadBackAsItWas() throws {
            try cases("quoting") { random, _ in
                let bytes = random.bytes(40, of: random.pick([nil, "a'\\\"\n\t \u{e9}\u{1F34C}\u{85}\u{7f}\u{1b}"]))
                #expect(unquoted(quoted(bytes)) == bytes, "\(place())")
                #expect(Data(base64Encoded: Data(base64(bytes))) == Data(bytes), "\(place())")
                if let json = jsonString(bytes) {
                    let array = try JSONSerialization.jsonObject(with: Data([0x5B] + json + [0x5D])) as? [String]
                    #expect(array.map { $0.map { Array($0.utf8) } } == [bytes], "\(place())")
                } else {
                    #expect(String(validating: bytes, as: UTF8.self) == nil, "\(place())")
                }
                let escaped = bytes.escaped(backslash: true)
                #expect(unescaped(escaped) == bytes, "\(place())")
                #expect(!escaped.contains { $0 < 0x20 || $0 == 0x7F }, "\(place())")
            }
        }

        /// What list makes of records, whole and damaged.
        @Test func aRecordIsItsFieldsOrAnItem() {
            cases("records of Redis") { random, _ in
                let record = random.bytes(30, of: random.once(in: 2) ? "\t\t019a\n" : nil)
                let entry = Entry(state: .leased, record: record)
                if entry.reason == Array("damaged record".utf8) {
                    #expect(entry.item == record, "\(place())")
                } else {
                    #expect(record.reversed().starts(with: entry.item.reversed()), "\(place())")
                    #expect(entry.attempt.decimal != nil, "\(place())")
                }
            }
        }

        /// A word of a POSIX shell: text in single quotes, and quotes with a backslash.
        private func unquoted(_ word: [UInt8]) -> [UInt8] {
            var (out, isQuoted, rest): ([UInt8], Bool, ArraySlice<UInt8>) = ([], false, word[...])
            while let byte = rest.popFirst() {
                if byte == 0x27 {
                    isQuoted.toggle()
                } else if byte == 0x5C, !isQuoted {
                    if let next = rest.popFirst() { out.append(next) }
                } else {
                    out.append(byte)
                }
            }
            return out
        }

        private func unescaped(_ text: [UInt8]) -> [UInt8] {
            var (out, rest): ([UInt8], ArraySlice<UInt8>) = ([], text[...])
            while let byte = rest.popFirst() {
                guard byte == 0x5C, let letter = rest.popFirst() else {
                    out.append(byte)
                    continue
                }
                switch letter {
                case 0x6E: out.append(0x0A)
                case 0x74: out.append(0x09)
                case 0x65: out.append(0x1B)
                case 0x78:
                    out.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                    rest = rest.dropFirst(2)
                default: out.append(letter)
                }
            }
            return out
        }
    }
}
