"""Runs a program, and stands between it and Redis: everything happens in one thread, so that afterwards it is certain that
nothing of it is under way any more. (A proxy with threads of its own, as in Tests/fakes, cannot tell.)"""

import os
import selectors
import socket
import subprocess
import time

READ = selectors.EVENT_READ
SIZE = 65536
# s between two tries to reach a server that is being started.
RETRY = 0.005
# s after which something is done beside.
MOMENT = 0.03


def received(socket):
    """What has come; nothing if the other end is gone."""
    try:
        return socket.recv(SIZE)
    except OSError:
        return b""


class Disturbance:
    """What is done to a program and its connections.

    how: "none"; or what happens on the n-th connection when places[n] bytes went into its direction: "cut"; "kill" of the
    program; "late": the connection is cut, but what the program had sent still arrives, after its end; or "slay": it is
    killed after places[0] seconds.
    """

    def __init__(self, how="none", places=(), direction="requests"):
        self.how, self.places, self.direction = how, places, direction

    def __repr__(self):
        where = f" {self.direction}" if self.how in ("cut", "kill", "late") else ""
        return f"{self.how}{where} {list(self.places)}" if self.places else self.how


class Link:
    """A connection of the program, and the one to Redis that goes with it."""

    def __init__(self, client, number):
        self.client, self.number, self.upstream = client, number, None
        # Bytes that passed, and those that are kept for later.
        self.passed = {"requests": 0, "replies": 0}
        self.kept = b""
        self.since = time.monotonic()


class Outcome:
    """What a program did. `exit` is negative if a signal ended it, None if it did not end in time."""

    def __init__(self):
        self.exit, self.out, self.err = None, b"", b""
        self.cuts, self.is_killed, self.traffic = 0, False, []


class Wire:
    def __init__(self, path, site):
        self.site, self.url = site, "unix://" + path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        self.listener.setblocking(False)

    def run(self, words, environment, stdin=b"", disturbance=None, beside=None, limit=30):
        """-> Outcome, when nothing is under way. stdin is less than a pipe takes. `beside` is called when the program has
        run for a moment."""
        self.outcome, self.disturbance = Outcome(), disturbance or Disturbance()
        self.links, self.count, self.selector = [], 0, selectors.DefaultSelector()
        self.process = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.ended = os.pidfd_open(self.process.pid)
        try:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._pass_on(time.monotonic() + limit, beside)
            self._settle()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            for stream in (self.process.stdout, self.process.stderr):
                stream.close()
            os.close(self.ended)
            self.selector.close()
        return self.outcome

    def _pass_on(self, deadline, beside):
        """Until the program has ended, and said all."""
        register, outcome = self.selector.register, self.outcome
        register(self.listener, READ, self._accept)
        register(self.ended, READ, None)
        register(self.process.stdout, READ, "out")
        register(self.process.stderr, READ, "err")
        times = []
        if self.disturbance.how == "slay":
            times.append((time.monotonic() + self.disturbance.places[0], self._kill))
        if beside:
            times.append((time.monotonic() + MOMENT, beside))
        open_streams, hangs = 3, False
        while open_streams:
            now = time.monotonic()
            if now > deadline:
                self.process.kill()
                hangs, deadline = True, now + 60
            for entry in [entry for entry in times if entry[0] <= now]:
                times.remove(entry)
                entry[1]()
            waits = any(link.upstream is None for link in self.links)
            pause = RETRY if waits else min([deadline, *(at for at, _ in times)]) - now
            ready = self.selector.select(max(0, pause))
            with self.site.gate.passing():
                for key, _ in ready:
                    if callable(key.data):
                        key.data()
                    elif key.data:
                        data = os.read(key.fd, SIZE)
                        setattr(outcome, key.data, getattr(outcome, key.data) + data)
                        if not data:
                            self.selector.unregister(key.fileobj)
                            open_streams -= 1
                    else:
                        self.selector.unregister(key.fileobj)
                        open_streams -= 1
                for link in list(self.links):
                    if link.upstream is None:
                        self._connect(link)
        self.process.wait()
        outcome.exit = None if hangs else self.process.returncode
        outcome.is_killed = outcome.is_killed and outcome.exit == -9

    def _settle(self):
        """What the program left behind is passed on, and Redis has done all that it was sent."""
        with self.site.gate.passing():
            self._accept()
        deadline = time.monotonic() + 10
        while self.links and time.monotonic() < deadline:
            with self.site.gate.passing():
                for link in list(self.links):
                    if link.upstream is None:
                        self._connect(link, finally_=True)
                    elif link.kept:
                        self._deliver(link)
            ready = self.selector.select(0.05)
            with self.site.gate.passing():
                for key, _ in ready:
                    key.data()

    def _kill(self):
        self.process.kill()
        self.outcome.is_killed = True

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except BlockingIOError:
                return
            link = Link(client, self.count)
            self.count += 1
            self.links.append(link)
            self._connect(link)

    def _connect(self, link, finally_=False):
        upstream = socket.socket(socket.AF_UNIX)
        try:
            upstream.connect(self.site.server.socket)
        except OSError:
            upstream.close()
            # A server that is away is sometimes a connection that breaks, sometimes one that takes its time.
            if finally_ or link.number % 2 and time.monotonic() - link.since > 0.2:
                self._drop(link)
            return
        link.upstream = upstream
        self.selector.register(upstream, READ, lambda: self._hear(link))
        self.selector.register(link.client, READ, lambda: self._say(link))

    def _close_client(self, link):
        if link.client:
            if link.upstream:
                self.selector.unregister(link.client)
            link.client.close()
            link.client = None

    def _drop(self, link):
        self._close_client(link)
        if link.upstream:
            self.selector.unregister(link.upstream)
            link.upstream.close()
        self.links.remove(link)
        self.outcome.traffic.append(link.passed)

    def _say(self, link):
        """The program said something."""
        if link.client is None:
            return
        data = received(link.client)
        if not data:
            self._close_client(link)
            self._shut(link)
            return
        rest = self._limited(link, "requests", data, link.upstream)
        if rest is None:
            return
        if self.disturbance.how == "late":
            link.kept = rest
            self._close_client(link)
            self.outcome.cuts += 1
            if not rest:
                self._shut(link)
        else:
            self._disturb(link)

    def _hear(self, link):
        """Redis answered."""
        if link not in self.links:
            return
        data = received(link.upstream)
        if not data:
            self._drop(link)
        elif link.client and self._limited(link, "replies", data, link.client) is not None:
            self._disturb(link)

    def _limited(self, link, direction, data, target):
        """Passes on what may pass; then the rest if it is to be disturbed here, else None."""
        left, passed = None, link.passed[direction]
        active = self.disturbance.how in ("cut", "kill", "late") and not self.outcome.is_killed
        if active and direction == self.disturbance.direction and link.number < len(self.disturbance.places):
            left = max(0, self.disturbance.places[link.number] - passed)
        now = data if left is None or len(data) < left else data[:left]
        try:
            target.sendall(now)
        except OSError:
            pass
        link.passed[direction] += len(data)
        return None if left is None or len(data) < left else data[left:]

    def _disturb(self, link):
        if self.disturbance.how == "kill":
            self._kill()
            if self.disturbance.direction == "replies":
                return
        else:
            self.outcome.cuts += 1
        self._close_client(link)
        self._shut(link)

    def _shut(self, link):
        """Redis does what it was sent, then closes, too."""
        if not link.kept:
            try:
                link.upstream.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def _deliver(self, link):
        try:
            link.upstream.sendall(link.kept)
        except OSError:
            pass
        link.kept = b""
        self._shut(link)
