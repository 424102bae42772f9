import Testing

@testable import Base
@testable import Worker

@Suite struct TemplateTests {
    private func line(_ command: ByteList, _ item: String, isInput: Bool = false) -> [String] {
        Template(command, isInput: isInput).words(for: Bytes(item.utf8)).map { String(decoding: $0, as: UTF8.self) }
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
}
