"""The mistakes that can be made in a Swift file, and the text in which all of them lie at once: each is chosen at run
time by the variable WQ_MUTANT, so that one build is enough.

A site is a place that can be wrong in one or two ways. Where it stands, the text calls what `support` declares.
"""

import re

from mutant import Mutant, near

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*)|(?P<text>"""(?:\\.|.)*?"""'
    r'|"(?:\\\((?:[^()"]|"[^"]*"|\((?:[^()]|\([^()]*\))*\))*\)|\\.|[^"\\\n])*")'
    r"|(?P<number>0x[0-9A-Fa-f_]+|\d[\d_]*(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*|\$\d+)|(?P<operator>[-+*/%<>=!&|^~?.]+)"
    r"|(?P<other>[(){}\[\],:;@#`\\])", re.S)
COMPARISONS = {
    "<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["!="], "!=": ["=="],
}
BOTH = {**COMPARISONS, "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "+=": ["-="], "-=": ["+="]}
PRECEDENCE = {"&&": "LogicalConjunction", "||": "LogicalDisjunction", "+": "Addition", "-": "Addition",
              "+=": "Assignment", "-=": "Assignment"}
# An assignment or a call that fills a line, a function's body or what follows a case.
STATEMENT = r"(?:[\w.?!\[\]()]+ (?:=|\+=|-=) .*|(?:try )?[a-z][\w.?!]*\(.*\))"
WHOLE = re.compile(
    r"^(?P<before> *(?:case [^:=]*: |default: |(?:@\w+ )?(?:\w+ )*func [^{>]*\{ )?)"
    r"(?!(?:let|var|return|if|guard|for|while|switch|case|default|else|throw|package|private|static|func|import|defer"
    r"|break|continue|precondition)\b)(?P<statement>" + STATEMENT + r")(?P<after> \})?$")
CONDITION = re.compile(r"^(?: *|.*[{}] )(?:if|guard|while) (?=[^{]*)", re.M)


# No process has this number.
NONE = -2


class Site:
    """A place that can be wrong: the mutants, and the edits of the text (start, end, what stands there)."""

    def __init__(self, mutants, edits, declaration=None):
        self.mutants, self.edits, self.declaration = mutants, edits, declaration


class File:
    """The sites of a file, as they are found. Their mutants have the numbers from `first` on, in their order."""

    def __init__(self, name, text, first):
        self.name, self.text, self.number, self.sites = name, text, first, []
        self.tokens = [(match.lastgroup, match.group(), match.start()) for match in TOKEN.finditer(text)]
        # Comments and texts of several lines.
        self.hidden = [(start, start + len(token)) for kind, token, start in self.tokens if kind in ("comment", "text")]

    def add(self, start, end, wrong, edits, declaration=None):
        """What stands from `start` to `end` can be each of the wrong texts. The edits and the declaration are made from
        the mutants' numbers."""
        mutants = [Mutant(self.name, self.text, start, end, other) for other in wrong]
        numbers = ([self.number + index for index in range(len(mutants))] + [NONE])[:2]
        self.sites.append(Site(mutants, edits(*numbers), declaration and declaration(*numbers)))
        self.number += len(mutants)

    def is_hidden(self, place):
        return any(low <= place < high for low, high in self.hidden)

    def add_operator(self, token, start, end, line):
        text = self.text
        is_infix = text[start - 1] in " \n" and text[end] in " \n"
        name = token + symbol(self.number)
        # Texts and bytes are no numbers.
        if token in BOTH and is_infix and not (token == "+" and re.search(r'"|Bytes\(|\[0x', line)):
            self.add(start, end, BOTH[token], lambda *_: [(start, end, name)], lambda a, b: infix(token, name, a, b))
        elif token == "!" and not is_infix and text[start - 1] in " (" and re.match(r"[\w(]", text[end]):
            self.add(start, end, [""], lambda *_: [(start, end, name)], lambda a, _: (
                f"prefix operator {name}\npackage prefix func {name}(a: Bool) -> Bool {{ mutant == {a} ? a : !a }}"))

    def add_number(self, token, start, end):
        value = int(token.replace("_", ""), 0)
        # Those are bytes.
        is_hex = token.startswith("0x")
        wrong = [hex(value + 1), hex(value - 1)] if is_hex and value else [str(other) for other in near(value)]
        self.add(start, end, wrong, lambda a, b: [(start, end, f"one([{a}, {b}], [{', '.join(wrong)}], {token})")])

    def add_name(self, token, start, end, before):
        if token in ("true", "false"):
            other = "false" if token == "true" else "true"
            self.add(start, end, [other], lambda a, _: [(start, end, f"same({a}, {token})")])
        elif token in ("min", "max") and before not in (".", "func") and self.text[end] == "(":
            other = "max" if token == "min" else "min"
            self.add(start, end, [other], lambda a, _: [(start, end + 1, f"{token}ed({a}, ")])

    def add_tokens(self):
        for index, (kind, token, start) in enumerate(self.tokens):
            end = start + len(token)
            line = self.text[self.text.rfind("\n", 0, start) + 1:self.text.find("\n", start)]
            before = self.tokens[index - 1][1] if index else ""
            if re.search(r"\boperator\b|\bfunc [<=]|^import|^@", line.strip()):
                continue
            if kind == "operator":
                self.add_operator(token, start, end, line)
            elif kind == "number" and before != "." and "." not in token and not re.match(r" *case \w+ = ", line):
                self.add_number(token, start, end)
            elif kind == "name":
                self.add_name(token, start, end, before)

    def add_condition(self, at, line):
        """A condition that is never true."""
        match = CONDITION.match(line)
        if match and not self.is_hidden(at + match.end()):
            place = at + match.end()
            never = "false, " if re.search(r"\b(let|case)\b", line) else "false && "
            self.add(place, place, [never], lambda a, _: [(place, place, f"isIntact({a}), ")])

    def add_statement(self, at, line, header, is_alone, constants):
        """A statement that is left out."""
        match = WHOLE.match(line)
        if not match or match["statement"].split(" ")[0] in constants or re.search(r"\binit\b", header):
            return
        is_body = match["before"].endswith("{ ")
        # A body that is one call may be what is returned.
        is_call = not re.match(r"[\w.?!\[\]()]+ (=|\+=|-=) ", match["statement"])
        if bool(match["after"]) != is_body or is_call and (is_alone or match["before"].strip() and not is_body):
            return
        if match["statement"].count("(") == match["statement"].count(")"):
            start, end = at + match.start("statement"), at + match.end("statement")
            self.add(start, end, [""], lambda a, _: [(start, start, f"if isIntact({a}) {{ "), (end, end, " }")])

    def add_lines(self):
        at, header, rows = 0, "", self.text.splitlines() + [""]
        constants = re.findall(r"\blet (\w+): [\w<>?\[\]]+$", self.text, re.M)
        for row, line in enumerate(rows[:-1]):
            if re.search(r"\b(init|func|var|subscript)\b.*\{$", line):
                header = line
            if not self.is_hidden(at):
                self.add_condition(at, line)
                is_alone = rows[row - 1].endswith("{") and rows[row + 1].strip() == "}"
                self.add_statement(at, line, header, is_alone, constants)
            at += len(line) + 1


def sites(name, text, first):
    """All sites of the file."""
    file = File(name, text, first)
    file.add_tokens()
    file.add_lines()
    return file.sites


def symbol(number):
    """Two characters that make an operator of its own."""
    return chr(0x2200 + number // 200) + chr(0x2200 + number % 200)


def infix(token, name, a, b):
    """The operator that is the other one if the mutant of that number is chosen."""
    head = f"infix operator {name} : {PRECEDENCE.get(token, 'Comparison')}Precedence\npackage func {name}"
    others = BOTH[token]
    if token in ("&&", "||"):
        return (f"{head}(a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool"
                f" {{ mutant == {a} ? try a {others[0]} b() : try a {token} b() }}")
    if token in ("+=", "-="):
        return (f"{head}<T: AdditiveArithmetic>(a: inout T, b: T)"
                f" {{ if mutant == {a} {{ a {others[0]} b }} else {{ a {token} b }} }}")
    if token in ("+", "-"):
        return (f"{head}<T: AdditiveArithmetic>(a: T, b: T) -> T"
                f" {{ mutant == {a} ? a {others[0]} b : a {token} b }}")
    kind = "Equatable" if token in ("==", "!=") else "Comparable"
    text = (f"{head}<T: {kind}>(a: T, b: T) -> Bool {{ mutant == {a} ? a {others[0]} b : "
            + (f"mutant == {b} ? a {others[1]} b : " if len(others) > 1 else "") + f"a {token} b }}")
    if kind == "Equatable":
        text += (f"\npackage func {name}<T>(a: T?, b: _OptionalNilComparisonType) -> Bool"
                 f" {{ mutant == {a} ? a {others[0]} b : a {token} b }}")
    return text


SUPPORT = """import Glibc

/// The number of the mistake that this process makes.
package let mutant = (getenv)("WQ_MUTANT").flatMap { Int(String(cString: $0)) } ?? -1

package func isIntact(_ number: Int) -> Bool { mutant != number }
package func same(_ number: Int, _ value: Bool) -> Bool { (mutant == number) != value }
package func one<T>(_ numbers: [Int], _ wrong: [T], _ right: T) -> T {
    zip(numbers, wrong).first { $0.0 == mutant }?.1 ?? right
}
package func mined<T: Comparable>(_ number: Int, _ all: T...) -> T { mutant == number ? all.max()! : all.min()! }
package func maxed<T: Comparable>(_ number: Int, _ all: T...) -> T { mutant == number ? all.min()! : all.max()! }
"""


def support(all_sites):
    """What the changed text calls, as a file of the module Base."""
    return SUPPORT + "".join(site.declaration + "\n" for site in all_sites if site.declaration)


def changed(text, all_sites, is_base):
    """The text with all these sites in it, line for line."""
    edits = sorted((edit for site in all_sites for edit in site.edits), key=lambda edit: (edit[0], edit[1]))
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text if is_base or re.search(r"^import Base$", text, re.M) else "import Base; " + text
