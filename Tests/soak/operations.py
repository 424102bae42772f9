"""What is done to a queue: programs with their options, drawn by a random generator from what is true of the queue."""

import shlex

# Lease times, in ms: most run out while the round goes on.
TIMES = [60, 250, 1000, 4000, 60000]
# Bytes of a large item.
LARGE = 9000
WORDS = [b"apple", b"pear", b"fig \xc3\xa9", b"plum\\t", b"-x", b"' \"", b"$(date)", b"\xff\xfe"]
WEIGHTS = {
    "push": 20, "lease": 22, "wait": 5, "complete": 20, "release": 9, "renew": 5, "keep": 2, "work": 6, "reap": 4,
    "retry": 3, "drop": 3, "list": 3, "stat": 3, "audit": 2, "empty": 4, "config": 5, "purge": 1, "doctor": 2,
}
# Nobody was ever given this ID.
NOBODY = b"7777777.0123456789ab"


class Operation:
    """A program with its words. `kind` is a key of WEIGHTS, the other facts depend on it:
    items: those that are pushed, in order; ids: leases, or dead items; count, time; beside: an item that is pushed while
    the program waits."""

    def __init__(self, kind, options=(), operands=(), stdin=b"", **facts):
        self.kind, self.options, self.operands, self.stdin = kind, list(options), list(operands), stdin
        self.program = {"wait": "lease", "keep": "renew", "audit": "stat"}.get(kind, kind)
        self.items, self.ids, self.beside, self.name = [], [], [], None
        self.__dict__.update(facts)

    def is_unique(self):
        return "--unique" in self.options or "--once" in self.options

    def words(self, queue):
        return [f"wq-{self.program}", *self.options, queue, *self.operands]

    def shell(self, queue):
        """As one types it."""
        command = " ".join(quote(word) for word in self.words(queue))
        return f"printf %b {quote(self.stdin)} | {command}" if self.stdin else command


def quote(word):
    if isinstance(word, str):
        return shlex.quote(word)
    text = word.decode("latin-1").replace("x" * LARGE, "x...")
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(c if c.isascii() and c.isprintable() and c not in "\\'" else f"\\x{ord(c):02x}" for c in text) + "'"


def ms(time):
    return f"{time}ms"


