"""The state of the model's queue, and what is due in it."""

import math

from entries import STANDARD, TOTALS, by_time

# The reasons of suspects.
SUSPECT = EXPIRED, EXPIRED_AGAIN = b"lease expired", b"lease expired again"


class State:
    """What lies in the queue, and what befalls it by itself."""

    def __init__(self, flaw=None):
        self.flaw = flaw
        self.now = self.until = 0
        self.forget()

    def forget(self):
        # Ready items, the next one first.
        self.ready = []
        # By number.
        self.leased, self.delayed, self.suspects, self.dead = {}, {}, {}, {}
        # Of the copies of an item that came back and are ready: failed attempts, those of the next one last.
        self.failed = {}
        # What rediswq clients took, the last one first: [item, has a lease].
        self.taken = []
        self.number = 0
        # Whether anything was ever pushed or leased.
        self.used = False
        self.lost, self.pushes, self.settings = set(), {}, {}
        self.totals = dict.fromkeys(TOTALS, 0)
        # The items that were pushed once: whether it is in the queue, and whether it stays known for long after.
        self.known, self.marked = {}, False
        # Items that came past wq.
        self.foreign = 0
        # A pushed item (by count) and when it was pushed: while fewer than that many pushed items are gone from
        # the ready ones, some ready item has waited since then.
        self.mark = 0, (0, 0)

    def mark_new(self, items, once):
        """Marks the items that are new to a push that asks for that time, each once. -> these"""
        if not any((self.ready, self.leased, self.delayed, self.suspects, self.dead, self.taken)):
            for item in list(self.known):
                self.unmark(item)
        new = []
        for item in items:
            is_in, is_kept = self.known.get(item, (False, False))
            if not is_in and not (once and is_kept):
                self.known[item] = True, bool(once) or is_kept
                new.append(item)
        self.marked = self.marked or bool(new)
        return new

    def unmark(self, item):
        """The item, or a copy of it, leaves the queue for good."""
        if item in self.known:
            self.known[item] = False, self.known[item][1]
            if not self.known[item][1]:
                del self.known[item]

    def setting(self, key):
        return self.settings.get(key, STANDARD[key])

    def is_drained(self):
        left = self.ready or self.leased or self.delayed or self.suspects or self.taken
        return not left and self.setting("open") == "no"

    def span(self, time=0):
        return self.now + time, self.until + time

    def dues(self):
        """When something falls due, in order."""
        return sorted(entry.at[0] for state in (self.leased, self.delayed, self.suspects) for entry in state.values())

    def _due(self, state):
        return by_time(entry for entry in state.values() if entry.at[1] <= self.now or entry.is_due)

    def _put_back(self, item, failed):
        if failed or item in self.failed:
            self.failed.setdefault(item, []).append(failed)
        self.ready.insert(0, item)

    def _take_failed(self, item):
        """How many attempts failed of the copy that is taken."""
        copies = self.failed.get(item)
        if not copies:
            return 0
        failed = copies.pop()
        if not copies:
            del self.failed[item]
        return failed

    def _forget_failed(self):
        if not self.ready and not self.taken:
            self.failed = {}

    def _bury(self, entry, reason, at=None):
        entry.reason, entry.at = reason, at or self.span()
        entry.since = math.floor(entry.at[0]), math.floor(entry.at[1])
        self.dead[entry.number] = entry
        self.totals["dead"] += 1

    def _is_last(self, attempt):
        return 0 < self.setting("max-attempts") <= attempt

    def heal(self, limit=None):
        """What is due goes back, at most so many of each kind: expired leases first, each kind in its order. Those die
        that have no attempts left."""
        for entry in reversed(self._due(self.delayed)[:limit]):
            del self.delayed[entry.number]
            self._put_back(entry.item, entry.attempt)
        expired = self._due(self.leased)[:limit]
        last = [entry for entry in expired if self._is_last(entry.attempt)]
        for entry in expired:
            del self.leased[entry.number]
            self.lost.add(entry.id)
            if entry not in last:
                self._suspect(entry)
        for entry in last:
            self._bury(entry, b"lease expired", entry.at)
        self.totals["expired"] += len(expired)
        return len(expired) - len(last), len(last)

    def _suspect(self, entry):
        """Lays an item apart whose lease ran out: due at once or, if that happened before, after the time of a failure."""
        again = entry.reason in SUSPECT
        if self.flaw == "charge":
            entry.attempt -= 1
        entry.reason, entry.since = EXPIRED_AGAIN if again else EXPIRED, self.span()
        if again:
            wait = self.back_off(entry.attempt)
            entry.at, entry.is_due = self.span_of(wait), wait[1] == 0
        self._lay_apart(entry)

    def _lay_apart(self, entry):
        entry.alone = entry.reason == EXPIRED_AGAIN or self._is_last(entry.attempt + 1)
        if entry.alone:
            entry.at = entry.at[0] - 0.5, entry.at[1] - 0.5
        self.suspects[entry.number] = entry

    def back_off(self, failed):
        """The shortest and the longest time that an item waits after so many failed attempts."""
        whole = min(self.setting("retry-delay") * 2 ** (failed - 1), self.setting("retry-delay-max"))
        return whole / 2, math.ceil(whole)

    def span_of(self, wait):
        return self.now + wait[0], self.until + wait[1]

    def counts(self):
        return {
            "ready": len(self.ready), "arriving": 0, "leased": len(self.leased), "delayed": len(self.delayed) + len(self.suspects),
            "dead": len(self.dead), "rediswq": len(self.taken), "producers": 0,
        }

    def difference(self):
        """What --audit finds: more came from elsewhere, or went there, than wq knows of."""
        return self.foreign - len(self.taken)
