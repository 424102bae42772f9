"""run.py FOLDER: does everything that is bad to the programs and to Redis, at random, and compares each answer with what is
true. See Tests/soak/run.

SOAK_SECONDS=N    for how long (3600)
SOAK_SEED=N       the same seed makes the same plan
SOAK_LANES=N      how many programs at once (6)
SOAK_STEPS=N      steps of a lane in a round (50)

A finding ends it, with 1: what is wrong, the seed and the step, and the last steps of that lane.
"""

import collections
import os
import pathlib
import random
import signal
import sys
import threading
import time

from lane import Finding, Lane
from redis_site import Site
from weather import Weather

# ms that the clock is ahead at the end of a round, so that all leases have run out.
AHEAD = 120000


class Totals:
    def __init__(self):
        self.operations, self.events, self.tolerated = (collections.Counter() for _ in range(3))
        self.kills = self.cuts = self.late = self.doubled = self.rounds = 0
        self.lock = threading.Lock()

    def count(self, op, outcome):
        with self.lock:
            self.operations[op.kind, outcome.exit] += 1
            self.kills += outcome.is_killed
            self.cuts += outcome.cuts

    def show(self, seconds):
        minutes = seconds / 60
        operations = self.operations.total()
        print(f"# {operations} operations, {self.kills} programs killed, {self.cuts} connections cut in {seconds:.0f} s",
              f"({operations / minutes:.0f}, {self.kills / minutes:.0f}, {self.cuts / minutes:.0f} a minute);",
              f"{self.rounds} rounds, load {os.getloadavg()[0]:.1f}")
        print("#", ", ".join(f"{count} {name}" for name, count in sorted(self.events.items())))
        for kind in sorted({kind for kind, _ in self.operations}):
            exits = sorted((exit, count) for (name, exit), count in self.operations.items() if name == kind)
            print(f"# {kind}:", ", ".join(f"{exit}: {count}" for exit, count in exits))
        print(f"# items done once more than once: {self.doubled}, each after a lease that ran out or data that went back")
        for name, count in self.tolerated.items():
            print(f"# tolerated: {name}: {count}")


def together(lanes, work):
    """Each lane does it in a thread of its own. The first failure of one is raised."""
    failures = []

    def one(lane):
        try:
            work(lane)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(lane,), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise next((failure for failure in failures if isinstance(failure, Finding)), failures[0])


def play(site, lanes, seed, round, steps, deadline, totals):
    """A round: new queues, faults, and the end, at which all is well and each queue is drained."""
    for lane in lanes:
        lane.begin(round)
    weather = Weather(site, seed, round, totals)

    def work(lane):
        for _ in range(steps):
            if time.monotonic() < deadline:
                lane.step()

    try:
        together(lanes, work)
    finally:
        weather.end()
    site.clock.set(site.clock.offset + AHEAD)
    time.sleep(0.01)
    site.forget()
    together(lanes, Lane.drain)
    totals.rounds += 1


def main():
    # The servers end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seconds = float(os.environ.get("SOAK_SECONDS") or 3600)
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(10**6))
    steps = int(os.environ.get("SOAK_STEPS") or 50)
    print(f"# SOAK_SEED={seed} SOAK_SECONDS={seconds:g}", flush=True)
    begin = time.monotonic()
    totals, status, round = Totals(), 0, 0
    site = Site(pathlib.Path(sys.argv[1]))
    try:
        lanes = [Lane(number, site, seed, totals) for number in range(int(os.environ.get("SOAK_LANES") or 6))]
        while time.monotonic() < begin + seconds:
            play(site, lanes, seed, round, steps, begin + seconds, totals)
            round += 1
    except Finding as finding:
        print(finding)
        status = 1
    finally:
        site.end()
    totals.show(time.monotonic() - begin)
    sys.exit(status)


main()
