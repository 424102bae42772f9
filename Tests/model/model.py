"""wq's design as a small model in memory: what each operation answers, and what lies in the queue after it."""

import math

from drops import Drops
from entries import GUARD, STANDARD, Answer, Entry, Listing, by_time, find, parse_setting, show_time
from state import SUSPECT

# Deliberate mistakes of the model, to prove that the comparison finds them.
FLAWS = ["front", "charge"]

UNUSED = b"nothing was ever pushed to "


class Model(Drops):
    """The operations."""

    def apply(self, op, ids, moment, until):
        """Does the operation: `moment` decides what is due, and it ended no later than `until`."""
        self.now, self.until = moment, until
        # What it made, in order, to be referred to later.
        self.made = []
        answer = getattr(self, op["do"])(op, ids)
        for place, entry in enumerate(self.made):
            entry.ref = (op["uid"], place)
        return answer

    def push(self, op, _):
        items, name = op["items"], op["name"]
        before = self.pushes.get(name, 0) if name else 0
        fresh = items[before:]
        is_sealed = fresh and self.setting("sealed") == "yes"
        if is_sealed or op["if-active"] and before == 0 and self.is_drained():
            return Answer(1, says=b": nothing ")
        self.used = True
        if op.get("once") is not None and fresh:
            fresh = self.mark_new(fresh, op["once"])
        self.totals["pushed"] += len(fresh)
        if fresh:
            self._forget_failed()
        if op["where"] == "back":
            if fresh and self.totals["pushed"] - len(fresh) - len(self.ready) >= self.mark[0]:
                self.mark = self.totals["pushed"], self.span()
            self.ready += fresh
        elif op["where"] == "front":
            self.ready[:0] = fresh if self.flaw == "front" else reversed(fresh)
        else:
            for item in fresh:
                self.number += 1
                entry = Entry(self.number, item, 0, b"", self.span(), self.span(op["where"]))
                self.delayed[entry.number] = entry
                self.made.append(entry)
        if name and items:
            self.pushes[name] = max(before, len(items))
        if op["seal"]:
            self.settings["sealed"] = "yes"
        return Answer(0, b"%d\n" % len(fresh))

    def lease(self, op, _):
        for _ in range(op.get("looks", 1) - 1):
            self._heal_for(op["count"])
        granted, _ = self.grant(op)
        if not granted:
            if self.is_drained() and not self.used:
                # One of two that was never used is no error.
                return Answer(66 if op.get("idle", "no") == "no" else 3, [], says=UNUSED)
            return Answer(3 if self.is_drained() else 1, [])
        return self.printed(op, granted)

    def look(self, op, _):
        """A wq-lease that found nothing and waits."""
        self._heal_for(op["count"])
        return Answer(0)

    def printed(self, op, granted):
        """What cannot be printed is released."""
        if op["format"] == "closed":
            self._release(granted, 0, False, False, b"not delivered")
            return Answer(74, [], b"wq-lease: ")
        shown, refused = [], []
        for entry in granted:
            number, attempt, item = entry.number, entry.attempt, entry.item
            if op["format"] != "json" and b"\0" in item:
                refused.append((entry, b"the item contains a NUL"))
            elif op["format"] == "line" and b"\n" in item:
                refused.append((entry, b"the item contains a newline"))
            else:
                shown.append((number, attempt if op["format"] in ("json", "sh") else None, item))
        for entry, reason in refused:
            self._release([entry], 10_000, False, False, reason)
        return Answer(65, shown, b"was given back") if refused else Answer(0, shown)

    def _settle(self, ids, settled):
        """Hands over the held ones, each once; names the others. Those on stdin follow the operands."""
        lines = b""
        for part in ids:
            held = {}
            for id in part:
                entry = find(self.leased, id)
                if entry:
                    held[id] = entry
                else:
                    lines += (b"lost" if id in self.lost else b"unknown") + b"\t" + id + b"\n"
            settled(list(held.values()))
        return Answer(1 if lines else 0, lines)

    def complete(self, op, ids):
        def settled(entries):
            for entry in entries:
                del self.leased[entry.number]
                self.unmark(entry.item)
                self.totals["completed"] += 1

        return self._settle(ids, settled)

    def renew(self, op, ids):
        def settled(entries):
            for entry in entries:
                entry.at = self.span(op["lease"])

        return self._settle(ids, settled)

    def release(self, op, ids):
        def settled(entries):
            self._release(entries, op["delay"], op["charge"], op["dead"], op["reason"])

        return self._settle(ids, settled)

    def _release(self, entries, delay, charged, to_dead, reason):
        for entry in reversed(entries):
            del self.leased[entry.number]
            self.totals["released"] += 1
            wait = delay, delay
            if delay is None:
                wait = self.back_off(entry.attempt) if charged else (0, 0)
            if to_dead or charged and self._is_last(entry.attempt):
                self._bury(entry, reason)
                continue
            failed = entry.attempt if charged else entry.attempt - 1
            if wait[1] > 0:
                entry.attempt, entry.reason = failed, reason
                entry.since, entry.at = self.span(), self.span_of(wait)
                self.delayed[entry.number] = entry
            elif not charged and entry.reason in SUSPECT:
                entry.attempt, entry.since, entry.at = failed, self.span(), self.span()
                self._lay_apart(entry)
            else:
                self._put_back(entry.item, failed)

    def reap(self, op, _):
        requeued, buried = self.heal()
        orphans = 0
        for item in [item for item, has_lease in self.taken if not has_lease]:
            self.taken.remove([item, False])
            self.totals["orphans"] += 1
            attempt = self._take_failed(item) + 1
            self.number += 1
            if self._is_last(attempt):
                entry = Entry(self.number, item, attempt, b"rediswq", None, None)
                self._bury(entry, b"lease expired")
                self.made.append(entry)
                buried += 1
            else:
                self._put_back(item, attempt)
                orphans += 1
        counts = ((b"requeued", requeued), (b"dead", buried), (b"orphans", orphans))
        return Answer(0, b"".join(b"%s\t%d\n" % pair for pair in counts if pair[1]))

    def retry(self, op, ids):
        unknown, chosen = b"", []
        if op["match"] is None:
            for id in dict.fromkeys(ids[0]):
                entry = find(self.dead, id)
                if entry:
                    chosen.append(entry)
                else:
                    unknown += b"unknown\t" + id + b"\n"
        else:
            text = op["match"]
            chosen = [entry for entry in by_time(self.dead.values()) if text in entry.item or text in entry.reason]
        for entry in chosen:
            del self.dead[entry.number]
            self.ready.append(entry.item)
        self.totals["retried"] += len(chosen)
        return Answer(1 if unknown else 0, b"%d\n" % len(chosen) + unknown)

    def config(self, op, _):
        if not op["changes"]:
            lines = ""
            for key in STANDARD:
                value = self.setting(key)
                shown = show_time(value) if key.startswith("retry") else value
                lines += f"{key}\t{shown}" + ("\n" if key in self.settings else "\tdefault\n")
            return Answer(0, lines.encode())
        for key, value in op["changes"]:
            if key not in STANDARD or value and parse_setting(key, value) is None:
                return Answer(64, says=b"usage: ")
        for key, value in op["changes"]:
            if value:
                self.settings[key] = parse_setting(key, value)
            else:
                self.settings.pop(key, None)
        return Answer(0)

    def purge(self, op, _):
        live = sum(entry.at[0] > self.now for entry in self.leased.values()) + len(self.taken)
        if live and not op["force"]:
            return Answer(1, says=b"%d live lease" % live)
        self.forget()
        return Answer(0)

    def empty(self, op, _):
        out = "".join(f"{state}\t{count}\n" for state, count in self.counts().items()) if op["verbose"] else ""
        drained = 4 if op["strict"] and self.dead else 0
        says = UNUSED if self.is_drained() and not self.used else b""
        return Answer(drained if self.is_drained() else 1, out.encode(), says)

    def stat(self, op, _):
        counts = {"drained": self.is_drained(), **self.counts(), "totals": self.totals}
        counts |= {name: self.setting(name) == "yes" for name in ("paused", "sealed", "open")}
        if self.leased:
            times = [entry.at for entry in self.leased.values()]
            counts["longest_lease_ms"] = (max(low for low, _ in times) - self.until, max(high for _, high in times) - self.now)
        number, (low, high) = self.mark
        if self.ready and not self.difference() and self.totals["pushed"] - len(self.ready) < number:
            counts["oldest_ready_ms"] = (self.now - high, self.until - low)
        return Answer(0, counts)

    def audit(self, op, _):
        counts = self.counts()
        pairs = [("pushed", self.totals["pushed"])]
        pairs += [(state, counts[state]) for state in ("ready", "arriving", "leased", "delayed", "dead")]
        pairs += [("completed", self.totals["completed"]), ("dropped", self.totals["dropped"]), ("difference", self.difference())]
        lines = "".join(f"{name}\t{count}\n" for name, count in pairs)
        return Answer(1 if self.difference() else 0, lines.encode())

    def list(self, op, _):
        return Answer(0, Listing([(state, self._records(state)) for state in op["states"]], op["count"]))

    def _records(self, state):
        if state == "ready":
            copies = {item: list(failed) for item, failed in self.failed.items()}
            attempts = [copies.get(item) and copies[item].pop() or None for item in self.ready]
            return [(state, None, attempt, None, None, None, item) for attempt, item in zip(attempts, self.ready)]
        if state == "arriving":
            return []
        if state == "rediswq":
            return [(state, None, None, *((b"session", None, None) if held else (None, None, b"no lease")), item)
                    for item, held in reversed(self.taken)]
        entries = by_time(getattr(self, state).values())
        if state == "delayed":
            entries += by_time(self.suspects.values())
        return [self._record(state, entry) for entry in entries]

    def _record(self, state, entry):
        low, high = map(math.ceil, entry.at)
        time = (self.now - high, self.until - low) if state == "dead" else (low - self.until, high - self.now)
        return (state, entry.id, entry.attempt, entry.owner or None, time, entry.reason or None, entry.item)

    # What others do to the queue's keys.

    def rpush(self, op, _):
        self.ready.insert(0, op["item"])
        self.foreign += 1
        return Answer(0)

    def rediswq_take(self, op, _):
        if self.ready and self.ready[0] != GUARD and all(item != self.ready[0] for item, _ in self.taken):
            self.taken.insert(0, [self.ready.pop(0), True])
        return Answer(0)

    def rediswq_complete(self, op, _):
        """rediswq completes the item that it took first."""
        if self.taken:
            self.taken.pop()
            self.foreign -= 1
        return Answer(0)

    def rediswq_expire(self, op, _):
        """rediswq's leases run out."""
        for pair in self.taken:
            pair[1] = False
        return Answer(0)
