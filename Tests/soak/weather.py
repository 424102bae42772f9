"""The faults of the server and of its operators, one after the other, while the lanes work."""

import random
import threading
import time

EVENTS = {"restart": 8, "rewrite": 2, "restore": 4, "flush": 2, "failover": 4, "clock": 6, "clients": 4, "memory": 4,
          "password": 5, "stop": 3, "disconnect": 5}
# ms that the clock is set forward or back.
JUMP = 40000


class Weather:
    """One round's; `end` makes it end, and all be well."""

    def __init__(self, site, seed, round, totals):
        self.site, self.totals = site, totals
        self.draw = random.Random(f"{seed} {round} weather")
        self.over = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure

    def _run(self):
        try:
            while not self.over.wait(self.draw.uniform(0.05, 0.8)):
                name = self.draw.choices(list(EVENTS), EVENTS.values())[0]
                getattr(self, name)()
                self.totals.events[name] += 1
        except Exception as failure:  # it is raised where the round ends
            self.failure = failure

    def restart(self):
        self.site.restart(self.draw.choice([0, 0.05, 0.4]))

    def rewrite(self):
        try:
            self.site.server.look()("BGREWRITEAOF")
        except RuntimeError:
            # One is under way.
            pass

    def restore(self):
        self.site.copy()
        time.sleep(self.draw.uniform(0.1, 1))
        self.site.restore()

    def flush(self):
        self.site.flush()

    def failover(self):
        self.site.replicate()
        if self.draw.random() < 0.7:
            self.site.lag()
        time.sleep(self.draw.uniform(0, 0.5))
        self.site.fail_over(self.draw.choice([0, 0.1, 0.5]))

    def clock(self):
        with self.site.condition("clock"):
            self.site.clock.set(self.site.clock.offset + self.draw.randint(-JUMP, JUMP))
            time.sleep(self.draw.choice([0, 0.2]))

    def clients(self):
        self.site.limited("maxclients", 1, 10000, self.draw.choice([0.1, 0.5]))

    def memory(self):
        self.site.limited("maxmemory", 1, 0, self.draw.choice([0.1, 0.5]))

    def password(self):
        self.site.rotate("%012x" % self.draw.getrandbits(48), self.draw.choice([0, 0.1, 0.3]))

    def stop(self):
        with self.site.condition("away"):
            self.site.server.stop()
            time.sleep(self.draw.choice([0.05, 0.2, 0.2, 4]))
            self.site.server.go_on()

    def disconnect(self):
        with self.site.condition("away"):
            self.site.server.look()("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
