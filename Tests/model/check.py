"""Compares the model with what lies in Redis, after each step."""

import hashlib
import itertools
import re

from entries import GUARD, TOTALS, Listing
from resp import milliseconds
from words import QUEUE

GUARD_LEASE = QUEUE + ":leased_by_session:" + hashlib.sha224(GUARD).hexdigest()
FULL_ID = re.compile(rb"(\d+)\.([0-9a-f]{12}|rediswq)")
# Scores have a ms more for each digit of the number after the first.
DIGITS = 4


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def digest(item):
    return hashlib.sha1(item).hexdigest().encode()


def runs(counts):
    """Failed attempts of copies as the queue keeps them."""
    words = []
    for failed, copies in itertools.groupby(counts):
        number = len(list(copies))
        words.append(b"%dx%d" % (failed, number) if number > 1 else b"%d" % failed)
    return b" ".join(words)


class Snapshot:
    """The queue's keys at one moment."""

    def __init__(self, redis, names):
        def key(suffix):
            return QUEUE + ":" + suffix

        replies = redis.all([
            ["TIME"], ["LRANGE", QUEUE, 0, -1], ["LRANGE", key("processing"), 0, -1], ["EXISTS", GUARD_LEASE],
            ["LRANGE", key("arriving"), 0, -1], ["HGETALL", key("items")],
            ["ZRANGE", key("leased"), 0, -1, "WITHSCORES"], ["ZRANGE", key("delayed"), 0, -1, "WITHSCORES"],
            ["ZRANGE", key("suspects"), 0, -1, "WITHSCORES"],
            ["ZRANGE", key("dead"), 0, -1, "WITHSCORES"], ["HGETALL", key("attempts")],
            ["ZRANGE", key("producers"), 0, -1], ["HGETALL", key("config")], ["HGETALL", key("stats")],
            ["GET", key("seq")], ["ZRANGE", key("lost"), 0, -1], ["ZRANGE", key("known"), 0, -1, "WITHSCORES"],
        ] + [["GET", key("push:" + name)] for name in names])
        self.time = milliseconds(replies[0])
        self.ready, self.processing, self.guard_lease, self.arriving = replies[1][::-1], *replies[2:5]
        self.records, self.leased, self.delayed, self.suspects, self.dead = map(pairs, replies[5:10])
        self.failed, self.producers = pairs(replies[10]), replies[11]
        self.config, self.stats = map(pairs, replies[12:14])
        self.number, self.lost = int(replies[14] or 0), set(replies[15])
        # Whether the item is in the queue, and whether it stays known.
        self.known = {id: (float(score) < 0, float(score) != -1) for id, score in pairs(replies[16]).items()}
        self.pushes = {name: int(memory.split()[0]) for name, memory in zip(names, replies[17:]) if memory}


def state_differences(model, seen):
    """Sentences; none if all is as the model says. Then it also learned IDs and exact times."""
    wrong = []

    def same(what, ours, theirs):
        if ours != theirs:
            wrong.append(f"{what}: {contrast(ours, theirs)}")

    same("ready items, next first", model.ready, seen.ready)
    same("arriving items", [], seen.arriving)
    guarded = bool(model.leased or model.delayed or model.suspects)
    same("processing", [item for item, _ in model.taken] + [GUARD] * guarded, seen.processing)
    same("the guard's lease key", int(guarded), seen.guard_lease)
    same("producers", [], seen.producers)
    failed = {digest(item): runs(counts) for item, counts in model.failed.items()}
    same("failed attempts", failed, seen.failed)
    same("last number", model.number, seen.number)
    same("lost leases", model.lost, seen.lost)
    same("named pushes", model.pushes, seen.pushes)
    same("totals", model.totals, {name: int(seen.stats.get(name.encode(), 0)) for name in TOTALS})
    config = {key.decode(): value.decode() for key, value in seen.config.items()}
    same("marks", {digest(item): mark for item, mark in model.known.items()}, seen.known)
    same("format", "2" if model.marked else "1", config.pop("format", "1"))
    same("used", model.used, config.pop("epoch", None) is not None)
    same("settings", {key: str(value) for key, value in model.settings.items()}, config)

    learned = {}
    for state in ("leased", "delayed", "suspects", "dead"):
        entries = dict(getattr(model, state))
        for id, time in getattr(seen, state).items():
            match = FULL_ID.fullmatch(id)
            entry = entries.pop(int(match[1]), None) if match else None
            if entry is None or entry.id not in (None, id):
                wrong.append(f"{state}: {id} is not expected")
                continue
            learned[id] = entry, float(time)
            wrong += record_differences(f"{state} {id}", entry, float(time), seen.records.get(id))
        wrong += [f"{state}: number {number} ({entry.item}) is missing" for number, entry in entries.items()]
    same("IDs with records", set(learned), set(seen.records))
    if not wrong:
        for id, (entry, time) in learned.items():
            entry.id, entry.at = id, (time, time)
    return wrong


