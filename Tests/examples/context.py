"""Lists the files of a tree that a .dockerignore file lets into the context of a build.

    context.py IGNORE-FILE <names >names

The rules are those of Docker: patterns are relative to the top; the last one that matches a file, or a folder above it,
decides; `!` lets in again; `*` matches within a name, `**` any number of folders.
Source: <https://docs.docker.com/build/concepts/context/#dockerignore-files>
"""

import re
import sys


def expression(pattern):
    """The pattern as a regular expression that matches a whole path."""
    out = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(.*/)?", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return re.compile(out + r"\Z")


def rules(text):
    """Pairs of whether a pattern lets in and its expression, in their order."""
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            lets_in = line.startswith("!")
            yield lets_in, expression(line.lstrip("!").strip("/"))


def is_let_in(name, known):
    """Whether the file of that name is part of the context."""
    parts = name.split("/")
    heads = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    verdict = True
    for lets_in, rule in known:
        if any(rule.match(head) for head in heads):
            verdict = lets_in
    return verdict


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        known = list(rules(file.read()))
    for line in sys.stdin:
        if is_let_in(line.rstrip("\n"), known):
            sys.stdout.write(line)


main()
