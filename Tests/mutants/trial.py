"""trial.py PROGRAMS TEST-FILE...: runs the test files one after the other with the programs of that folder, until a test
fails twice. Prints which one, or nothing.

Everything that the tests started has ended when this ends: it is the parent of whatever loses its own.
"""

import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

PR_SET_CHILD_SUBREAPER = 36
# The random run beside the model, as short as it can be and still meet most of what there is.
MODEL = {"WQ_SEED": "3", "WQ_STEPS": "400", "WQ_SHRINK": "0"}
# A test takes a tenth of it.
TEST_SECONDS = "120"


def children():
    """The descendants of this process."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, new = set(), {os.getpid()}
    while new:
        new = {process for process, parent in parents.items() if parent in new} - found
        found |= new
    return found


def end_all():
    while True:
        for process in children():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def failed_test(file, environment, pattern=None):
    """The name of the first test that fails; None if all pass."""
    command = ["bats", "--tap"] + (["-f", pattern] if pattern else []) + [file]
    bats = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    done = 0
    for line in bats.stdout:
        match = re.match(rb"(not )?ok \d+ (.*?)( # timeout .*)?$", line)
        done += bool(match)
        if match and match.group(1):
            end_all()
            return match.group(2).decode()
    if bats.wait() != 0 or not done:
        end_all()
        return f"{os.path.basename(file)} ended with {bats.returncode}"
    return None


def noticed(environment, files):
    """Which test fails twice, if any does."""
    for file in files:
        name = failed_test(file, environment, "random operations" if "/model/" in file else None)
        # By chance, or because the machine is slow, it fails once.
        if name and failed_test(file, environment, "^" + re.sub(r"([^\w ])", r"[\1]", name) + "$"):
            return f"{os.path.basename(file)}: {name}"
    return ""


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="wqm.") as folder:
        environment = {
            **os.environ, **MODEL, "WQ_BIN": sys.argv[1], "TMPDIR": folder, "BATS_TEST_TIMEOUT": TEST_SECONDS}
        environment.pop("WQ_REPLAY", None)
        try:
            print(noticed(environment, sys.argv[2:]))
        finally:
            end_all()


main()
