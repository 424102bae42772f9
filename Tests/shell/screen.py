"""screen.py COLUMNS: prints the lines that a terminal so wide shows in the end, of what it was sent on standard input: those
that were scrolled away, too. A sequence that it does not know ends it with 1."""

import re
import sys

TOKEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[^\x1b]", re.DOTALL)


def main():
    width = int(sys.argv[1])
    text = sys.stdin.buffer.read().decode()
    rows, column, at = [[]], 0, 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if not token:
            sys.exit(f"unknown: {text[at:at + 10]!r}")
        at = token.end()
        token = token.group()
        if token == "\r":
            column = 0
        elif token == "\n":
            rows.append([])
        elif token == "\x1b[K":
            del rows[-1][column:]
        elif token.startswith("\x1b"):
            if token[-1] != "m":
                sys.exit(f"unknown: {token!r}")
        else:
            if column == width:
                rows.append([])
                column = 0
            row = rows[-1]
            row.extend(" " * (column + 1 - len(row)))
            row[column] = token
            column += 1
    # The cursor is left on an empty line.
    for row in rows if rows[-1] else rows[:-1]:
        print("".join(row).rstrip())


main()
