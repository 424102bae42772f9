"""Servers that do not answer like Redis, and a bench that runs the programs against them. Used by hostile.py, and
by the fuzzer in ../fuzz."""

import concurrent.futures
import os
import resource
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from replies import OK

LEASE = "1.0123456789ab"
# Each program, in the ways that read answers of different kinds.
COMMANDS = [
    "wq-push job apple",
    "wq-push --id night --seal job apple",
    "wq-push --delay 1h job apple",
    "wq-lease job",
    "wq-lease -n 300 --format json job",
    "wq-lease -w job",
    "wq-lease --until-drained --format sh job",
    f"wq-complete job {LEASE}",
    "wq-complete job -",
    "wq-empty -v job",
    "wq-reap --grace 0 job",
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
    "wq-purge job",
    "wq-stat job",
    "wq-stat --json job other",
    "wq-stat --prometheus job",
    "wq-stat --watch --exit-drained -i 10ms job",
    "wq-doctor",
    "wq-doctor job",
    "wq-work -l 3s -j 2 job true",
]
ANSWERS = (0, 1, 3, 4)
ERRORS = (69, 75, 76)
# Beyond what Python itself has, which the kernel counts in before the program is started.
MEMORY_MB = 64
PATIENCE = 20


class Server:
    """On a Unix socket or, without a path, on a port of 127.0.0.1. What it does to a connection is `treat`, a function
    of the connection and its number."""

    def __init__(self, path=None):
        self.treat = lambda connection, number: None
        self.connections = 0
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
            self.url = "unix://" + path
        else:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]
            self.url = "redis://127.0.0.1:%d" % self.port
        self.socket.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.socket.accept()
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(self.treat, connection, number), daemon=True).start()

    @staticmethod
    def _serve(treat, connection, number):
        with connection:
            try:
                treat(connection, number)
            except OSError:
                pass


def commands(connection):
    """Each command that the client sends, as its words; more than one may have come at once."""
    stream = connection.makefile("rb")
    while line := stream.readline():
        words = []
        for _ in range(int(line[1:])):
            size = int(stream.readline()[1:])
            words.append(stream.read(size + 2)[:-2])
        yield words


def is_greeting(words):
    return words[0] in (b"AUTH", b"SELECT", b"CLIENT", b"ROLE", b"ASKING")


def always(reply, greeting=OK, then=None):
    """Answers each command with the same, greetings perhaps with something else. A function makes it of the command's
    words. `then` is "close" after the first answer, or "silent"."""

    def treat(connection, _):
        for words in commands(connection):
            if greeting is not None and is_greeting(words):
                connection.sendall(greeting)
                continue
            connection.sendall(reply(words) if callable(reply) else reply)
            if then == "close":
                return
            if then == "silent":
                wait_for_end(connection)
                return

    return treat


def wait_for_end(connection):
    while connection.recv(65536):
        pass


def pours(first, chunk, greeting=OK, pause=0):
    """Answers with `first` and then with the chunk for ever."""

    def treat(connection, _):
        for words in commands(connection):
            if is_greeting(words):
                connection.sendall(greeting)
                continue
            connection.sendall(first)
            while True:
                connection.sendall(chunk)
                time.sleep(pause)

    return treat


class Bench:
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


