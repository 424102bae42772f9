"""A Redis with an append-only file, and what can befall it."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from resp import Redis  # noqa: E402

# Who looks at what is true: a user whom no change of passwords concerns.
LOOKER = "looker"
# It writes each change to the disk before it answers: else it holds writes back while the disk is slow, and a kill loses
# what it answered.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
unixsocket {socket}
dir {folder}
logfile {folder}/log
save ""
appendonly yes
appendfsync always
user {looker} on nopass ~* &* +@all
masteruser {looker}
masterauth any
repl-diskless-sync-delay 0
repl-diskless-load swapdb
requirepass {password}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One process, its folder, and the socket on which it listens."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        folder.mkdir()
        self.socket = str(folder / "s")
        self.port = free_port()
        self.process = None

    def start(self, password, *more):
        """Returns when it answers."""
        text = CONFIGURATION.format(port=self.port, socket=self.socket, folder=self.folder, looker=LOOKER,
                                    password=password)
        configuration = self.folder / "conf"
        configuration.write_text(text + "".join(line + "\n" for line in more))
        self.process = subprocess.Popen(
            [os.environ.get("WQ_TEST_SERVER") or "redis-server", configuration], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, **self.clock.environment})
        deadline = time.monotonic() + 20
        while True:
            try:
                self.look()("PING")
                return
            except (OSError, EOFError, RuntimeError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server in {self.folder} does not start") from None
                time.sleep(0.005)

    def look(self):
        """A new connection that may do everything."""
        redis = Redis(self.socket)
        redis("AUTH", LOOKER, "any")
        return redis

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    # What it has on disk; only while it is stopped, killed, or nothing is asked.

    def data(self):
        return self.folder / "appendonlydir"

    def copy(self, to):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.data(), to)

    def restore(self, copy):
        shutil.rmtree(self.data(), ignore_errors=True)
        shutil.copytree(copy, self.data())

    def clear(self):
        shutil.rmtree(self.data(), ignore_errors=True)
