"""Compares what an operation answered with what is true. Each judgement yields (name, sentence); the name is what TOLERATED
knows it by."""

import collections
import re

import reports
from seen import AWAY, may_drop, printed_leases, reachable

# Exit statuses that are answers, and those that need a reason.
ANSWERS = {
    "push": {0, 1}, "lease": {0, 1, 3, 4, 66}, "wait": {0, 1, 3, 4, 66}, "complete": {0, 1}, "release": {0, 1},
    "renew": {0, 1}, "keep": {1, 7}, "work": {0, 1, 4, 66}, "reap": {0}, "retry": {0, 1}, "drop": {0, 1}, "list": {0}, "stat": {0},
    "audit": {0}, "empty": {0, 1, 4}, "config": {0}, "purge": {0, 1}, "doctor": {0, 1},
}
REASONS = {69: AWAY, 75: {"maxmemory", "away", "replica"}, 77: {"password"}}
# What is said of leases that were not settled, as far as is known.
WORDS = {b"lost", b"unknown", b"doubtful"}
# What may be printed on standard error with an answer.
REMARKS = {("push", 1), ("purge", 1), ("lease", 66), ("wait", 66), ("work", 66), ("empty", 0), ("keep", 1)}


# What any program returns on its way before it does its own work: what is due.
DUE = {("leased", "suspect"), ("leased", "dead"), ("delayed", "ready"), ("arriving", "ready")}


def is_due(change):
    return bool(change.old and change.new) and (change.old.state, change.new.state) in DUE


def judge(seen):
    """All that is wrong."""
    op = seen.op
    for state in seen.states:
        yield from (("structure", text) for text in state.wrong)
    for change in seen.changes():
        if not reachable(op, change, seen):
            yield "change", f"{op.kind} did this: {change}"
    yield from statuses(seen)
    done = [change for change in seen.changes() if change.item not in op.beside and not is_due(change)]
    told = b"had been pushed" in seen.err or b"had been dropped" in seen.err or op.kind in ("work", "keep", "reap", "retry")
    if done and seen.exit in (75, 77) and not told and not seen.went_back:
        yield "refused-but-done", f"exit {seen.exit} means that nothing was done, and yet: {done}"
    if seen.exit is not None and seen.exit >= 0:
        try:
            yield from JUDGES[op.kind](seen)
        except (ValueError, KeyError, IndexError) as error:
            yield "shape", f"what was printed cannot be read: {error!r}"


def statuses(seen):
    op, exit = seen.op, seen.exit
    if exit is None:
        yield "hang", "it does not end"
    elif exit < 0:
        if not seen.outcome.is_killed:
            yield "signal", f"it was ended by signal {-exit}"
    elif exit in REASONS:
        reasons = REASONS[exit] & seen.conditions or exit != 77 and seen.outcome.cuts
        # On a busy machine a short lease ends before it is renewed.
        hurried = op.kind == "keep" and op.time < 1000
        if not (reasons or exit == 75 and seen.went_back or exit == 69 and hurried):
            yield "status", f"exit {exit}, for no reason"
    elif exit not in ANSWERS[op.kind]:
        yield "status", f"exit {exit}"
    elif seen.err and (op.kind, exit) not in REMARKS and op.kind not in ("work", "keep"):
        yield "remark", "nothing was to be said on standard error"
    for line in seen.err.splitlines():
        if exit is not None and exit >= 0 and not line.startswith(b"wq-%s: " % op.program.encode()):
            yield "words", f"not a message of the program: {line}"


def push(seen):
    op, before, after = seen.op, seen.before, seen.after
    added = [item for item in op.items if any(item in b.items and item not in a.items for a, b in seen.spans)]
    fresh = [item for item in op.items if item not in added]
    if seen.exit == 0:
        count = int(seen.out)
        if count != len(added) and not (seen.went_back and count > len(added)):
            yield "push-count", f"{count} were added, it says; {len(added)} were"
        known = {item for item in fresh if seen.any(lambda state: item in state.items)} if op.is_unique() else set()
        if op.name is None and set(fresh) - known:
            yield "push-missing", f"all are added, it says, but not {fresh[:3]}"
        if op.name and not seen.any(lambda state: state.pushed(op.name)):
            yield "push-name", "Redis does not know the push by its name"
    else:
        told = re.search(rb"\((\d+) items? had been pushed\)", seen.err)
        if told and int(told[1]) > len(added):
            yield "push-count", f"{told[1]} were pushed, it says; {len(added)} were"
    if seen.exit == 1:
        # What was added before data went back had gone when it was refused.
        kept = [item for item in added if item in after.items]
        if kept:
            yield "push-refused", f"it was refused, and yet {len(kept)} were added"
        drained = "--if-active" in op.options and (before.may_be_drained(True) or after.may_be_drained(True))
        if not seen.any(lambda state: state.has("sealed")) and not drained:
            yield "push-refused", "it was refused, but the queue is neither sealed nor drained"
    if seen.exit != 0 and seen.out:
        yield "push-printed", f"exit {seen.exit}, and yet it printed {seen.out}"


