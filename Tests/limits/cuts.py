"""cuts.py REDIS-SOCKET SOCKET SEED: pushes through connections that are cut after every k-th byte.

For many k, and for requests and replies apart, wq-push runs through a proxy on SOCKET. Either it ends with 0 and each
item is there once, in order; or, if k is so small that nothing can pass, with 69, and what is there is the beginning,
each item once; the same push, if it has a name, then goes on without the proxy to the end. Says how often each came.
"""

import collections
import math
import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from liar import Server  # noqa: E402
from proxy import Cut, through  # noqa: E402
from resp import Redis  # noqa: E402

ITEMS = [b"item %d" % n for n in range(6500)]
FEW = [b"item %d" % n for n in range(25)]
# A call with a thousand of these items has less bytes than this, and its answer less than that; to the answer may belong
# one that says that Redis does not know the script yet.
ENOUGH = {"requests": 30000, "replies": 130}
# Nothing gets through with fewer.
TOO_FEW = {"requests": 2000, "replies": 6}


def run(arguments, items, url, trickle=False):
    """wq-push with the items on its standard input, which trickle or come all at once."""
    process = subprocess.Popen(["timeout", "30", "wq-push", *arguments, "job"], env={**os.environ, "WQ_URL": url},
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if trickle:
        try:
            for item in items:
                process.stdin.write(item + b"\n")
                process.stdin.flush()
                time.sleep(0.001)
        except BrokenPipeError:
            pass
    out, err = process.communicate(None if trickle else b"\n".join(items))
    return process.returncode, out, err


def stored(redis, where):
    """What is in the queue, in the order in which it was pushed."""
    if where == "delay":
        ids = redis("ZRANGE", "job:delayed", 0, -1)
        ids.sort(key=lambda id: int(id.split(b".")[0]))
        records = redis("HMGET", "job:items", *ids) if ids else []
        return [record.split(b"\t", 4)[4] for record in records]
    items = redis("LRANGE", "job", 0, -1)
    return items if where == "front" else items[::-1]


def attempt(redis, cut, path, direction, limit, where, named, trickle):
    """-> exit status of the push, and how often it was cut"""
    case = f"{direction} cut after {limit} bytes, to the {where}{', trickling' * trickle}"
    items = FEW if trickle else ITEMS
    options = {"back": [], "front": ["--front"], "delay": ["--delay", "1h"]}[where] + ["--id", "load"] * named
    redis("FLUSHALL")
    cut.direction, cut.limit, cut.cuts = direction, limit, 0
    exit, out, err = run(options, items, "unix://" + path, trickle)
    cuts = cut.cuts
    # What Redis got before the cut, it may still be working on.
    deadline = time.monotonic() + 10
    while len(redis("CLIENT", "LIST").splitlines()) > 1:
        if time.monotonic() > deadline:
            sys.exit(f"{case}: a connection stays open")
        time.sleep(0.001)
    seen = stored(redis, where)
    if exit == 0:
        good = out == b"%d\n" % len(items) and not err and limit > TOO_FEW[direction]
    else:
        good = exit == 69 and not out and err.startswith(b"wq-push: ") and limit < ENOUGH[direction]
        good = good and seen == items[:len(seen)]
        if named:
            more, _, _ = run(options, items, "unix://" + sys.argv[1])
            seen = stored(redis, where)
            good = good and more == 0
    if not good or (exit == 0 or named) and (seen != items or redis("EXISTS", "job:producers")):
        sys.exit(f"{case}: exit {exit}, out {out}, err {err}; then {len(seen)} of {len(items)} items, "
                 f"{len(set(seen))} different, in order: {seen == sorted(seen, key=items.index)}; "
                 f"producers: {redis('EXISTS', 'job:producers')}")
    return exit, cuts


def main():
    upstream, path, seed = sys.argv[1:]
    draw = random.Random(int(seed))
    redis, cut = Redis(upstream), Cut("requests", 1, math.inf)
    Server(path, through(upstream, cut))
    limits = {
        "requests": [1, 2, 100, 1000, 5000, 10000, 10**6] + [draw.randrange(12000, 90000) for _ in range(60)],
        "replies": [*range(1, 30), 46, 47, 48, 10**4] + [draw.randrange(30, 300) for _ in range(30)],
    }
    ends, cuts = collections.Counter(), collections.Counter()
    cases = [(direction, limit, draw.choice(["back", "back", "front", "delay"]), draw.random() < 0.7, False)
             for direction in limits for limit in limits[direction]]
    cases += [("requests", draw.randrange(6000, 30000), "back", True, True) for _ in range(8)]
    cases += [("replies", draw.randrange(20, 150), "back", True, True) for _ in range(8)]
    for direction, limit, *how in cases:
        exit, times = attempt(redis, cut, path, direction, limit, *how)
        ends[direction, exit] += 1
        cuts[direction, exit] += times
    for (direction, exit), count in sorted(ends.items()):
        print(f"# {direction}: {count} pushes ended with {exit}, after {cuts[direction, exit]} cuts")
        if count < 5 or cuts[direction, exit] < count:
            sys.exit("hardly any cuts")
    if len(ends) != 4:
        sys.exit("not all ends were seen")


main()
