"""The mistakes that can be made in a Lua script: its text with one token, or one statement of a line, changed.

A mutant is made by rules from the text, so it follows the text when that changes.
"""

import re

from mutant import Mutant, near

TOKEN = re.compile(
    r"(?P<comment>--[^\n]*)|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")|(?P<number>\d+(?:e\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>[=~<>]=|\.\.\.?|[-+*/%^#<>=(){}\[\];:,.])")
KEYS = ("ready processing guard_lease arriving items leased delayed dead attempts producers config stats seq lost"
        " calls own_key second_key").split()
# What each token becomes.
OTHERS = {
    "<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["~="], "~=": ["=="],
    "and": ["or"], "or": ["and"], "not": [""], "true": ["false"], "false": ["true"], "min": ["max"], "max": ["min"],
    "floor": ["ceil"], "ceil": ["floor"], "+": ["-"], "-": ["+"],
    "'RPUSH'": ["'LPUSH'"], "'LPUSH'": ["'RPUSH'"], "'RIGHT'": ["'LEFT'"], "'RPOP'": ["'LPOP'"], "'yes'": ["'no'"],
    "'lost'": ["'unknown'"], "'unknown'": ["'lost'"], "'ZRANGE'": ["'ZREVRANGE'"], "'XX'": ["'NX'"],
    "'back'": ["'front'"], "'front'": ["'back'"], "'ids'": ["'some'"], "'drained'": ["'busy'"], "'busy'": ["'drained'"],
    # A key of the same type, so that Redis does not refuse it.
    "ready": ["arriving"], "arriving": ["ready"], "processing": ["arriving"], "leased": ["delayed"],
    "delayed": ["dead"], "suspects": ["delayed"], "dead": ["leased"], "producers": ["delayed"], "lost": ["leased"], "items": ["attempts"],
    "attempts": ["items"], "calls": ["attempts"], "config": ["stats"], "stats": ["config"], "seq": ["own_key"],
    "own_key": ["seq"],
}
# A statement that fills a line: a call, an assignment, or a condition with what follows from it.
STATEMENT = re.compile(
    r"^ *(?! |local\b|return\b|for\b|end\b|else|function\b|--)(?:if .* end"
    r"|[\w.]+\(.*\)|[\w.\[\]#+, *-]+ = .*)$")


def tokens(text):
    return [(match.lastgroup, match.group(), match.start()) for match in TOKEN.finditer(text)]


def others(kind, token, before, after):
    """What the token may become, given its neighbours."""
    if kind == "number" and token.isdigit():
        # A place in a list is exchanged with its neighbour.
        return [str(other) for other in near(int(token))][:1 if before == "[" else 2]
    if token in KEYS and (before == "." or after == "="):
        return []
    # A sign is no subtraction.
    if token == "-" and (before in ("(", ",", "=", "return", "and", "or", "{", "<", ">", "==") or before.endswith("=")):
        return []
    return OTHERS.get(token, []) if kind in ("name", "operator", "string") else []


def mutants(name, text):
    """All mutants of the text of a script."""
    found = [token for token in tokens(text) if token[0] != "comment"]
    # The keys' names are given there.
    declared = [match.span() for match in re.finditer(r"^local [^=]*= unpack\(KEYS\)", text, re.M)]
    out = []
    for index, (kind, token, start) in enumerate(found):
        if any(low <= start < high for low, high in declared):
            continue
        before = found[index - 1][1] if index else ""
        after = found[index + 1][1] if index + 1 < len(found) else ""
        for other in others(kind, token, before, after):
            end = start + len(token)
            if other == "" and text[end:end + 1] == " ":
                end += 1
            out.append(Mutant(name, text, start, end, other))
    at = 0
    for line in text.splitlines(keepends=True):
        if STATEMENT.match(line.rstrip("\n")):
            begin = at + len(line) - len(line.lstrip())
            out.append(Mutant(name, text, begin, at + len(line.rstrip("\n")), ""))
        at += len(line)
    return out


def fitted(text, length):
    """The text with that length: spaces are added, or the ends of comments are left out. None if they are too few."""
    for kind, token, start in reversed(tokens(text)):
        excess = len(text) - length
        if excess <= 0:
            break
        if kind == "comment":
            cut = min(excess, len(token) - 2)
            text = text[:start + len(token) - cut] + text[start + len(token):]
    return text + " " * (length - len(text)) if len(text) <= length else None
