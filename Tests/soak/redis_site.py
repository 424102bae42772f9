"""The server that is in charge, the spare one, and the changes that take data back. All programs reach it through the
lanes' wires, which pass bytes on only while the gate is open."""

import contextlib
import threading
import time

from clock import Clock
from server import Server
from truth import Looker

# Redis reads at most 16 KB of a connection before it turns to the next one, so all that was sent is read after this many
# round trips.
ROUND_TRIPS = 40


class Gate:
    """Many pass at once; who closes it waits until none does, and keeps all out meanwhile."""

    def __init__(self):
        self.condition = threading.Condition()
        self.inside, self.is_closed = 0, False

    @contextlib.contextmanager
    def passing(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.is_closed)
            self.inside += 1
        try:
            yield
        finally:
            with self.condition:
                self.inside -= 1
                self.condition.notify_all()

    @contextlib.contextmanager
    def closed(self):
        with self.condition:
            self.is_closed = True
            self.condition.wait_for(lambda: self.inside == 0)
        try:
            yield
        finally:
            with self.condition:
                self.is_closed = False
                self.condition.notify_all()


class Site:
    def __init__(self, folder):
        self.folder, self.gate = folder, Gate()
        self.clock = Clock(folder)
        self.server, self.spare = Server(folder / "a", self.clock), Server(folder / "b", self.clock)
        self.secret = folder / "password"
        self.password = "first"
        self.secret.write_text(self.password)
        self.server.start(self.password)
        self.look = Looker(self)
        # What is true for a time: [name, begin, end], by the monotonic clock; None: until further notice.
        self.conditions = []
        # The queues that are worked on, and for each the (kind, before, after) of the times it went back.
        self.returns = {}

    # Conditions.

    @contextlib.contextmanager
    def condition(self, name):
        entry = [name, time.monotonic(), None]
        self.conditions.append(entry)
        try:
            yield
        finally:
            entry[2] = time.monotonic()

    def during(self, begin):
        """The names of the conditions that held at some time since then."""
        return {name for name, _, end in self.conditions if end is None or end >= begin}

    def forget(self):
        """Whatever is over."""
        self.conditions = [entry for entry in self.conditions if entry[2] is None]

    # Faults that keep the data.

    def restart(self, pause):
        """kill -9, and up again from the append-only file."""
        with self.condition("away"):
            self.server.kill()
            time.sleep(pause)
            self.server.start(self.password)

    def limited(self, setting, value, usual, pause):
        """For a while it takes so many connections, or has so little memory."""
        with self.condition(setting):
            redis = self.server.look()
            redis("CONFIG", "SET", setting, value)
            time.sleep(pause)
            redis("CONFIG", "SET", setting, usual)

    def rotate(self, password, pause):
        """The server has the new password first, the file later."""
        with self.condition("password"):
            self.server.look()("CONFIG", "SET", "requirepass", password)
            self.password = password
            time.sleep(pause)
            fresh = self.secret.with_suffix(".new")
            fresh.write_text(password)
            fresh.rename(self.secret)

    # Faults that take data back. What was true before and after is noted for each queue.

    @contextlib.contextmanager
    def going_back(self, kind):
        with self.condition("away"), self.gate.closed():
            redis = self.server.look()
            for _ in range(ROUND_TRIPS):
                redis("PING")
            queues = list(self.returns)
            before = self.look(queues)
            yield redis
            after = self.look(queues)
            for queue, *states in zip(queues, before, after):
                self.returns[queue].append((kind, *states))

    def copy(self):
        """Of what is on disk. While it is stopped, that is whole."""
        with self.gate.closed():
            self.server.look()("PING")
            self.server.stop()
            self.server.copy(self.folder / "copy")
            self.server.go_on()

    def restore(self):
        with self.going_back("restore"):
            self.server.kill()
            self.server.restore(self.folder / "copy")
            self.server.start(self.password)

    def flush(self):
        with self.going_back("flush") as redis:
            redis("FLUSHALL")

    def replicate(self):
        """The spare server becomes a replica, and has all that there is now."""
        self.spare.clear()
        self.spare.start(self.password, f"replicaof 127.0.0.1 {self.server.port}")
        redis = self.spare.look()
        deadline = time.monotonic() + 20
        while b"master_link_status:up" not in redis("INFO", "replication"):
            if time.monotonic() > deadline:
                raise RuntimeError("the replica does not come up")
            time.sleep(0.01)

    def lag(self):
        """From now on the replica hears no more of its primary."""
        self.spare.look()("REPLICAOF", "127.0.0.1", 1)

    def fail_over(self, pause):
        """The primary is gone, and the replica takes over, after a while in which it only answers."""
        with self.condition("replica"):
            with self.going_back("failover"):
                self.server.kill()
                self.server, self.spare = self.spare, self.server
            time.sleep(pause)
            self.server.look()("REPLICAOF", "NO", "ONE")

    def end(self):
        self.server.kill()
        self.spare.kill()
