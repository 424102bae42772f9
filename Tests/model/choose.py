"""Chooses the next operation, at random but with an eye on the model, so that most of them have something to do."""

CLIENTS = ["ann", "bob", "cy"]
ITEMS = [
    b"apple", b"banana", b"cherry", b"date", b"elder", b"fig", b"grape", b"hazel", b"two words", b"tab\tin", b"",
    b" ", "\u00fc\u2713".encode(), b"\xff\xfe", b"new\nline", b"quote'd \"twice\" \\n $x", b"--all", b"nul\0in",
    b"wq:busy", b"{\"a\":1}",
]
REASONS = [b"", b"disk full", b"no such apple", "\u00fc".encode(), b"--dead"]
# Short ones end within a run, long ones never do.
SHORT, LONG = [100, 150, 250], [60000, 3600000]
SETTINGS = {
    "max-attempts": ["1", "2", "3", "0", ""],
    "retry-delay": ["0", "60ms", "120ms", "1s", ""],
    "retry-delay-max": ["100ms", "150ms", "1m", ""],
    "paused": ["yes", "no", ""],
    "sealed": ["yes", "no", "", ""],
    "open": ["yes", "no", ""],
    "max-leased": ["1", "3", "0", "", ""],
}
BAD_SETTINGS = [("max-attempts", "-1"), ("max-attempts", "many"), ("retry-delay", "1x"), ("paused", "maybe"),
                ("colour", "red"), ("format", "2"), ("sealed", "Yes")]
STATES = ["ready", "leased", "delayed", "dead", "arriving", "rediswq"]
WEIGHTS = {
    "push": 20, "lease": 24, "complete": 16, "release": 12, "reap": 5, "retry": 4, "drop": 4, "config": 4, "purge": 1,
    "empty": 2, "stat": 2, "audit": 1, "list": 3, "renew": 5, "rpush": 4, "rediswq_take": 5, "rediswq_complete": 2,
    "rediswq_expire": 2, "sweep": 2, "resume": 2, "during": 3,
}


# Now and then rediswq clients work on the queue, too.
PHASE = 250
MIXED = ["rpush", "rediswq_take", "rediswq_complete", "rediswq_expire"]


