"""Trials: the programs run against servers that do not answer like Redis. Used by hostile.py, and by the fuzzer in
../fuzz."""

import concurrent.futures
import os
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

from liar import Server

LEASE = "1.0123456789ab"
# Each program, in the ways that read answers of different kinds.
COMMANDS = [
    "wq-push job apple",
    "wq-push --id night --seal job apple",
    "wq-push --delay 1h job apple",
    "wq-lease job",
    "wq-lease -n 300 --json job",
    "wq-lease -w job",
    "wq-lease --until-drained --sh job",
    f"wq-complete job {LEASE}",
    "wq-complete job -",
    "wq-empty -v job",
    "wq-reap --orphan-after 0 job",
    f"wq-renew job {LEASE}",
    f"wq-renew -l 100ms job {LEASE} -- sleep 60",
    f"wq-release job {LEASE}",
    "wq-config job",
    "wq-config job open=yes",
    "wq-list --ready job",
    "wq-list --leased --json job",
    "wq-list --rediswq job",
    "wq-retry --all job",
    f"wq-retry job {LEASE}",
    "wq-drop --dead job",
    "wq-drop --ready job",
    "wq-drop --dry-run --delayed job",
    f"wq-drop job {LEASE}",
    "wq-purge job",
    "wq-stat job",
    "wq-stat --json job other",
    "wq-stat --prometheus job",
    "wq-stat --watch --until-drained -i 10ms job",
    "wq-doctor",
    "wq-doctor job",
    "wq-work -l 3s -j 2 job true",
]
ANSWERS = (0, 1, 3, 4)
ERRORS = (69, 75, 76)
# Beyond what Python itself has, which the kernel counts in before the program is started.
MEMORY_MB = 64
PATIENCE = 20


class Trials:
    """Runs cases side by side, and tells what is wrong with them."""

    def __init__(self, folder, workers=24):
        self.folder = folder
        self.environment = dict(os.environ, WQ_CONNECT_TIMEOUT="100ms", WQ_COMMAND_TIMEOUT="100ms")
        self.pool = concurrent.futures.ThreadPoolExecutor(workers)
        self.local = threading.local()
        self.servers = 0
        self.cases = []
        self.peak = 0

    def server(self):
        """This thread's."""
        if not hasattr(self.local, "server"):
            self.local.server = Server(tempfile.mktemp(dir=self.folder))
        return self.local.server

    def case(self, name, command, treat, statuses=(69, 76), says=b"", **more):
        """Runs the command before long. `more` is for `_check`."""
        self.cases.append(self.pool.submit(self._check, name, command, treat, statuses, says, **more))

    def _check(self, name, command, treat, statuses, says, megabytes=MEMORY_MB, prints=None, url=None, limit=None):
        server = self.server()
        # Again with more time if it was the machine that was slow.
        for environment in {}, {"WQ_CONNECT_TIMEOUT": "5s", "WQ_COMMAND_TIMEOUT": "5s"}:
            server.treat, server.connections = treat, 0
            status, out, err, peak = self.run(command, url or server.url, limit, **environment)
            self.peak = max(self.peak, peak)
            what = complaint(command, status, err, statuses, says)
            if peak > resident() + megabytes:
                what = "%d MB" % peak
            if prints is not None and out != prints:
                what = "it printed something else"
            if not what or b"did not answer within" not in err:
                break
        tail = (out[:200] + b" | " + err[:500]).decode("utf-8", "replace")
        return what and "%s: %s: %s\n    %s" % (name, command, what, tail)

    def sentinel(self, name, command, treat, statuses):
        """A case in which a sentinel is the server."""
        server = Server()
        server.treat = treat
        self.case(name, command, treat, statuses, url="redis+sentinel://127.0.0.1:%d/mymaster" % server.port)

    def run(self, command, url, limit=None, given=LEASE.encode() + b"\n", **environment):
        """Status (or minus a signal's number), output, messages, and peak memory in MB. `limit` is one for it, in MB;
        `given` is the input."""
        words = ["sh", "-c", 'ulimit -v %d; exec "$@"' % (limit * 1024), "-"] if limit else []
        process = subprocess.Popen(
            words + (shlex.split(command) if isinstance(command, str) else command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(self.environment, WQ_URL=url, **environment),
        )
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        try:
            process.stdin.write(given)
            process.stdin.close()
        except OSError:
            pass
        out = process.stdout.read()
        reader.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        process.stdout.close()
        process.stderr.close()
        return process.returncode, out, errors[0], usage.ru_maxrss // 1024

    def wait(self):
        concurrent.futures.wait(self.cases)

    def finish(self):
        """Tells, and ends with 1 if something was wrong."""
        wrong = [what for what in (case.result() for case in self.cases) if what]
        print("# %d runs, at most %d MB" % (len(self.cases), self.peak))
        print(*wrong[:20], sep="\n")
        sys.exit(1 if wrong else 0)


def resident():
    """What this process has had of memory, in MB, which the kernel counts into what the programs have."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def complaint(command, status, err, statuses, says=b""):
    """What is wrong with how a program ended; None if nothing is."""
    if status == -signal.SIGKILL:
        return "it did not end"
    if status < 0 or status >= 128:
        return "signal %d" % abs(status)
    if status not in statuses:
        return "status %d" % status
    program = (command.split() if isinstance(command, str) else command)[0].encode()
    if status >= 64 and not any(line.startswith(program + b": ") for line in err.split(b"\n")):
        return "no message"
    if status >= 64 and says not in err:
        return "no word of " + says.decode()
    return None
