"""Mutants of the Lua scripts: each is planted in copies of the programs, and end-to-end tests run with them."""

import os
import pathlib
import subprocess
import sys
import tempfile

import lua
import noticers
from mutant import HERE, ROOT
from plant import SCRIPTS, plant

NAME = "lua"
PROGRAMS = pathlib.Path(os.environ.get("WQ_BIN") or ROOT / "bin").resolve()


def files():
    return sorted(path.name for path in SCRIPTS.glob("*.lua"))


def candidates():
    """All mutants for which there is room."""
    texts = {name: (SCRIPTS / name).read_text() for name in files()}
    found = [mutant for name, text in texts.items() for mutant in lua.mutants(name, text)]
    return [mutant for mutant in found if lua.fitted(mutant.text(texts[mutant.file]), len(texts[mutant.file]))]


def is_lua(text):
    """Whether it can be compiled."""
    luac = subprocess.run(
        ["luac", "-p", "-"], input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return luac.returncode == 0


def prepared(mutants):
    """Those whose text is Lua."""
    texts = {mutant.file: (SCRIPTS / mutant.file).read_text() for mutant in mutants}
    return [mutant for mutant in mutants if is_lua(mutant.text(texts[mutant.file]))]


def run(file, text, tests):
    """The first of the tests that fails with that text in the place of the file's."""
    with tempfile.TemporaryDirectory(prefix="wqp.") as folder:
        planted = plant(PROGRAMS, folder, file, text)
        if not planted and text != (SCRIPTS / file).read_text():
            raise SystemExit(f"mutants: no program in {PROGRAMS} contains {file} as it is: run make")
        command = [sys.executable, "-B", str(HERE / "trial.py"), folder, str(PROGRAMS), *tests]
        # Each test has a limit of its own.
        told = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        return told.stdout.decode().strip() or None


def trial(mutant):
    """The test that notices the mutant; None if none does."""
    return run(mutant.file, mutant.text((SCRIPTS / mutant.file).read_text()), noticers.files(mutant.file))
