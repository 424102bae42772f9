import Testing

@testable import Base
@testable import Worker

@Suite struct TemplateTests {
    private func line(_ command: ByteList, _ item: String, isInput: Bool = false) -> [String] {
        Template(command, isInput: isInput).words(for: [Bytes(item.utf8)]).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What GNU parallel 20221122 puts in place of `{.}`, `{/}`, `{//}` and `{/.}`.
    @Test(
        arguments: [
            ("a", "a", "a", ".", "a"), ("a.b", "a", "a.b", ".", "a"), ("a.b.c", "a.b", "a.b.c", ".", "a.b"),
            (".rc", "", ".rc", ".", ""), ("d/.rc", "d/", ".rc", "d", ""), ("d.x/a", "d.x/a", "a", "d.x", "a"),
            ("d.x/a.b", "d.x/a", "a.b", "d.x", "a"), ("/a", "/a", "a", "/", "a"), ("/a.b", "/a", "a.b", "/", "a"),
            ("/", "/", "", "/", ""), ("//", "//", "", "/", ""), ("a/", "a/", "", ".", ""),
            ("a/b/", "a/b/", "", "a", ""),
            ("a//b.c", "a//b", "b.c", "a", "b"), ("a b.c d", "a b", "a b.c d", ".", "a b"), ("a.", "a", "a.", ".", "a"),
            ("a..", "a.", "a..", ".", "a."), (".a.", ".a", ".a.", ".", ".a"), ("x/..", "x/.", "..", "x", "."),
            ("", "", "", ".", ""),
        ])
    func partsOfAPath(_ item: String, _ stem: String, _ name: String, _ folder: String, _ nameStem: String) {
        #expect(line(["{}", "{.}", "{/}", "{//}", "{/.}"], item) == [item, stem, name, folder, nameStem])
    }

    @Test func placesStandAnywhereInAWord() {
        #expect(line(["x", "a{/.}b{//}{.}"], "d/n.e") == ["x", "anbdd/n"])
        // What is almost a place is none, and what an item has is none either.
        #expect(
            line(["{", "{{}}", "{/", "{/..}", "{///}", "{}"], "{}") == ["{", "{{}}", "{/", "{/..}", "{///}", "{}"])
    }

    @Test func withoutAPlaceTheItemIsTheLastWord() {
        #expect(line(["echo", "{ }"], "i") == ["echo", "{ }", "i"])
        #expect(line(["echo", "{}"], "i", isInput: true) == ["echo", "{}"])
    }

    private func line(_ command: ByteList, _ items: [String], isInput: Bool = false) -> [String] {
        Template(command, isInput: isInput).words(for: items.map { Bytes($0.utf8) }).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func eachOfSeveralItemsIsAWord() {
        #expect(line(["echo", "x"], ["d/a.b", "", "c d"]) == ["echo", "x", "d/a.b", "", "c d"])
        #expect(line(["cp", "{}", "--", "{/.}", "to"], ["d/a.b", "c"]) == ["cp", "d/a.b", "c", "--", "a", "c", "to"])
        #expect(line(["cat", "{}"], ["a", "b"], isInput: true) == ["cat", "{}"])
    }

    @Test(
        arguments: [
            (["echo"], false), (["echo", "{}"], false), (["echo", "{}", "{//}", "{"], false),
            (["echo", "x{}"], true), (["sh", "-c", "echo {}"], true), (["echo", "{}", "{}{}"], true), (["{}"], true),
            (["{.}", "a"], true), (["x{}"], true),
        ] as [([String], Bool)])
    func severalItemsStandOnlyInPlaceOfAWord(_ words: [String], _ expected: Bool) {
        var command = ByteList()
        for word in words { command.append(word.utf8) }
        #expect(Template.hasPlaceForOne(command) == expected)
    }
}
