"""records.py FOLDER SECONDS SEED [ROUND]: puts records that make little sense into queues of a real Redis, has the
programs work on them, and sees to it that no item is lost, doubled or changed, and that no program fails. What a record
is when it is none is said by docs/protocol.md: an item as it is."""

import collections
import pathlib
import random
import re
import sys
import time

TESTS = pathlib.Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "servers"), str(TESTS / "fakes")]

from resp import Redis  # noqa: E402
from trials import Trials, complaint  # noqa: E402

FIELDS = re.compile(rb"([0-9]{1,14})\t[^\t]*\t([0-9]{1,14})\t[^\t]*\t(.*)", re.DOTALL)
NUMBERS = (b"0", b"1", b"2", b"9", b"10", b"007", b"-1", b"1e3", b"0x10", b" 1", b"", b"x", b"99999999999999", b"999999999999999",
           b"9999999999999999", b"9223372036854775807", b"9223372036854775808", b"1" * 400)
STATES = ("job:leased", "job:delayed", "job:suspects", "job:dead")


def item_of(record):
    """The item that a record holds."""
    match = FIELDS.fullmatch(record)
    return match[3] if match else record


class Queue:
    """A queue of a round's own."""

    def __init__(self, redis, rng):
        self.redis, self.rng = redis, rng
        self.ids = []
        now = redis.now()
        commands = [("FLUSHALL",), ("HSET", "job:config", "format", "1", "epoch", "0a", "max-attempts", rng.choice((1, 2, 10)))]
        for n in range(rng.randrange(1, 80)):
            ident = self.ident(n)
            state = rng.choice(STATES)
            score = rng.choice((now - 10_000, now - 1, now + 3_600_000, 0, 1, -5, 1.5, "inf", "-inf", 2**53, 1e300, now))
            commands.append(("ZADD", state, score, ident))
            if rng.random() < 0.95:
                commands.append(("HSET", "job:items", ident, self.record()))
            self.ids.append(ident)
        for _ in range(rng.randrange(3)):
            # One that no state has.
            commands.append(("HSET", "job:items", self.ident(1000 + rng.randrange(100)), self.record()))
        for _ in range(rng.randrange(4)):
            commands.append(("RPUSH", "job", self.text(20)))
        commands.append(("SET", "job:seq", 5000))
        # As wq keeps it while it holds something.
        commands.append(("SET", "job:leased_by_session:2842d3a1946f3123f21243f01e2f1e10401377297dad2d9b5f77352f", "wq"))
        commands.append(("RPUSH", "job:processing", "wq:busy"))
        redis.all(commands)

    def ident(self, n):
        form = self.rng.choice((b"%d.0123456789ab",) * 5 + (b"%d", b".%d", b"x%d.", b"\t%d", b"\xff%d", b"%d" + b"0" * 30))
        return form % (n + 1)

    def text(self, most):
        rng = self.rng
        if rng.random() < 0.5:
            return bytes(rng.choice(b"\t\t\t\n\0a19 .") for _ in range(rng.randrange(most)))
        return rng.randbytes(rng.randrange(most)) if rng.random() < 0.9 else rng.randbytes(2000)

    def record(self):
        rng = self.rng
        if rng.random() < 0.2:
            return self.text(40)
        number = lambda: rng.choice(NUMBERS) if rng.random() < 0.4 else b"%d" % rng.randrange(12)  # noqa: E731
        owner, reason = (rng.choice((b"", b"owner", b"a b", b"\xff\0", b"\n")) for _ in range(2))
        parts = [number(), owner, number(), reason, self.text(20)]
        if rng.random() < 0.15:
            del parts[rng.randrange(len(parts))]
        return b"\t".join(parts)

    def items(self):
        """All that there are, wherever, and how often."""
        redis = self.redis
        lists = redis.all([("LRANGE", key, 0, -1) for key in ("job", "job:arriving", "job:processing")])
        found = collections.Counter(item for each in lists for item in each if item != b"wq:busy")
        records = redis("HGETALL", "job:items")
        found.update(item_of(record) for record in records[1::2])
        return found

    def operation(self):
        """A command, and its input."""
        rng = self.rng
        leases = self.redis("ZRANGE", "job:leased", 0, -1)
        some = b"".join(b"%s\0" % each for each in rng.sample(leases, min(len(leases), rng.randrange(1, 20))))
        dead = [each for each in self.redis("ZRANGE", "job:dead", 0, -1) if b"\0" not in each and each[:1] not in b"-"]
        return rng.choice((
            ("wq-lease --json -n %d -l 1h job" % rng.choice((1, 3, 100, 500)), b""),
            ("wq-reap --orphan-after 0 job", b""),
            ("wq-release -0 --delay 0 job -", some),
            ("wq-release -0 --no-charge job -", some),
            ("wq-release -0 --reason why job -", some),
            ("wq-release -0 --dead job -", some),
            ("wq-renew -0 -l 1h job -", some),
            ("wq-retry --all job", b""),
            ("wq-retry --match 1 job", b""),
            (["wq-retry", "job", "--", *rng.sample(dead, min(len(dead), 5))] if dead else "wq-retry --all job", b""),
            ("wq-drop --dead --delayed --match 1 job", b""),
            ("wq-drop --dry-run --dead --delayed --ready job", b""),
            (["wq-drop", "job", "--", *rng.sample(leases, min(len(leases), 3))] if leases else "wq-drop --ready job", b""),
            ("wq-list job", b""),
            ("wq-list --json job", b""),
            ("wq-stat --json job", b""),
            ("wq-stat --prometheus job", b""),
            ("wq-empty -v job", b""),
            ("wq-doctor job", b""),
            ("due", b""),
        ))

    def due(self):
        """All deadlines pass, and all delays."""
        for state in STATES[:2]:
            for ident in self.redis("ZRANGE", state, 0, -1):
                self.redis("ZADD", state, self.rng.choice((0, 1, 1000)), ident)


def play(trials, redis, url, seed, number):
    """A round. What went wrong, if something did."""
    rng = random.Random("%d/%d" % (seed, number))
    queue = Queue(redis, rng)
    before, done = queue.items(), []
    for _ in range(rng.randrange(3, 12)):
        command, given = queue.operation()
        done.append(str(command))
        if command == "due":
            queue.due()
            continue
        status, out, err, _ = trials.run(command, url, given=given)
        wrong = complaint(command, status, err, (0, 1, 3))
        if wrong:
            return "%s: %s" % (wrong, err[:400].decode("utf-8", "replace")), done
        after = queue.items()
        if "wq-drop" in command and "--dry-run" not in command:
            # It also counts what has an ID and no record.
            if not after - before and (before - after).total() <= int(out.split()[0]):
                before = after
        if after != before:
            return "items are %r, and were %r" % (dict(after - before), dict(before - after)), done
    return None, done


def main():
    folder, seconds, seed, *one = sys.argv[1:]
    socket = folder + "/s"
    redis, trials = Redis(socket), Trials(folder)
    end, number, operations = time.monotonic() + float(seconds), int(one[0]) if one else 0, 0
    while True:
        wrong, done = play(trials, redis, "unix://" + socket, int(seed), number)
        operations += len(done)
        if wrong:
            print("fuzz: records: after %s:\n%s" % ("; ".join(done), wrong))
            print("fuzz: to see it again: FUZZ_SEED=%s FUZZ_CASE=%d Tests/fuzz/run records" % (seed, number))
            sys.exit(1)
        number += 1
        if one or time.monotonic() > end:
            break
    print("# records: %d operations on %d queues, with FUZZ_SEED=%s" % (operations, number, seed))


main()
