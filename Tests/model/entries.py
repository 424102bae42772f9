"""What the model is made of: entries, settings, answers. Times are spans (earliest, latest) in ms of Redis' clock,
until the exact one was read from Redis."""

import re

GUARD = b"wq:busy"
STANDARD = {
    "max-attempts": 10,
    "retry-delay": 1000,
    "retry-delay-max": 300000,
    "paused": "no",
    "sealed": "no",
    "open": "no",
    "max-item-bytes": 67108864,
    "max-leased": 0,
    "rate": 0,
    "max-ready": 0,
}
UNITS = {"ms": 1, "": 1000, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000}
TOTALS = ["pushed", "leased", "completed", "released", "expired", "dead", "retried", "orphans", "dropped"]

class Entry:
    """An item that is leased, delayed or dead."""

    def __init__(self, number, item, attempt, owner, since, at, reason=b""):
        self.number, self.item, self.attempt, self.owner = number, item, attempt, owner
        # When it came into its state; and the lease's end, the due time, or the time of death.
        self.since, self.at = since, at
        self.reason = reason
        # Of a suspect: whether it is to be alone, and whether it was due from the first.
        self.alone = self.is_due = False
        # The full ID, once it was read from Redis, and the operation (and place) that made it.
        self.id, self.ref = None, None


class Answer:
    """What a program should answer. `out` is bytes, or records for lease, list and stat."""

    def __init__(self, exit, out=b"", says=b""):
        self.exit, self.out, self.says = exit, out, says


class Listing:
    """What wq-list should show: by state, records (state, ID, attempt, owner, span of the time left or the age,
    reason, item), of which at most `count` are shown."""

    def __init__(self, states, count):
        self.states, self.count = states, count

    def order(self, out):
        names = [state for state, _ in self.states]
        return sorted((record[0] for record in out), key=names.index)

    def __repr__(self):
        return f"at most {self.count} each of {self.states}"


def by_time(entries):
    """As Redis orders them: those of the same moment, made by calls in the same ms, by the texts of their IDs."""
    return sorted(entries, key=lambda entry: (entry.at, str(entry.number)))


def find(state, id):
    entry = state.get(int(id.split(b".")[0]))
    return entry if entry and entry.id == id else None


def parse_setting(key, value):
    """The stored value, or None if it is not allowed."""
    if key in ("paused", "sealed", "open"):
        return value if value in ("yes", "no") else None
    if key in ("max-attempts", "max-leased"):
        return int(value) if re.fullmatch("[0-9]+", value) else None
    time = re.fullmatch("([0-9]+)(ms|s|m|h|d|)", value)
    return int(time[1]) * UNITS[time[2]] if time else None


def show_time(ms):
    if ms % 1000:
        return f"{ms}ms"
    for unit, larger in (("s", 60000), ("m", 3600000), ("h", 86400000)):
        if ms == 0 or ms % larger:
            return f"{ms // UNITS[unit]}{unit}"
    return f"{ms // 86400000}d"