def contrast(ours, theirs):
    """Of long lists and tables only where they differ."""
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) + len(theirs) > 12:
        pairs = enumerate(itertools.zip_longest(ours, theirs, fillvalue="nothing"))
        place, (ours, theirs) = next(pair for pair in pairs if pair[1][0] != pair[1][1])
        return f"at {place} expected {ours}, seen {theirs}"
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
        ours, theirs = ({key: side[key] for key in keys if key in side} for side in (ours, theirs))
    if isinstance(ours, set):
        ours, theirs = ours - theirs, theirs - ours
    return f"expected {ours}, seen {theirs}"


def record_differences(name, entry, time, record):
    if not entry.at[0] <= time <= entry.at[1] + DIGITS:
        yield f"{name}: its time is {time}, expected {entry.at[0]} to {entry.at[1]}"
    fields = (record or b"").split(b"\t", 4)
    if len(fields) < 5 or not fields[2].isdigit():
        yield f"{name}: the record is {record}"
        return
    attempt, owner, since, reason, item = fields
    ours = b"%d" % entry.attempt, entry.owner, entry.reason, entry.item
    if ours != (attempt, owner, reason, item):
        yield f"{name}: expected attempt, owner, reason, item {ours}, seen {(attempt, owner, reason, item)}"
    if not entry.since[0] <= int(since) <= entry.since[1]:
        yield f"{name}: since {since}, expected {entry.since[0]} to {entry.since[1]}"


def answer_differences(exit, out, err, expected):
    if exit != expected.exit:
        yield f"exit status: expected {expected.exit}, seen {exit}; stderr {err}"
    if expected.says and expected.says not in err or not expected.says and err:
        yield f"stderr: expected {expected.says}, seen {err}"
    if not same_output(expected.out, out):
        yield f"stdout: {contrast(expected.out, out)}"


def same_output(expected, out):
    if isinstance(expected, dict) and isinstance(out, dict):
        return all(is_in(expected.get(name), out.get(name)) for name in {**expected, **out})
    if not isinstance(expected, Listing):
        return expected == out
    return isinstance(out, list) and all(
        same_listing(records, [record for record in out if record[0] == state], expected.count)
        for state, records in expected.states) and [record[0] for record in out] == expected.order(out)


def is_in(expected, seen):
    """Whether a value is as expected: a time lies in its span, and one that may be over need not be there."""
    if not isinstance(expected, tuple):
        return expected == seen
    return seen is None and expected[0] <= 0 or seen is not None and expected[0] <= seen <= expected[1]


def same_listing(expected, out, count):
    """In order, those of the same time in any; -n may cut between them."""
    expected = list(expected)
    if len(out) != min(count, len(expected)):
        return False
    for record in out:
        same_time = [ours for ours in expected if ours[4] == expected[0][4]] if expected[0][4] else expected[:1]
        matches = [ours for ours in same_time if same_record(ours, record)]
        if not matches:
            return False
        expected.remove(matches[0])
    return True


def same_record(ours, seen):
    span, time = ours[4], seen[4]
    if ours[:4] + ours[5:] != seen[:4] + seen[5:] or (span is None) != (time is None):
        return False
    return span is None or span[0] <= time <= span[1]
