"""How the model's items become leases."""

from entries import Entry
from state import State


class Grants(State):
    """What calls for leases return to the queue, and give."""

    def _grant(self, op, item, attempt, reason=b""):
        self.number += 1
        entry = Entry(self.number, item, attempt, op["client"].encode(), self.span(), self.span(op["lease"]), reason)
        self.leased[entry.number] = entry
        self.made.append(entry)
        self.used = True
        self.totals["leased"] += 1
        return entry

    def _grant_ready(self, op, count):
        """The next items as leases."""
        granted = []
        while self.ready and len(granted) < count:
            item = self.ready.pop(0)
            granted.append(self._grant(op, item, self._take_failed(item) + 1))
        self._forget_failed()
        return granted

    def _grant_suspects(self, op, count, share, is_first):
        """Suspects as leases: one that is to be alone, or some that need not be."""
        due = self._due(self.suspects)
        chosen = [entry for entry in due if not entry.alone][:min(count, share) if self.ready else count]
        alone = [entry for entry in due if entry.alone][:1]
        if alone and (is_first or not self.ready and not chosen):
            chosen = alone
        for entry in chosen:
            del self.suspects[entry.number]
        return [self._grant(op, entry.item, entry.attempt + 1, entry.reason) for entry in chosen], chosen and chosen == alone

    def grant(self, op):
        """What calls for leases give, until there are enough. -> also whether the queue is paused"""
        granted, share = [], max(1, op["count"] // 4)
        while True:
            left, is_first = op["count"] - len(granted), not granted
            if self._heal_for(left) or self._places() < 1:
                return granted, True
            left = min(left, self._places())
            some, is_alone = self._grant_suspects(op, left, share, is_first)
            share -= len(some)
            some = some or self._grant_ready(op, left)
            granted += some
            if not some or is_alone or op["format"] == "closed" or not self.ready or len(granted) == op["count"]:
                return granted, False

    def _heal_for(self, count):
        """As a lease of so many does; more often, when all that was due died. -> whether the queue is paused"""
        paused, again = self.setting("paused") == "yes", True
        while again:
            self.heal(min(count, 32))
            if not self.ready:
                self.heal(32)
            rest = self._due(self.leased) or self._due(self.delayed)
            again = not paused and not self.ready and rest and not self._due(self.suspects)
            # Something is there, and it is not to be had.
            again = again and not (self.suspects and self._places() < 1)
        return paused

    def _places(self):
        """How many more items may be leased."""
        most = self.setting("max-leased")
        return most - len(self.leased) if most else 1 << 30
