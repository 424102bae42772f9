"""One step: an operation on the real queue and on the model, and the comparison of the two.

What falls due while an operation runs would make the model ambiguous. So a step begins only when nothing is due
in the next moments; and should the machine be slow all the same, the step is right if any instant in it explains
what was seen.
"""

import copy
import itertools
import time

from check import Snapshot, answer_differences, state_differences
from model import Model
from perform import TIMEOUT, Performer
from words import IDLE, QUEUE

# ms ahead in which nothing may be due when a step begins.
MARGIN = 60
# The same for a step in which somebody waits, and looks again by and by.
LONG_MARGIN = 700
# Keys of other queues.
NEIGHBOURS = sorted([b"idle:config", b"jab", b"jab:push:x", b"j?b2", b"j?b2:items", b"j?b:x", b"j?b:x:push:y", b"j?b:x:leased"])


class Mismatch(Exception):
    def __init__(self, wrong):
        self.wrong = wrong


class Run:
    def __init__(self, redis, flaw=None, counts=None):
        self.redis, self.counts = redis, counts
        self.model, self.performer = Model(flaw), Performer(redis)
        self.names = set()
        # ms spent in the last step until nothing was about to fall due.
        self.waited = 0
        redis("FLUSHALL")
        redis.all([["SET", key, "neighbour"] for key in NEIGHBOURS if not key.startswith(IDLE.encode())])
        redis("HSET", IDLE + ":config", "format", 1, "epoch", "0123456789ab")

    def step(self, op):
        self.waited = 0
        if op["wait"]:
            time.sleep(op["wait"] / 1000)
        try:
            if op["do"] == "during":
                self.during(op)
            else:
                self.plain(op)
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            raise Mismatch([f"{op['do']}: {error!r}"])

    def calm(self):
        """Waits until nothing is about to fall due. -> Redis' clock"""
        while True:
            now = self.redis.now()
            near = [due for due in self.model.dues() if now < due <= now + MARGIN]
            if not near:
                return now
            self.waited += int(near[-1]) - now + 1
            time.sleep((near[-1] - now + 1) / 1000)

    def plain(self, op):
        begun = self.calm()
        result = self.performer.run(op)
        self.judge(begun, [(op, result)])
        left = sorted(self.redis("KEYS", "*")) if op["do"] == "purge" and result[0] == 0 else NEIGHBOURS
        if left != NEIGHBOURS:
            raise Mismatch([f"keys after the purge: expected {NEIGHBOURS}, seen {left}"])

    def judge(self, begun, steps):
        """Whether what was seen in these (operation, result) is what the model says."""
        self.names |= {op["name"] for op, _ in steps if op.get("name")}
        seen = Snapshot(self.redis, sorted(self.names))
        dues = sorted({due for due in self.model.dues() if begun < due <= seen.time})
        # Who waits for a moment looks at the queue before and after it, or once more, and brings something back each time.
        looks = [1, 2, 3] if any(op.get("until") == "brief" for op, _ in steps) else [1]
        first = None
        for moment, count in itertools.product([begun] + dues, looks):
            trial = copy.deepcopy(self.model) if dues or len(looks) > 1 else self.model
            wrong, made = [], []
            for op, (exit, out, err) in steps:
                expected = trial.apply({**op, "looks": count}, self.performer.named(op), moment, seen.time)
                made += trial.made
                wrong += answer_differences(exit, out, err, expected)
            wrong += state_differences(trial, seen)
            if not wrong:
                self.model = trial
                self.performer.ids.update((entry.ref, entry.id) for entry in made if entry.id)
                self.count(steps)
                return
            first = first or wrong
        raise Mismatch(first)

    def count(self, steps):
        if self.counts is not None:
            for op, (exit, _, _) in steps:
                self.counts[op["do"], exit] += 1

    # Somebody waits for an item while others do something.

    def during(self, op):
        begun = self.calm()
        if any(begun < due <= begun + LONG_MARGIN for due in self.model.dues()):
            return
        lease = op["lease"]
        waiter, _ = self.performer.start(lease)
        try:
            self.until("waits or ends", lambda: waiter.poll() is not None or self.is_waiting())
            if self.wakes(lease, begun):
                self.judge(begun, [(lease, self.performer.finish(lease, waiter, None))])
            elif waiter.poll() is not None:
                raise Mismatch(["a wq-lease that should wait ended"])
            else:
                # It has looked at the queue.
                self.judge(begun, [({**lease, "do": "look"}, (0, b"", b""))])
            for inner in op["ops"]:
                self.beside(waiter, lease, inner)
            if waiter.returncode is None:
                self.end(waiter, lease)
        finally:
            waiter.kill()
            waiter.communicate()

    def beside(self, waiter, lease, inner):
        """An operation while somebody waits, unless it woke up already."""
        begun = self.redis.now()
        if waiter.returncode is None and any(due <= begun + MARGIN for due in self.model.dues()):
            self.end(waiter, lease)
        if waiter.returncode is not None:
            return self.plain(inner)
        result = self.performer.run(inner)
        if self.wakes(lease, begun, inner):
            self.judge(begun, [(inner, result), (lease, self.performer.finish(lease, waiter, None))])
            if self.counts is not None:
                self.counts["woken by " + inner["do"], waiter.returncode] += 1
        else:
            self.until("gives back what it may not take", lambda: not self.redis("LLEN", QUEUE + ":arriving"))
            self.judge(begun, [(inner, result)])

    def wakes(self, lease, begun, inner=None):
        """Whether the model says that the waiter has something to take, or to say, after the operation."""
        trial = copy.deepcopy(self.model)
        if inner:
            trial.apply(inner, self.performer.named(inner), begun, self.redis.now())
        answer = trial.apply(lease, [], begun, begun)
        return answer.exit not in (1, 3, 66) or answer.exit != 1 and lease["until"] == "drained"

    def end(self, waiter, lease):
        """The waiter gets what falls due, or waits on, until it is ended."""
        begun = self.redis.now()
        paused = self.model.setting("paused") == "yes"
        if not paused and any(due <= begun + 1000 for due in self.model.dues()):
            self.judge(begun, [(lease, self.performer.finish(lease, waiter, None))])
            if self.counts is not None:
                self.counts["woken by time", waiter.returncode] += 1
            return
        if waiter.poll() is not None:
            raise Mismatch([f"a wq-lease that should wait ended with {waiter.returncode}"])
        waiter.terminate()
        out, err = waiter.communicate()
        if (waiter.returncode, out, err) != (-15, b"", b""):
            raise Mismatch([f"a waiting wq-lease that is ended: {waiter.returncode} {out} {err}"])
        # Until Redis knows it, the next item could go to the dead.
        self.until("is gone", lambda: len(self.redis("CLIENT", "LIST").splitlines()) == 1)
        self.judge(begun, [])

    def is_waiting(self):
        """It has looked at the queue once, found nothing, and waits in Redis or, for a paused queue, by itself."""
        clients = self.redis("CLIENT", "LIST").split()
        return any(b"cmd=" + last in clients for last in (b"blmove", b"evalsha", b"info"))

    def until(self, what, condition):
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            if time.monotonic() > deadline:
                raise Mismatch([f"the waiting wq-lease never {what}"])
            time.sleep(0.001)