class Chooser:
    """Draws operations. The random numbers depend on the seed and the step alone, what they come to on the queue."""

    def __init__(self, queue):
        self.queue = queue
        self.number, self.names, self.items = 0, {}, {}

    def __call__(self, random, truth):
        self.random, self.truth = random, truth
        kind = random.choices(list(WEIGHTS), WEIGHTS.values())[0]
        return getattr(self, kind)()

    def chance(self, share):
        return self.random.random() < share

    def fresh(self, count):
        """Items that nobody pushed before. A few are large, so that they take several reads and writes."""
        items = []
        for _ in range(count):
            self.number += 1
            tail = b"x" * LARGE if self.chance(0.03) else self.random.choice(WORDS)
            items.append(b"%s %d %s" % (self.queue.encode(), self.number, tail))
            self.items[b"%d" % self.number] = items[-1]
        return items

    def ids_in(self, state, most):
        """Some IDs in that state; now and then also one that is not."""
        ids = sorted(id for id, item in self.truth.ids.items() if self.truth.items[item].state == state)
        chosen = self.random.sample(ids, min(len(ids), self.random.randint(1, most)))
        if self.chance(0.15) or not chosen:
            others = [NOBODY, *sorted(id for id in self.truth.lost if b"." in id)[-5:], *self.truth.ids]
            chosen.append(self.random.choice(others))
        return list(dict.fromkeys(chosen))

    def push(self):
        options, where = [], "ready"
        unfinished = [name for name in self.names if self.chance(0.5)]
        if unfinished and self.chance(0.5):
            name = unfinished[0]
            items, options = self.names[name]
        else:
            crowd = len(self.truth.items) > 120
            items, name = self.fresh(self.random.choice([1, 1, 2] if crowd else [1, 2, 5, 30])), None
            once = self.random.choice([[], [], ["--unique"], ["--once", "1h"]])
            options += once
            if self.chance(0.3):
                name = f"n{self.number}"
                options += ["--id", name]
                self.names[name] = items, options
            elif self.chance(0.15):
                where = "delayed"
                options += ["--delay", ms(self.random.choice(TIMES[:3]))]
            elif self.chance(0.2):
                options.append("--front")
            if name is None and self.chance(0.05):
                options.append("--if-active")
            if name is None and once:
                items += self.truth.marked(self.random, 3)
        if self.chance(0.5):
            operands, stdin = [], b"".join(item + b"\n" for item in items)
        else:
            operands, stdin = items, b""
        return Operation("push", options + ["--"] * bool(operands), operands, stdin, items=items, where=where, name=name)

    def lease(self, *more, **facts):
        count, time = self.random.choice([1, 1, 1, 3, 20]), self.random.choice(TIMES)
        form = self.random.choice([[], [], ["-0"], ["--json"]])
        options = ["-n", str(count), "-l", ms(time), *form, *["--strict"] * self.chance(0.2), *more]
        return Operation("wait" if facts else "lease", options, count=count, time=time, form=form[-1:], **facts)

    def wait(self):
        beside = self.fresh(1) if self.chance(0.7) else []
        time = ["-t", ms(self.random.choice([100, 300]))]
        return self.lease(*time, *["--until-drained"] * self.chance(0.5), beside=beside)

    def settle(self, kind, most, options=(), **facts):
        ids = self.ids_in("leased", most)
        if self.chance(0.5):
            return Operation(kind, options, ["-"], b"".join(id + b"\tx\n" for id in ids), ids=ids, **facts)
        return Operation(kind, options, ids, ids=ids, **facts)

    def complete(self):
        return self.settle("complete", self.random.choice([1, 1, 5]))

    def release(self):
        options = []
        dead = self.chance(0.25)
        charged = dead or self.chance(0.7)
        options += ["--dead"] * dead + ["--no-charge"] * (not charged)
        delay = self.random.choice([None, 0, 300])
        options += ["--delay", ms(delay)] if delay is not None and not dead else []
        options += ["--reason", self.random.choice(["broken", "no luck"])]
        return self.settle("release", self.random.choice([1, 1, 4]), options, dead=dead, charged=charged)

    def renew(self):
        time = self.random.choice(TIMES)
        return self.settle("renew", 3, ["-l", ms(time)], time=time)

    def keep(self):
        """A command that runs while its lease is renewed."""
        ids, time = self.ids_in("leased", 1)[:1], self.random.choice(TIMES)
        return Operation("keep", ["-l", ms(time)], [*ids, "--", "sh", "-c", "sleep 0.03; exit 7"], ids=ids, time=time)

    def work(self):
        most = self.random.choice([1, 3, 10])
        options = ["-q", "-j", str(self.random.choice([1, 3])), "-l", ms(self.random.choice(TIMES[1:])),
                   "--max-items", str(most), "--prefetch", str(self.random.choice([0, 0, 2])),
                   "--max-time-total", "1s", "--until-idle", "50ms", *["--strict"] * self.chance(0.2),
                   *["--batch", "4"] * self.chance(0.3), *["--also", "idle-" + self.queue] * self.chance(0.3)]
        return self.worker(options, most)

    def worker(self, options, most=None):
        # An item whose number ends with 7 fails the first time, and each time with others. Of an item the number is written
        # down: a line that is longer could be mixed with another one.
        command = """for item; do
                number=${item#* } number=${number%% *}
                case ${WQ_ATTEMPT-1}.$number in 1.*7) exit 1 ;; esac
            done
            for item; do
                number=${item#* } number=${number%% *}
                echo "${WQ_LEASE%% *} $number" >>"$SOAK_LEDGER"
                WQ_LEASE=${WQ_LEASE#* }
            done"""
        return Operation("work", options, ["--", "sh", "-c", command, "sh"], most=most)

    def reap(self):
        return Operation("reap")

    def retry(self):
        if self.chance(0.4):
            return Operation("retry", ["--all"], all=True)
        ids = self.ids_in("dead", 3)
        return Operation("retry", [], ids, ids=ids, all=False)

    def drop(self):
        states = self.random.choice([[], [], ["dead"], ["delayed"], ["ready"], ["dead", "delayed", "ready"]])
        options = [f"--{state}" for state in states] + ["--dry-run"] * self.chance(0.15)
        if states:
            match = self.random.choice([" %d" % self.random.randrange(10), "apple", "no luck"])
            return Operation("drop", [*options, "--match", match], states=states, match=match.encode())
        ids = list(dict.fromkeys(self.ids_in("dead", 2) + self.ids_in("leased", 2) + self.ids_in("delayed", 1)))
        return Operation("drop", options, ids, ids=ids, states=[], match=b"")

    def list(self):
        return Operation("list", ["--json"])

    def stat(self):
        return Operation("stat", ["--json"])

    def audit(self):
        return Operation("audit", ["--audit"])

    def empty(self):
        return Operation("empty", ["-v"] + ["--strict"] * self.chance(0.3))

    def config(self):
        setting = self.random.choice(["paused", "sealed", "open", "max-attempts", "retry-delay"])
        value = {"max-attempts": ["2", "4", ""], "retry-delay": ["50ms", "200ms", ""]}.get(setting, ["yes", "", "", ""])
        value = self.random.choice(value)
        if self.truth.has(setting):
            value = ""
        return Operation("config", [], [f"{setting}={value}"], setting=setting, value=value)

    def purge(self):
        return Operation("purge", ["--force"] * self.chance(0.3))

    def doctor(self):
        return Operation("doctor")
