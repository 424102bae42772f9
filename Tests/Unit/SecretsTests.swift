import Testing

@testable import Base

/// No message shows a secret, however it is written.
@Suite struct SecretsTests {
    private func hidden(_ text: String, _ secrets: String...) -> String {
        var known = Secrets()
        for secret in secrets { known.add(Bytes(secret.utf8)) }
        return known.hidden(in: text)
    }

    @Test(arguments: [
        ("no sesam here", "no *** here"), ("sesam", "***"), ("xsesamx", "x***x"), ("SESAM and Sesam", "*** and ***"),
        ("%73esam, %73%65%73%61%6D", "***, ***"), ("\\x73esa\\x6d", "***"), ("sesa sesa", "sesa sesa"), ("", ""),
        ("sesasesam", "sesa***"),
    ])
    func aSecretIsHidden(_ text: String, _ expected: String) { #expect(hidden(text, "sesam") == expected) }

    @Test(arguments: [
        ("two\nlines", "[two lines] [two\\nlines] [two%0alines]"), ("per%cent", "[per%cent] [per%25cent]"),
        ("100%25", "[100%25] [100%2525]"), ("back\\slash", "[back\\slash] [back\\\\slash]"), ("qu\"ote", "[qu\\\"ote]"),
        ("é🐡", "[é🐡] [%C3%A9🐡] [\\xc3\\xa9\\xf0\\x9f\\x90\\xa1]"),
    ])
    func soAreItsOtherForms(_ secret: String, _ text: String) {
        #expect(hidden(text, secret).split(separator: " ").allSatisfy { $0 == "[***]" })
    }

    @Test func whatWasCutShortIsHiddenIfItIsLongEnough() {
        #expect(hidden("begins with: 0123456789abcdef.", "0123456789abcdefghi") == "begins with: ***.")
        #expect(hidden("begins with: 0123456789abcde.", "0123456789abcdefghi") == "begins with: 0123456789abcde.")
    }

    @Test func aShortOneIsHiddenAsAWord() {
        #expect(hidden("unable, 'a' a", "a") == "unable, '***' ***")
        #expect(hidden("any text", "") == "any text")
    }

    @Test(arguments: [
        ("abc 1abc abc2 zabc abcz Aabc abcZ abc9 éabc abcé", "*** 1abc abc2 zabc abcz Aabc abcZ abc9 éabc abcé"),
        ("abc", "***"), ("xabc", "xabc"), ("abcx", "abcx"), ("[abc]{abc}@abc/abc:", "[***]{***}@***/***:"),
        ("0abc", "0abc"),
        ("aabc abca", "aabc abca"), ("\u{7F}abc\u{7F}", "\u{7F}***\u{7F}"),
    ])
    func aWordEndsWhereNoLetterFollows(_ text: String, _ expected: String) { #expect(hidden(text, "abc") == expected) }

    @Test func whatIsLikeASecretIsNone() {
        let text =
            "a line that is longer than the secret would be in any form: sesbm, %73esan, \\x73esal, %74esam, sesa%6"
        #expect(hidden(text, "sesam", "sescm") == text)
    }

    @Test func oneOfFourIsHiddenEverywhere() { #expect(hidden("xabcdx", "abcd") == "x***x") }

    @Test func lettersOfEitherCaseAreTheSameAndOthersAreNot() {
        #expect(hidden("AZaz", "azAZ") == "***")
        #expect(hidden("@[`{", "`{@[") == "@[`{")
    }

    @Test func spacesStandForControlCharactersOnly() {
        #expect(hidden("five six", "five\u{1F}six") == "***")
        #expect(hidden("five six", "five!six") == "five six")
    }

    @Test(arguments: [
        ("\r", "\\r"), ("\t", "\\t"), ("\u{7}", "\\a"), ("\u{8}", "\\b"), ("\u{1B}", "\\e"), ("\n", "\\n"),
    ])
    func controlCharactersAreHiddenAsTheyAreEscaped(_ character: String, _ escape: String) {
        #expect(hidden("five\(escape)six", "five\(character)six") == "***")
    }

    @Test func theLongestOfSeveralIsHidden() {
        #expect(hidden("sesame sesam", "sesam", "sesame") == "*** ***")
    }
}
