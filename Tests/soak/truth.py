"""What is true of a queue: everything that lies in Redis for it, at one moment in which nothing is under way."""

import collections
import hashlib
import time

from server import LOOKER  # noqa: F401  (it also makes the folder of the fakes known)
from resp import milliseconds

GUARD = b"wq:busy"
# A lease that was given back, or a delayed item, keeps its ID. `at`: when it is due, in ms.
Place = collections.namedtuple("Place", "state id attempt at owner reason", defaults=(None,) * 6)
# An item that went from one place to another one; None: it is not, or no more, in the queue.
Change = collections.namedtuple("Change", "item old new")
STATES = ["ready", "arriving", "leased", "delayed", "dead"]


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def digest(item):
    return hashlib.sha1(item).hexdigest()


def questions(queue):
    def key(suffix):
        return f"{queue}:{suffix}"

    guard_lease = key("leased_by_session:" + hashlib.sha224(GUARD).hexdigest())
    return [
        ["TIME"], ["LRANGE", queue, 0, -1], ["LRANGE", key("arriving"), 0, -1],
        ["LRANGE", key("processing"), 0, -1], ["EXISTS", guard_lease], ["HGETALL", key("items")],
        *(["ZRANGE", key(state), 0, -1, "WITHSCORES"] for state in ("leased", "delayed", "suspects", "dead")),
        ["ZRANGE", key("lost"), 0, -1], ["ZRANGE", key("producers"), 0, -1, "WITHSCORES"],
        ["HGETALL", key("config")], ["HGETALL", key("stats")], ["KEYS", queue + "*"],
        ["ZRANGE", key("known"), 0, -1, "WITHSCORES"]]


class Truth:
    """The state of a queue."""

    def __init__(self, queue, replies):
        self.queue = queue
        now, ready, arriving, processing, guard_lease, records, leased, delayed, suspects, dead, lost, producers = replies[:12]
        self.time = milliseconds(now)
        self.config, self.stats, self.keys = pairs(replies[12]), pairs(replies[13]), replies[14]
        self.lost, self.producers = set(lost), pairs(producers)
        # The digests of items that marks say are in the queue.
        self.known = {digest.decode() for digest, score in pairs(replies[15]).items() if float(score) < 0}
        self.records, self.wrong = pairs(records), []
        # Where each item is, and which item has which ID. The ready ones, the next one first.
        self.items, self.ids, self.ready = {}, {}, ready[::-1]
        for state, items in (("ready", ready), ("arriving", arriving)):
            for item in items:
                self._put(item, Place(state))
        for state, times in (("leased", leased), ("delayed", delayed), ("suspect", suspects), ("dead", dead)):
            for id, at in pairs(times).items():
                self._record(state, id, float(at))
        self._judge(processing, guard_lease)

    def _put(self, item, place):
        if item in self.items:
            self.wrong.append(f"{item} is in the queue twice: {self.items[item]}, {place}")
        self.items[item] = place
        if place.id:
            self.ids[place.id] = item

    def _record(self, state, id, at):
        fields = self.records.get(id, b"").split(b"\t", 4)
        if len(fields) < 5:
            self.wrong.append(f"{state} {id} has no record")
            return
        attempt, owner, _, reason, item = fields
        self._put(item, Place(state, id, int(attempt), at, owner, reason))

    def _judge(self, processing, guard_lease):
        strays = set(self.records) - set(self.ids)
        if strays:
            self.wrong.append(f"records in no state: {strays}")
        needed = self.count("leased") + self.count("delayed") + len(self.producers) > 0
        if (processing, guard_lease) != ([GUARD] * needed, int(needed)):
            self.wrong.append(f"the guard should be {needed}: {processing}, its lease key: {guard_lease}")
        if not self.known <= {digest(item) for item in self.items}:
            self.wrong.append(f"marks of items that are not there: {self.known - {digest(item) for item in self.items}}")
        if self.total("pushed") != len(self.items) + self.total("completed") + self.total("dropped"):
            self.wrong.append(f"the items do not add up: {len(self.items)} are there, {self.stats}")

    def count(self, state):
        # Programs count suspects as delayed.
        states = ("delayed", "suspect") if state == "delayed" else (state,)
        return sum(place.state in states for place in self.items.values())

    def counts(self):
        return {state: self.count(state) for state in STATES}

    def total(self, name):
        return int(self.stats.get(name.encode(), 0))

    def has(self, setting):
        return self.config.get(setting.encode()) == b"yes"

    def is_used(self):
        return b"epoch" in self.config

    def may_be_drained(self, answer):
        """Whether this is a right answer: producers whose time is over count for some and not for others."""
        left = self.has("open") or any(place.state != "dead" for place in self.items.values())
        live = any(float(end) > self.time for end in self.producers.values())
        return not left and not live if answer else bool(left or self.producers)

    def marked(self, random, most):
        """Some items that are in the queue and have a mark."""
        items = sorted(item for item in self.items if digest(item) in self.known)
        return random.sample(items, min(len(items), random.randint(0, most)))

    def pushed(self, name):
        return f"{self.queue}:push:{name}".encode() in self.keys

    def with_ready(self, items):
        """The same, if these items had been pushed then."""
        other = object.__new__(Truth)
        other.__dict__.update(self.__dict__)
        other.items = {**self.items, **{item: Place("ready") for item in items}}
        return other


def changes(before, after):
    """What became of items between the two."""
    return [Change(item, before.items.get(item), after.items.get(item))
            for item in {**before.items, **after.items} if before.items.get(item) != after.items.get(item)]


class Looker:
    """Looks at the server that is in charge. One that is being started again is waited for."""

    def __init__(self, site):
        self.site, self.redis, self.socket = site, None, None

    def __call__(self, queues):
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.socket != self.site.server.socket:
                    self.redis, self.socket = self.site.server.look(), self.site.server.socket
                asked = [questions(queue) for queue in queues]
                replies = self.redis.all(sum(asked, []))
                size = len(asked[0]) if asked else 0
                return [Truth(queue, replies[n * size:(n + 1) * size]) for n, queue in enumerate(queues)]
            except (OSError, EOFError, RuntimeError):
                self.socket = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
