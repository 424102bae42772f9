"""producers.py REDIS-SOCKET FOLDER ITEMS SEED: three producers push the same ITEMS names with --unique at the same time,
each in an order of its own, and twice; each is killed again and again, and run again with its --id until it ends by
itself. Each name must be there once, and the numbers printed right. Says how often they were killed."""

import pathlib
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from resp import Redis  # noqa: E402

PRODUCERS, KILLS = 3, 6
# Of an item and of a start, in s; a kill comes at some time in what a push may take.
ITEM_S, START_S = 6e-6, 0.01


def start(id, path):
    with open(path, "rb") as lines:
        return subprocess.Popen(["wq-push", "--unique", "--id", id, "job"], stdin=lines, stdout=subprocess.PIPE)


class Producer(threading.Thread):
    def __init__(self, id, path, draw, span):
        super().__init__()
        self.id, self.path, self.times = id, path, [draw.uniform(0, span) for _ in range(KILLS)]
        # What each run printed; b"" if it was killed.
        self.printed, self.exits = [], []

    def run(self):
        for pause in [*self.times, 60]:
            process = start(self.id, self.path)
            try:
                out, _ = process.communicate(timeout=pause)
            except subprocess.TimeoutExpired:
                process.kill()
                out, _ = process.communicate()
            self.printed.append(out)
            self.exits.append(process.returncode)


def once(redis, folder, names, draw, number):
    """-> the producers, when all have ended"""
    producers = []
    for n in range(PRODUCERS):
        path = folder / f"names{n}"
        path.write_bytes(b"".join(name + b"\n" for name in draw.sample(names, len(names))))
        producers.append(Producer(f"{number}.{n}", path, draw, START_S + ITEM_S * len(names)))
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
        if set(producer.exits) - {0, -9} or producer.exits[-1] != 0:
            sys.exit(f"{producer.id}: {producer.exits}")
    stored = redis("LRANGE", "job", 0, -1)
    if sorted(stored) != sorted(names) or int(redis("HGET", "job:stats", "pushed")) != len(names):
        sys.exit(f"{len(stored)} items, {len(set(stored))} different, of {len(names)}")
    if redis("ZCARD", "job:known") != len(names) or redis("EXISTS", "job:producers"):
        sys.exit(f"{redis('ZCARD', 'job:known')} marks, {redis('EXISTS', 'job:producers')} producers")
    return producers


def main():
    server, folder, count, seed = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    draw, redis = random.Random(seed), Redis(server)
    names = [b"name %d" % n for n in range(count)]
    begun = time.monotonic()
    first = once(redis, folder, names, draw, 1)
    again = once(redis, folder, names, draw, 2)
    exits = [exit for producer in first for exit in producer.exits]
    told = sum(int(out or 0) for producer in first for out in producer.printed)
    print(f"# killed {exits.count(-9)} times in {time.monotonic() - begun:.1f} s; "
          f"what was not killed added {told} of {count} items")
    if any(int(out or 0) for producer in again for out in producer.printed) or told > count:
        sys.exit(f"added, it says: {[producer.printed for producer in first + again]}")
    if exits.count(-9) < PRODUCERS:
        sys.exit("it was hardly killed")
    new = subprocess.run(["wq-push", "--unique", "job"], input=b"\n".join(draw.sample(names, 1000) + [b"%d" % n for n in range(5)]),
                         stdout=subprocess.PIPE, check=True).stdout
    if new != b"5\n":
        sys.exit(f"{new} in place of five new ones")


main()