def lease(seen):
    op = seen.op
    printed, granted = printed_leases(op, seen.out), seen.new_leases()
    for id, attempt, item in printed:
        if granted.get(id) != item and seen.was_lost(id) and seen.latest - seen.earliest > op.time:
            # It took so long that the lease ran out meanwhile.
            continue
        if granted.get(id) != item:
            yield "lease-untrue", f"{id} is no lease of {item}, but of {granted.get(id)}"
            continue
        place = next(state.items[item] for state in seen.states if state.ids.get(id) == item)
        if attempt not in (None, place.attempt):
            yield "lease-attempt", f"{id}: attempt {attempt} was printed, {place.attempt} is true"
        # A lease that has run out since then has another time.
        if place.state == "leased" and not seen.earliest + op.time <= place.at <= seen.latest + op.time + 8:
            yield "lease-time", f"{id} ends {place.at - seen.earliest} ms later, not {op.time}"
    if len(printed) > op.count or len({id for id, *_ in printed}) < len(printed):
        yield "lease-count", f"{len(printed)} leases were printed"
    untold = {id for id in granted if seen.after.ids.get(id) and seen.after.items[seen.after.ids[id]].state == "leased"}
    untold -= {id for id, *_ in printed}
    # Where the clock jumps, a lease whose answer was lost may not be found by its time; it runs out.
    if seen.exit in (0, 1, 3, 4, 66) and untold and not seen.went_back and "clock" not in seen.conditions:
        yield "lease-untold", f"exit {seen.exit}, and these leases were not told: {untold}"
    if (seen.exit == 0) != bool(printed) and seen.exit in (0, 1, 3, 4, 66):
        yield "lease-nothing", f"exit {seen.exit} with {len(printed)} leases"
    yield from emptiness(seen)


def emptiness(seen):
    """What 1, 3, 4 and 66 say of the queue."""
    op = seen.op
    dead = [state for state in seen.states if state.count("dead")]
    strict = "--strict" in op.options
    drained = seen.any(lambda state: state.is_used() and state.may_be_drained(True))
    if seen.exit == 3 and (not drained or strict and len(dead) == len(seen.states)):
        yield "drained-untrue", "the queue is drained, it says"
    if seen.exit == 4 and not (strict and drained and dead):
        yield "dead-untrue", "the queue is drained with dead items, it says"
    if seen.exit == 66 and not seen.any(lambda state: not state.is_used()) and not seen.went_back:
        yield "gone-untrue", "there is no such queue, it says"
    if seen.exit == 1 and op.kind in ("lease", "wait"):
        if not seen.any(lambda state: state.has("paused") or not state.count("ready") and (
                state.may_be_drained(False) or op.kind == "wait")):
            yield "nothing-untrue", "there is nothing to lease now, it says"



def settled(seen, verb, left):
    """The lines tell which were not held; without one the lease was settled."""
    lines = [line.split(b"\t") for line in seen.out.splitlines()]
    words = {id: word for word, id in lines}
    if len(words) < len(lines) or not set(words) <= set(seen.op.ids) or not set(words.values()) <= WORDS:
        yield "shape", f"lines of other words or IDs: {lines}"
    for id, word in words.items():
        if word == b"lost" and not seen.was_lost(id):
            yield "lost-untrue", f"{id} is lost, it says"
        if word == b"unknown" and seen.was_held(id) and not seen.went_back:
            yield "unknown-untrue", f"{id} is unknown, it says, but was held" + ", and settled" * (id in left)
        if word == b"doubtful" and (not seen.is_broken() or seen.exit in (0, 1)):
            yield "doubt", f"{id} is in doubt, it says, for no reason, or with exit {seen.exit}"
        if word == b"unknown" and all(id in state.lost for state in seen.states):
            yield "unknown-untrue", f"{id} is unknown, it says, but was lost"
    if seen.exit not in (0, 1):
        return
    if (seen.exit == 1) != bool(words):
        yield "shape", f"exit {seen.exit} with {len(words)} lines"
    for id in seen.op.ids:
        if id not in words and id not in left:
            how = "unproven" if seen.is_broken() else "untrue"
            yield f"{verb}-{how}", f"{id} was settled, it says ({verb})"


def complete(seen):
    yield from settled(seen, "complete", {id for id, change in seen.left().items() if change.new is None})


def release(seen):
    left = {id: change for id, change in seen.left().items() if change.new and change.new.state != "leased"}
    yield from settled(seen, "release", left)
    for id, (item, _, new) in left.items():
        reason = seen.op.options[-1].encode()
        # What is a suspect again keeps the reason for that.
        if id in seen.op.ids and new.state not in ("ready", "suspect") and new.reason != reason:
            yield "release-reason", f"{item} is {new}, and the reason should be {reason}"


def extended(seen):
    """The leases that are as long as a renewal makes them."""
    return {id for state in seen.states[1:] for id, item in state.ids.items() if state.items[item].state == "leased"
            and state.items[item].at >= seen.earliest + seen.op.time}


