"""Mutants of the Lua scripts: each is planted in copies of the programs, and end-to-end tests run with them."""

import os
import pathlib
import subprocess
import sys
import tempfile

import lua
import noticers
from mutant import HERE, ROOT
from plant import plant

NAME = "lua"
SCRIPTS = ROOT / "Sources/WorkQueue/Scripts"
PROGRAMS = pathlib.Path(os.environ.get("WQ_BIN") or ROOT / "bin").resolve()
# All tests of a script take a few minutes.
LONGEST = 1800


def candidates():
    """All mutants whose text is Lua."""
    texts = {path.name: path.read_text() for path in sorted(SCRIPTS.glob("*.lua"))}
    found = [mutant for name, text in texts.items() for mutant in lua.mutants(name, text)]
    return [mutant for mutant in found if lua.fitted(mutant.text(texts[mutant.file]), len(texts[mutant.file]))]


def is_lua(text):
    """Whether it can be compiled."""
    luac = subprocess.run(["luac", "-p", "-"], input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return luac.returncode == 0


def trial(mutant):
    """The test that notices the mutant; None if none does."""
    original = (SCRIPTS / mutant.file).read_text()
    return run(mutant.file, original, mutant.text(original), noticers.files(mutant.file[:-len(".lua")]))


def run(file, original, text, tests):
    """The first of the tests that fails with that text in the place of the file's."""
    with tempfile.TemporaryDirectory(prefix="wqp.") as folder:
        if not plant(PROGRAMS, folder, original, text):
            raise SystemExit(f"mutants: no program in {PROGRAMS} contains {file}: run make")
        command = [sys.executable, "-B", str(HERE / "trial.py"), folder, *tests]
        told = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LONGEST, check=True)
        return told.stdout.decode().strip() or None


def prepared(mutants):
    """Those whose text is Lua."""
    texts = {mutant.file: (SCRIPTS / mutant.file).read_text() for mutant in mutants}
    return [mutant for mutant in mutants if is_lua(mutant.text(texts[mutant.file]))]


def control(mutants):
    """Without a mistake all the tests pass, or what they notice says nothing."""
    tests = {test for mutant in mutants for test in noticers.files(mutant.file[:-len(".lua")])}
    original = (SCRIPTS / "common.lua").read_text()
    failed = run("common.lua", original, original, sorted(tests))
    if failed:
        raise SystemExit(f"mutants: a test fails without any mistake: {failed}")