class Chooser:
    def __init__(self, random, model):
        self.random, self.model = random, model
        self.weights = WEIGHTS
        self.done = 0
        self.uid = 0
        self.names = 0
        self.planned = []
        # References that were held once.
        self.old = []
        # Named pushes and their items so far.
        self.pushed = {}

    def next(self):
        """The next operation."""
        self.done += 1
        if self.done % PHASE == 0:
            self.planned = [self.op("purge", force=True)]
            is_mixed = self.done // PHASE % 3 == 0
            self.weights = {do: n for do, n in WEIGHTS.items() if is_mixed or do not in MIXED}
        if not self.planned:
            do = self.random.choices(list(self.weights), list(self.weights.values()))[0]
            if do == "push" and self.total() > 40:
                do = "lease"
            if do in ("complete", "release", "renew") and not self.model.leased and self.chance(0.8):
                do = "lease"
            if do == "lease" and self.chance(0.5):
                do = "resume" if self.model.setting("paused") == "yes" else do if self.model.ready else "push"
            self.planned = getattr(self, "choose_" + do, lambda: [self.op(do)])()
        op = self.planned.pop(0)
        if not op["wait"] and self.random.random() < 0.03:
            op["wait"] = 100
        return op

    def total(self):
        return len(self.model.ready) + sum(len(state) for state in (self.model.leased, self.model.delayed, self.model.suspects))

    def op(self, do, **more):
        self.uid += 1
        return {"uid": self.uid, "wait": 0, "do": do, "client": self.random.choice(CLIENTS), **more}

    def chance(self, probability):
        return self.random.random() < probability

    def choose_push(self):
        random = self.random
        where = random.choice(["back", "back", "back", "front", random.choice(SHORT), random.choice(LONG)])
        items = [random.choice(ITEMS) for _ in range(random.choice([1, 1, 2, 3, 5, 12]))]
        name = None
        if self.chance(0.25):
            name, items = self.name_push(items)
        via = random.choice(["operands", "operands", "lines", "null", "slow", "whole"])
        if via == "whole":
            items = [item for item in items if item][:1]
        elif via == "operands":
            items = [item for item in items if b"\0" not in item]
        elif via == "null":
            items = [item for item in items if b"\0" not in item]
        else:
            items = [item for item in items if b"\n" not in item]
        if not items:
            via = "lines"
        once = random.choice([0, LONG[1]]) if self.chance(0.3) else None
        return [self.op("push", where=where, items=items, name=name, via=via, once=once, seal=self.chance(0.03),
                        **{"if-active": self.chance(0.1)})]

    def name_push(self, items):
        """A named push, or the rerun of one: the same, with more, or cut short."""
        plain = [item for item in items if b"\n" not in item and b"\0" not in item and item]
        if self.pushed and self.chance(0.7):
            name = self.random.choice(list(self.pushed))
            items = self.pushed[name] + plain
            if self.chance(0.2):
                return name, items[:self.random.randrange(len(items) + 1)]
        else:
            self.names += 1
            name, items = f"push{self.names}", plain
        self.pushed[name] = items
        if len(items) > 20:
            del self.pushed[name]
        return name, items

    def choose_lease(self, **more):
        duration = self.random.choice(SHORT if self.chance(0.5) else LONG)
        format = self.random.choice(["json", "json", "json", "line", "line", "null", "sh", "closed"])
        more.setdefault("until", "brief" if self.chance(0.1) else "no")
        more.setdefault("idle", self.random.choice(["no", "no", "before", "after", "fair"]))
        return [self.op("lease", lease=duration, count=self.random.choice([1, 1, 1, 2, 4, 30]), format=format,
                        **more)]

    def leases(self, client):
        """Mostly what the client holds; also others' leases, stale ones, and some that never were."""
        random, held = self.random, list(self.model.leased.values())
        own = [entry.ref for entry in held if entry.owner == client.encode()]
        self.old = (self.old + [entry.ref for entry in held])[-60:]
        refs = random.sample(own, min(len(own), random.choice([1, 1, 2, 5])))
        if self.chance(0.15) and held:
            refs.append(random.choice(held).ref)
        if self.chance(0.15) and self.old:
            refs.append(random.choice(self.old))
        if self.chance(0.1):
            refs.append((0, 0))
        if self.chance(0.1) and refs:
            refs.insert(0, refs[0])
        operands = list(dict.fromkeys(refs)) if self.chance(0.9) else refs
        if not operands:
            operands = [random.choice(self.old or [(0, 0)])]
        cut = random.choice([len(operands), len(operands), 0, random.randrange(len(operands))])
        stdin = [ref for ref in operands[cut:] if ref not in operands[:cut]]
        return {"ids": operands[:cut], "stdin": stdin}

    def settling(self, do, **more):
        op = self.op(do, **more)
        held = list(self.model.leased.values())
        if held and self.chance(0.9):
            op["client"] = self.random.choice(held).owner.decode()
        op.update(self.leases(op["client"]))
        return [op]

    def choose_complete(self):
        return self.settling("complete")

    def choose_renew(self):
        return self.settling("renew", lease=self.random.choice(SHORT + LONG))

    def choose_release(self):
        dead = self.chance(0.15)
        delay = None if dead or self.chance(0.5) else self.random.choice([0, 0, 100, 200, 60000])
        return self.settling("release", delay=delay, dead=dead, charge=dead or self.chance(0.7),
                             reason=self.random.choice(REASONS))

    def choose_retry(self):
        dead = list(self.model.dead.values())
        ids, match = [], None
        if self.chance(0.4) and dead:
            ids = [entry.ref for entry in self.random.sample(dead, min(len(dead), 3))]
            ids += [self.random.choice(self.old or [(0, 0)])] * self.chance(0.3) + [ids[0]] * self.chance(0.2)
        else:
            match = self.random.choice([b"", b"a", b"apple", b"expired", b"disk", b"\n", b".*"])
        return [self.op("retry", ids=ids, match=match)]

    def choose_drop(self):
        """By IDs, or what some states have, or nothing but a look."""
        random, model = self.random, self.model
        ids, states, match, reason = [], [], None, None
        known = [entry for state in (model.leased, model.delayed, model.suspects, model.dead) for entry in state.values()]
        if self.chance(0.5) and known:
            ids = [entry.ref for entry in random.sample(known, min(len(known), random.choice([1, 1, 3])))]
            ids += [random.choice(self.old or [(0, 0)])] * self.chance(0.3) + [ids[0]] * self.chance(0.2)
        else:
            states = random.sample(["dead", "delayed", "ready"], random.choice([1, 1, 2, 3]))
            match = random.choice([None if states == ["dead"] else b"banana", b"a", b"apple", b"expired", b"\n", b".*"])
            if "ready" not in states:
                reason = random.choice([None, b"disk", b"lease", b""])
        return [self.op("drop", ids=ids, states=states, match=match, reason=reason, dry=self.chance(0.2))]

    def choose_config(self):
        keys = self.random.sample(list(SETTINGS), self.random.choice([0, 1, 1, 2]))
        changes = [(key, self.random.choice(SETTINGS[key])) for key in keys]
        if changes and self.chance(0.15):
            changes.insert(self.random.randrange(2), self.random.choice(BAD_SETTINGS))
        return [self.op("config", changes=changes)]

    def choose_purge(self):
        return [self.op("purge", force=self.chance(0.4))]

    def choose_empty(self):
        return [self.op("empty", verbose=self.chance(0.5), strict=self.chance(0.3))]

    def choose_list(self):
        states = [state for state in STATES if self.chance(0.5)] or [self.random.choice(STATES)]
        return [self.op("list", states=states, count=self.random.choice([1, 3, 1000]))]

    def choose_rpush(self):
        return [self.op("rpush", item=self.random.choice([item for item in ITEMS if item.isalpha()]))]

    def choose_resume(self):
        """Back to a queue that goes on, whatever was set."""
        changes = [(key, "") for key in ("paused", "sealed", "open", "max-leased")]
        return [self.op("config", changes=changes)]

    def choose_sweep(self):
        """Everything that is ready is done, so that a queue is drained now and then."""
        lease = self.choose_lease()[0]
        lease.update(count=200, lease=60000, format="json")
        complete = self.op("complete", ids=[(lease["uid"], place) for place in range(60)], stdin=[])
        held = [entry.ref for entry in self.model.leased.values()]
        return [lease, complete, self.op("complete", ids=held or [(0, 0)], stdin=[]), self.op(
            "lease", lease=60000, count=1, format="line", until="no")]

    def choose_during(self):
        """Someone waits while others do something. First, whatever is ready is taken by somebody; nothing limits that."""
        if self.model.setting("max-leased"):
            return self.choose_resume()
        random = self.random
        lease = self.choose_lease(until=random.choice(["wait", "drained"]))[0]
        lease["format"] = "json"
        # It hears at once of an item in the first queue only.
        lease["idle"] = random.choice(["no", "after"])
        first = self.op("lease", lease=60000, count=200, format="json", until="no")
        push = self.choose_push()[0]
        kind = random.choice(["any", "any", "paused", "drained", "delayed"])
        if kind == "paused":
            pause, resume = (self.op("config", changes=[("paused", value)]) for value in ("yes", "no"))
            return [first, pause, self.op("during", lease=lease, ops=[push, resume])]
        if kind == "drained":
            push.update(where="back", seal=False)
            rest = self.op("complete", ids=[(first["uid"], place) for place in range(20)], stdin=[])
            return [self.op("purge", force=True), push, first, self.op("during", lease=lease, ops=[rest])]
        if kind == "delayed":
            push["where"] = SHORT[-1]
            return [first, self.op("during", lease=lease, ops=[push])]
        inner = [random.choice([
            lambda: [push], self.choose_release, self.choose_complete, self.choose_config,
            self.choose_resume, self.choose_retry])()[0] for _ in range(random.choice([1, 2]))]
        # Nothing may fall due before the last of them is done, and each is one call: the waiter might wake up after
        # the first of two.
        for op in inner:
            if op.get("stdin"):
                op["ids"], op["stdin"] = op["ids"] + op["stdin"], []
            time = SHORT[-1] if op is inner[-1] else LONG[0]
            if op["do"] == "push" and op["where"] in SHORT:
                op["where"] = time
            elif op["do"] == "release" and op["delay"] != 0 and not op["dead"]:
                op["delay"] = time
        return [first, self.op("during", lease=lease, ops=inner)]
