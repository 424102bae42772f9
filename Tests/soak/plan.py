"""What is done to the programs: drawn, with the bytes and times that programs of the kind usually take."""

import collections
import subprocess

from wire import Disturbance

HOW = {"none": 12, "cut": 52, "kill": 20, "slay": 8, "late": 8}
CONNECTIONS = {1: 60, 2: 18, 3: 10, 7: 12}
DIRECTIONS = ["requests", "replies"]


class Habits:
    """The most bytes of one connection, and the longest time, of recent programs of each kind."""

    def __init__(self):
        self.bytes = collections.defaultdict(lambda: 100)
        self.times = collections.defaultdict(lambda: 0.01)

    def learn(self, kind, outcome, time):
        for passed in outcome.traffic:
            for direction, count in passed.items():
                key = kind, direction
                self.bytes[key] = max(count, int(self.bytes[key] * 0.95))
        if not outcome.is_killed:
            self.times[kind] = max(min(time, 1), self.times[kind] * 0.9)


def place(draw, most):
    """A number of bytes: often few, or about all."""
    return int(draw.choices([0, draw.uniform(1, 12), draw.uniform(1, most), most + draw.uniform(-3, 1)],
                            [10, 15, 65, 10])[0])


def disturbance(draw, kind, habits):
    how = draw.choices(list(HOW), HOW.values())[0]
    if how == "none":
        return Disturbance()
    if how == "slay":
        return Disturbance(how, [draw.uniform(0, habits.times[kind])])
    direction = "requests" if how == "late" else draw.choice(DIRECTIONS)
    count = 1 if how == "kill" else draw.choices(list(CONNECTIONS), CONNECTIONS.values())[0]
    return Disturbance(how, [place(draw, habits.bytes[kind, direction]) for _ in range(count)], direction)


def quietly(words, environment):
    subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=20, check=False)
