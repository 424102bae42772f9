"""A mutant: a source file with one mistake in it, and the table of those that make no difference."""

import hashlib
import pathlib

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent


# From here on a number is no count of anything, but a size or a time, of which one more is no mistake.
LARGE = 50


def near(number):
    """What a number is mistaken for: for a small one its neighbours, for others the double and the half."""
    if number >= LARGE:
        return [number * 2, number // 2]
    return [number + 1, number - 1] if number > 0 else [1]


class Mutant:
    def __init__(self, file, text, start, end, replacement):
        """In `file` the part of the text from `start` to `end` is replaced."""
        self.file, self.start, self.end, self.replacement = file, start, end, replacement
        head, tail = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        self.row = text.count("\n", 0, start) + 1
        self.old = text[head:tail].strip()
        self.new = (text[head:start] + replacement + text[end:tail]).strip()
        # Which of the equal lines of the file it is.
        self.twin = sum(line.strip() == self.old for line in text[:head].splitlines())

    def text(self, original):
        return original[:self.start] + self.replacement + original[self.end:]

    def name(self):
        """What it is called in the table of the equivalent ones."""
        return f"{self.file}: {self.old}\n-> {self.new}".rstrip()

    def rank(self, seed):
        """A number by which mutants are chosen; it does not change while the line does not."""
        return hashlib.sha1(f"{seed} {self.twin} {self.name()}".encode()).hexdigest()

    def __str__(self):
        return f"{self.file}:{self.row}: {self.old}\n    -> {self.new}"


def chosen(mutants, count, seed):
    """So many of them."""
    return sorted(sorted(mutants, key=lambda mutant: mutant.rank(seed))[:count], key=lambda one: (one.file, one.start))


def equivalents():
    """The table Tests/mutants/equivalent: each mutant's name and why no test can notice it."""
    table = {}
    text = (HERE / "equivalent").read_text()
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        if lines:
            if len(lines) < 3 or not lines[1].startswith("->"):
                raise SystemExit(f"Tests/mutants/equivalent: not a mutant and a reason: {lines[0]}")
            table["\n".join(lines[:2])] = " ".join(lines[2:])
    return table
