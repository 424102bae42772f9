"""Copies of the programs with another text of a script in them, and with the digests of the scripts it is part of."""

import hashlib
import os
import re
import shutil

import lua
from mutant import ROOT

SCRIPTS = ROOT / "Sources/WorkQueue/Scripts"


def scripts(texts):
    """Each script as Redis gets it: the shared parts that its first line names, then itself."""
    for name, text in texts.items():
        parts = re.match(r"-- parts: (.*)", text)
        if parts:
            shared = [] if parts[1] == "none" else parts[1].split(", ")
            yield [f"{part}.lua" for part in shared] + [name]


def sent(text):
    """The text of a file as the programs have it: without indents, and of the comments only the first line."""
    lines = [line.lstrip(" ") for line in text.split("\n")]
    return "\n".join(lines[:1] + [line for line in lines[1:] if not line.startswith("--")])


def digest(names, texts):
    return hashlib.sha1("".join(texts[name] for name in names).encode()).hexdigest().encode()


def replacements(file, text):
    """What is replaced in a program if that text is to stand in the place of the script's file."""
    old = {path.name: sent(path.read_text()) for path in SCRIPTS.glob("*.lua")}
    text = sent(text)
    if text == old[file]:
        return []
    new = {**old, file: lua.fitted(text, len(old[file]))}
    if new[file] is None:
        raise ValueError(f"the comments of {file} are too short to make room")
    changed = [names for names in scripts(old) if file in names]
    return [(old[file].encode(), new[file].encode())] + [(digest(names, old), digest(names, new)) for names in changed]


def plant(programs, folder, file, text):
    """Fills the folder with the programs, with that text in the place of the file's. Answers in how many it stands."""
    pairs, planted = replacements(file, text), 0
    for name in sorted(os.listdir(programs)):
        source, target = os.path.join(programs, name), os.path.join(folder, name)
        if not name.startswith("wq-") or not os.path.isfile(source):
            continue
        with open(source, "rb") as opened:
            content = opened.read()
        if not pairs or pairs[0][0] not in content:
            os.symlink(source, target)
            continue
        for old, new in pairs:
            content = content.replace(old, new)
        with open(target, "wb") as opened:
            opened.write(content)
        shutil.copymode(source, target)
        planted += 1
    return planted
