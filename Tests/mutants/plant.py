"""Copies of the programs with another text of a script in them."""

import os
import shutil

import lua


def plant(programs, folder, original, text):
    """Fills the folder with the programs, and puts the text in the place of the original one. Answers in how many."""
    old = original.encode()
    new = lua.fitted(text, len(old)) if text != original else original
    if new is None:
        raise ValueError("there are too few comments to make room")
    planted = 0
    for name in sorted(os.listdir(programs)):
        source = os.path.join(programs, name)
        if not name.startswith("wq-") or not os.path.isfile(source):
            continue
        with open(source, "rb") as file:
            content = file.read()
        if old in content:
            planted += 1
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content.replace(old, new.encode()))
            shutil.copymode(source, os.path.join(folder, name))
        else:
            os.symlink(source, os.path.join(folder, name))
    return planted
