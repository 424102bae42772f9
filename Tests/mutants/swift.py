"""The mistakes that can be made in a Swift file, and the text in which all of them lie at once: each is chosen at run
time by the variable WQ_MUTANT, so that one build is enough.

A site is a place that can be wrong in one or two ways. Where it stands, the text calls what `support` declares.
"""

import re

from mutant import Mutant, near

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*)|(?P<text>"""(?:\\.|.)*?"""|"(?:\\\((?:[^()"]|"[^"]*"|\((?:[^()]|\([^()]*\))*\))*\)|\\.|[^"\\\n])*")'
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


def lines(text):
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line.rstrip("\n")
        at += len(line)


def sites(file, text, first):
    """All sites of the file. Their mutants have the numbers from `first` on, in their order."""
    found = [(match.lastgroup, match.group(), match.start()) for match in TOKEN.finditer(text)]
    out, number = [], first
    hidden = [(start, start + len(token)) for kind, token, start in found if kind in ("comment", "text")]

    def add(start, end, replacements, edits, declaration=None):
        nonlocal number
        mutants = [Mutant(file, text, start, end, replacement) for replacement in replacements]
        numbers = [number + index for index in range(len(mutants))] + [NONE]
        out.append(Site(mutants, edits(*numbers[:2]), declaration and declaration(*numbers[:2])))
        number += len(mutants)

    for index, (kind, token, start) in enumerate(found):
        end = start + len(token)
        line = text[text.rfind("\n", 0, start) + 1:text.find("\n", start)]
        before = found[index - 1][1] if index else ""
        if re.search(r"\boperator\b|\bfunc [<=]|^import|^@", line.strip()):
            continue
        if kind == "operator":
            spaced = text[start - 1] in " \n" and text[end] in " \n"
            if token in BOTH and spaced and not (token == "+" and re.search(r'"|Bytes\(|\[0x', line)):
                name = token + symbol(number)
                add(start, end, BOTH[token], lambda *_, name=name, start=start, end=end: [(start, end, name)],
                    lambda a, b, name=name, token=token: infix(token, name, a, b))
            elif token == "!" and not spaced and text[start - 1] in " (" and re.match(r"[\w(]", text[end]):
                name = token + symbol(number)
                add(start, end, [""], lambda *_, name=name, start=start, end=end: [(start, end, name)],
                    lambda a, _, name=name: f"prefix operator {name}\npackage prefix func {name}(a: Bool) -> Bool"
                                            f" {{ mutant == {a} ? a : !a }}")
        elif kind == "number" and before != "." and "." not in token and not re.match(r" *case \w+ = ", line):
            value = int(token.replace("_", ""), 0)
            # Those are bytes.
            is_hex = token.startswith("0x")
            wrong = [hex(value + 1), hex(value - 1)] if is_hex and value else [str(other) for other in near(value)]
            add(start, end, wrong, lambda a, b, start=start, end=end, token=token, wrong=wrong: [
                (start, end, f"one([{a}, {b}], [{', '.join(wrong)}], {token})")])
        elif kind == "name" and token in ("true", "false"):
            add(start, end, ["false" if token == "true" else "true"],
                lambda a, _, start=start, end=end, token=token: [(start, end, f"same({a}, {token})")])
        elif kind == "name" and token in ("min", "max") and before != "." and before != "func" and text[end] == "(":
            other = {"min": "max", "max": "min"}[token]
            add(start, end, [other],
                lambda a, _, start=start, end=end, token=token: [(start, end + 1, f"{token}ed({a}, ")])
    header = ""
    names = re.findall(r"\blet (\w+): [\w<>?\[\]]+$", text, re.M)
    rows = list(lines(text))
    for row, (at, line) in enumerate(rows):
        if re.search(r"\b(init|func|var|subscript)\b.*\{$", line):
            header = line
        if any(low <= at < high for low, high in hidden):
            continue
        condition = CONDITION.match(line)
        if condition and not any(low <= at + condition.end() < high for low, high in hidden):
            place = at + condition.end()
            stop = text.find("\n", place)
            never = "false, " if "if let" in line or "case" in line or "let " in line else "false && "
            add(place, place, [never],
                lambda a, _, place=place: [(place, place, f"isIntact({a}), ")])
            assert stop
        match = WHOLE.match(line)
        if not match or match["statement"].split(" ")[0] in names or re.search(r"\binit\b", header):
            continue
        body = match["before"].endswith("{ ")
        # A body that is one call may be what is returned.
        alone = rows[row - 1][1].endswith("{") and row + 1 < len(rows) and rows[row + 1][1].strip() == "}"
        call = not re.match(r"[\w.?!\[\]()]+ (=|\+=|-=) ", match["statement"])
        if bool(match["after"]) != body or call and (alone or match["before"].strip() and not body):
            continue
        if match["statement"].count("(") != match["statement"].count(")"):
            continue
        start, end = at + match.start("statement"), at + match.end("statement")
        add(start, end, [""], lambda a, _, start=start, end=end: [
            (start, start, f"if isIntact({a}) {{ "), (end, end, " }")])
    return out


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
