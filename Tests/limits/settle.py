"""settle.py REDIS-SOCKET SOCKET SEED: wq-complete, wq-release and wq-work through connections that are cut after each byte.

The first connection is cut after so many bytes of requests or replies, and sometimes the first answer on the second one is
lost, too. A lease that is held is settled once, whatever happens; one that was never held is unknown or in doubt, and what
is answered of it is never 0. wq-work does each item once, and has no doubts. Says how the programs ended.
"""

import collections
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from liar import Server  # noqa: E402
from proxy import Cut, exchange, forward, lose, through  # noqa: E402
from resp import Redis  # noqa: E402

PROGRAMS = {"wq-complete": ("completed", []), "wq-release": ("released", ["--delay", "0"])}
NEVER = b"1.0123456789ab"


class Cuts:
    """Cuts the first connection, and then loses the first answer on the second one if it is told to."""

    def __init__(self):
        self.plan("requests", 10**9)

    def plan(self, direction, limit, loses=False):
        self.first, self.second = Cut(direction, limit, 1), lose(1, 1) if loses else forward
        self.connections = 0

    def __call__(self, client, redis, _):
        self.connections += 1
        [self.first, self.second, forward][min(self.connections, 3) - 1](client, redis, 0)


class Measure:
    """How many bytes pass in each direction."""

    def __init__(self):
        self.bytes = collections.Counter()

    def __call__(self, client, redis, _):
        for source, target, data in exchange(client, redis):
            self.bytes["requests" if source is client else "replies"] += len(data)
            target.sendall(data)


def run(url, *command):
    done = subprocess.run(["timeout", "30", *command], env={**os.environ, "WQ_URL": url}, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def places(draw, size, dense):
    """Where to cut: at each of the first and last bytes, and now and then between."""
    ends = {*range(min(dense, size)), *range(max(0, size - dense), size + 1)}
    return sorted(ends | {draw.randrange(size) for _ in range(40)})


class Trials:
    def __init__(self, server, path, seed):
        self.direct, self.draw, self.redis, self.cuts = "unix://" + server, random.Random(seed), Redis(server), Cuts()
        self.path = path
        Server(path, through(server, self.cuts))
        self.ends = collections.Counter()

    def measure(self, *command):
        measure, path = Measure(), self.path + ".m"
        Server(path, through(self.direct.removeprefix("unix://"), measure))
        run("unix://" + path, *command)
        os.unlink(path)
        return measure.bytes

    def cut(self, direction, limit, loses, *command):
        self.cuts.plan(direction, limit, loses)
        self.case = f"{command}, {direction} cut after {limit} bytes{', then an answer lost' * loses}"
        self.seen = run("unix://" + self.path, *command)
        self.ends[command[0], self.seen[0]] += 1

    def expect(self, good):
        if not good:
            sys.exit(f"{self.case}: exit {self.seen[0]}, out {self.seen[1]}, err {self.seen[2]}")

    def settle(self, program):
        counter, options = PROGRAMS[program]
        self.redis("FLUSHALL")
        run(self.direct, "wq-push", "-q", "job", *(f"item {n}" for n in range(3000)))
        records = run(self.direct, "wq-lease", "-l", "1h", "-n", "3000", "job")[1].splitlines()
        held = [record.split(b"\t")[0] for record in records]
        lost = held.pop()
        self.redis("ZADD", "job:leased", "XX", 1, lost)
        run(self.direct, "wq-reap", "-q", "job")
        command = [program, *options, "job"]
        # Redis knows the script from here on.
        run(self.direct, *command, NEVER)
        for direction, size in self.measure(*command, NEVER, held.pop(), lost).items():
            for limit in places(self.draw, size, 60):
                before = int(self.redis("HGET", "job:stats", counter))
                lease = held.pop()
                self.cut(direction, limit, self.draw.random() < 0.3, *command, NEVER, lease, lost)
                exit, out, err = self.seen
                answer = {1: b"unknown", 69: b"doubtful"}.get(exit, b"")
                self.expect(out == answer + b"\t" + NEVER + b"\nlost\t" + lost + b"\n" and bool(err) == (exit == 69))
                self.cut(direction, limit, self.draw.random() < 0.3, *command, lease := held.pop())
                self.expect(self.seen == (0, b"", b""))
                self.cut(direction, limit, self.draw.random() < 0.3, *command, NEVER)
                self.expect(self.seen[0] in (1, 69) and NEVER in self.seen[1])
                self.expect(int(self.redis("HGET", "job:stats", counter)) == before + 2)
                self.expect(self.redis("ZSCORE", "job:leased", lease) is None)

    def work(self):
        items = [f"item{n}" for n in range(5)]
        command = ["wq-work", "-j", "2", "job", "echo"]

        def fill():
            self.redis("FLUSHALL")
            run(self.direct, "wq-push", "-q", "job", *items)

        fill()
        for direction, size in self.measure(*command).items():
            for limit in places(self.draw, size, 60):
                fill()
                self.cut(direction, limit, self.draw.random() < 0.3, *command)
                exit, out, err = self.seen
                self.expect(exit == 0 and sorted(out.decode().split()) == items and b"lease" not in err)
                self.expect(self.redis("HMGET", "job:stats", "completed", "leased") == [b"5", b"5"])


def main():
    server, path, seed = sys.argv[1:]
    trials = Trials(server, path, int(seed))
    for program in PROGRAMS:
        trials.settle(program)
    trials.work()
    for (program, exit), count in sorted(trials.ends.items()):
        print(f"# {program}: {count} ended with {exit}")
    if len(trials.ends) != 7 or min(trials.ends.values()) < 20:
        sys.exit("not all ends were seen")


main()
