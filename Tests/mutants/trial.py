"""trial.py PROGRAMS CONTROL TEST-FILE...: runs the test files one after the other with the programs of the first folder,
until a test fails that does not fail with those of the second one. Prints which one, or nothing.

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
MODEL = {"WQ_SEED": "3", "WQ_SHRINK": "0"}
MODEL_STEPS = "400"
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


class Tests:
    def __init__(self, environment):
        self.environment = environment
        # How many operations the random run had done when it failed.
        self.steps = MODEL_STEPS

    def failed(self, programs, file, pattern=None):
        """The name of the first test of the file that fails with these programs; None if all pass."""
        command = ["bats", "--tap"] + (["-f", pattern] if pattern else []) + [file]
        environment = {**self.environment, "WQ_BIN": programs, "WQ_STEPS": self.steps}
        bats = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        done, name = 0, None
        for line in bats.stdout:
            match = re.match(rb"(not )?ok \d+ (.*?)( # timeout .*)?$", line)
            done += bool(match)
            steps = re.match(rb"# # (\d+) operations in", line)
            if steps:
                self.steps = steps[1].decode()
            # What follows is another test, or no test.
            if name and (match or not line.startswith(b"#")):
                break
            if match and match[1]:
                name = match[2].decode()
                if "/model/" not in file:
                    break
        if name:
            end_all()
        elif bats.wait() != 0 or not done:
            end_all()
            name = f"{os.path.basename(file)} ended with {bats.returncode}"
        return name

    def noticed(self, programs, control, file):
        """The test of the file that fails, fails again, and does not fail with programs that are right. A test that fails
        by chance, or because the machine is slow, says nothing."""
        self.steps = MODEL_STEPS
        name = self.failed(programs, file, "random operations" if "/model/" in file else None)
        if not name:
            return None
        pattern = "^" + re.sub(r"([^\w ])", r"[\1]", name) + "$"
        is_so = self.failed(programs, file, pattern) and not self.failed(control, file, pattern)
        return name if is_so else None


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    programs, control, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="wqm.") as folder:
        environment = {**os.environ, **MODEL, "TMPDIR": folder, "BATS_TEST_TIMEOUT": TEST_SECONDS}
        environment = {name: value for name, value in environment.items()
                       if name == "BATS_TEST_TIMEOUT" or not name.startswith(("BATS_", "WQ_REPLAY"))}
        tests = Tests(environment)
        try:
            for file in files:
                name = tests.noticed(programs, control, file)
                if name:
                    print(f"{os.path.basename(file)}: {name}")
                    break
        finally:
            end_all()


main()
