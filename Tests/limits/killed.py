"""killed.py REDIS-SOCKET FILE SEED: pushes FILE's lines with --id, is killed again and again in the middle, and goes on
until the push ends by itself. Each line must be there once, in order. Says how often it was killed."""

import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from resp import Redis  # noqa: E402


def push(path):
    with open(path, "rb") as lines:
        return subprocess.Popen(["wq-push", "--id", "load", "job"], stdin=lines, stdout=subprocess.PIPE)


def main():
    server, path, seed = sys.argv[1:]
    draw = random.Random(int(seed))
    redis = Redis(server)
    with open(path, "rb") as lines:
        items = lines.read().splitlines()
    kills = []
    for part in range(1, 9):
        # Somewhere in the next eighth; the first time before anything was stored.
        goal = draw.randrange((part - 1) * len(items) // 9, part * len(items) // 9) if part > 1 else 0
        process = push(path)
        deadline = time.monotonic() + 30
        while redis("LLEN", "job") < goal and process.poll() is None:
            if time.monotonic() > deadline:
                sys.exit(f"no more than {redis('LLEN', 'job')} of {len(items)} items come")
        process.kill()
        if process.wait() == -9:
            kills.append(redis("LLEN", "job"))
    process = push(path)
    printed = int(process.communicate(timeout=60)[0])
    stored = redis("LRANGE", "job", 0, -1)[::-1]
    print(f"# killed at {kills} of {len(items)} items; the last run added {printed}")
    if process.returncode or stored != items:
        sys.exit(f"exit {process.returncode}, {len(stored)} items, {len(set(stored))} different")
    if kills != sorted(kills) or len(set(kills)) < 4 or not 0 < printed < len(items):
        sys.exit("it was hardly killed in the middle")
    if redis("EXISTS", "job:producers"):
        sys.exit("a push that has ended holds the queue open")


main()