def renew(seen):
    yield from settled(seen, "renew", extended(seen))


def keep(seen):
    """The command exits with 7 and touches nothing."""
    id = seen.op.ids[0]
    if seen.exit == 7 and not seen.was_held(id):
        yield "keep-untrue", f"the command ran to its end, though {id} was not held"
    if seen.exit == 1 and seen.was_held(id) and not seen.went_back and not seen.op.time < 100:
        yield "keep-lost", f"{id} was lost, it says"


def work(seen):
    """What became of items is judged by the changes."""
    if seen.exit == 0 and not seen.any(lambda state: state.may_be_drained(True)):
        yield "drained-untrue", "the queue is drained, it says"
    yield from emptiness(seen)
    if seen.exit in (0, 1, 4) and not seen.went_back:
        for item in seen.handled:
            place = seen.after.items.get(item)
            if place and place.state in ("leased", "ready") and not seen.is_due(place) and not any(
                    id in seen.after.lost for id in seen.handlings[item]):
                yield "work-undone", f"{item} was done, the worker ended with {seen.exit}, and it is {place}"


def reap(seen):
    told = collections.Counter()
    for line in seen.out.splitlines():
        word, count = line.split(b"\t")
        told[word.decode()] = int(count)
    if not set(told) <= {"requeued", "dead"}:
        yield "reap-untrue", f"it returned {dict(told)}"
    done = collections.Counter()
    for _, old, new in seen.changes():
        if old and old.state in ("leased", "arriving"):
            done["dead" if new and new.state == "dead" else "requeued"] += 1
    for word in ("requeued", "dead"):
        if told[word] > done[word] or seen.exit == 0 and not seen.is_broken() and told[word] != done[word]:
            yield "reap-untrue", f"{told[word]} {word}, it says; {done[word]} were"
    if seen.exit == 0 and not seen.went_back and any(
            place.state in ("leased", "delayed") and place.at <= seen.earliest for place in seen.after.items.values()):
        yield "reap-undone", "there is something that was due before it began"


def retry(seen):
    moved = {id for id, change in seen.left("dead").items() if change.new}
    if seen.exit not in (0, 1):
        if seen.out:
            yield "shape", "an error, and yet it printed something"
        return
    first, *lines = seen.out.splitlines()
    unknown = [line.split(b"\t")[1] for line in lines]
    if int(first) != len(moved) and not seen.went_back:
        yield "retry-untrue", f"{int(first)} went back, it says; {len(moved)} did"
    for id in seen.op.ids:
        if (id in unknown) == (id in moved) and not seen.went_back:
            yield "retry-untrue", f"{id} is among the unknown: {id in unknown}, went back: {id in moved}"
    if (seen.exit == 1) != bool(unknown):
        yield "shape", f"exit {seen.exit} with {len(unknown)} unknown"


def drop(seen):
    op = seen.op
    gone = [change for change in seen.changes() if change.old and change.new is None]
    lines = seen.out.splitlines()
    if "--dry-run" in op.options or seen.exit not in (0, 1):
        lines = [line for line in lines if line.split(b"\t")[0] in WORDS]
    elif int(lines.pop(0)) != len(gone) and not seen.went_back:
        yield "drop-untrue", f"{int(seen.out.splitlines()[0])} were dropped, it says; {len(gone)} were"
    words = {id: word for word, id in (line.split(b"\t") for line in lines)}
    left = {change.old.id for change in gone}
    for id in op.ids:
        if seen.exit in (0, 1) and "--dry-run" not in op.options and (id in words) == (id in left) and not seen.went_back:
            yield "drop-untrue", f"{id} is named: {id in words}, went: {id in left}"
    if not set(words) <= set(op.ids) or not set(words.values()) <= WORDS or (seen.exit == 1) != bool(words) and (
            seen.exit in (0, 1)):
        yield "shape", f"exit {seen.exit} with {words}"
    if b"doubtful" in words.values() and (not seen.is_broken() or seen.exit in (0, 1)):
        yield "doubt", f"{words} for no reason, or with exit {seen.exit}"
    # Where the clock was set back, some items are from the future, and so came later.
    kept = [item for item, place in seen.after.items.items() if may_drop(op, item, place) and item in seen.before.items
            and int(seen.after.records.get(place.id, b"0\t\t0\t\t").split(b"\t")[2]) <= seen.earliest]
    if seen.exit == 0 and op.states and kept and "--dry-run" not in op.options and not seen.went_back:
        yield "drop-untrue", f"these were there and are still: {kept[:3]}"


JUDGES = {
    "push": push, "lease": lease, "wait": lease, "complete": complete, "release": release, "renew": renew, "keep": keep,
    "work": work, "reap": reap, "retry": retry, "drop": drop, "list": reports.listing, "stat": reports.stat, "audit": reports.audit,
    "empty": reports.empty, "config": reports.config, "purge": reports.purge, "doctor": reports.doctor,
}
