"""run.py SOCKET: random operations on a queue of an empty Redis, each compared with the model.

WQ_SEED=N     repeats the choices of a run (not its timing; a replay does that)
WQ_STEPS=N    how many operations (2000)
WQ_REPLAY=F   instead the operations that a failed run printed into F
WQ_SHRINK=N   seconds to spend on making a failed sequence shorter (30)
WQ_FLAW=NAME  a deliberate mistake in the model (see model.py): the run must fail

A failed run prints what differs, and the shortest sequence found, as a shell script. Exit 1 then.
"""

import ast
import collections
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))

import words
from choose import Chooser
from model import FLAWS
from resp import Redis
from steps import Mismatch, Run

# What happens often in any run of some length; else the choices are bad.
COMMON = [
    ("push", 0), ("push", 1), ("lease", 0), ("lease", 1), ("lease", 3), ("lease", 74), ("complete", 0),
    ("complete", 1), ("release", 0), ("release", 1), ("renew", 0), ("renew", 1), ("reap", 0), ("retry", 0), ("drop", 0),
    ("config", 0), ("config", 64), ("purge", 0), ("empty", 1), ("stat", 0), ("audit", 0), ("list", 0),
    ("look", 0), ("rediswq_take", 0),
]


def sequence(redis, flaw, ops, counts=None):
    """Does the operations; answers those done and what was wrong at the last, if anything."""
    run = Run(redis, flaw, counts)
    done = []
    for op in ops(run) if callable(ops) else ops:
        wrong = None
        try:
            run.step(op)
        except Mismatch as mismatch:
            wrong = mismatch.wrong
        # The waits for a calm moment are part of what happened.
        done.append({**op, "wait": op["wait"] + run.waited})
        if wrong:
            return done, wrong
    return done, None


def chosen(seed, steps):
    """Operations that follow the model."""
    def choose(run):
        chooser = Chooser(random.Random(seed), run.model)
        for _ in range(steps):
            chooser.model = run.model
            yield chooser.next()

    return choose


def shrink(redis, flaw, ops, wrong, seconds):
    """Leaves operations out while it still fails: first as many as possible from the front."""
    deadline = time.monotonic() + seconds

    def fails(candidate):
        nonlocal ops, wrong
        if time.monotonic() > deadline:
            return False
        done, seen = sequence(redis, flaw, candidate)
        # Twice, since it should not hang on a lucky moment.
        if seen and sequence(redis, flaw, done)[1]:
            ops, wrong = done, seen
            return True
        return False

    length = 4
    while length < len(ops) and not fails(ops[-length:]):
        length *= 2
    chunk = len(ops) // 2
    while chunk and time.monotonic() < deadline:
        start = 0
        while start < len(ops):
            if not fails(ops[:start] + ops[start + chunk:]):
                start += chunk
        chunk //= 2
    return ops, wrong


def report(ops, wrong, out=print):
    out(words.PREAMBLE)
    for op in ops:
        out(f"#op {op!r}")
        out(words.script(op))
    out("# After the last command:")
    for line in wrong:
        out("#   " + line)


def main():
    redis = Redis(sys.argv[1])
    flaw = os.environ.get("WQ_FLAW") or None
    if flaw and flaw not in FLAWS:
        sys.exit(f"WQ_FLAW is one of {' '.join(FLAWS)}")
    seed = int(os.environ.get("WQ_SEED") or random.randrange(10**6))
    counts = collections.Counter()
    started = time.monotonic()
    if os.environ.get("WQ_REPLAY"):
        with open(os.environ["WQ_REPLAY"]) as lines:
            ops = [ast.literal_eval(line[4:]) for line in lines if line.startswith("#op ")]
    else:
        steps = int(os.environ.get("WQ_STEPS") or 2000)
        print(f"# WQ_SEED={seed} WQ_STEPS={steps}", flush=True)
        ops = chosen(seed, steps)
    done, wrong = sequence(redis, flaw, ops, counts)
    print(f"# {len(done)} operations in {time.monotonic() - started:.0f} s")
    for do in sorted({do for do, _ in counts}):
        print(f"# {do}:", ", ".join(f"{exit}: {n}" for (name, exit), n in sorted(counts.items()) if name == do))
    if not wrong:
        thin = [pair for pair in COMMON if not counts[pair]]
        if len(done) >= 2000 and thin:
            sys.exit(f"hardly tested: {thin}")
        return
    print(f"# A mismatch at operation {len(done)}:", *wrong, sep="\n#   ", flush=True)
    if not os.environ.get("WQ_REPLAY"):
        done, wrong = shrink(redis, flaw, done, wrong, float(os.environ.get("WQ_SHRINK") or 30))
    print(f"# The {len(done)} operations that are left, as a script; the file it is saved in is a WQ_REPLAY, too.")
    report(done, wrong)
    sys.exit(1)


main()
