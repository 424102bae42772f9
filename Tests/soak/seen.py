"""What was seen of one operation, and the questions that the judgements ask of it."""

import base64
import json
import re

from truth import Place, changes

# What makes a connection break, or a server refuse, for a time.
AWAY = {"away", "replica", "maxclients", "clock"}


class Seen:
    """states: what was true before and after; between them pairs (before, after) for each time that data went back.
    earliest, latest: between these times, in ms, was all that the server's clock showed meanwhile."""

    def __init__(self, op, outcome, before, after, returns, conditions, earliest, latest):
        self.op, self.outcome, self.conditions = op, outcome, conditions
        self.exit, self.out, self.err = outcome.exit, outcome.out, outcome.err
        self.earliest, self.latest = earliest, latest
        edges = [before] + [state for _, *pair in returns for state in pair] + [after]
        self.spans = list(zip(edges[::2], edges[1::2]))
        self.before, self.after, self.states = before, after, edges
        self.went_back = {kind for kind, *_ in returns}
        self.handled, self.handlings = set(), []

    def is_broken(self):
        """Whether an answer of Redis may have been lost."""
        return bool(self.outcome.cuts or self.conditions & (AWAY | {"password"}))

    def changes(self):
        return [change for span in self.spans for change in changes(*span)]

    def any(self, test):
        return any(test(state) for state in self.states)

    def was_held(self, id):
        """As a lease."""
        return self.any(lambda state: id in state.ids and state.items[state.ids[id]].state == "leased")

    def was_lost(self, id):
        return self.any(lambda state: id in state.lost)

    def is_due(self, place):
        return place.at is not None and place.at <= self.latest

    def left(self, state=None):
        """The IDs that were leases, or in that state, and are not any more."""
        return {change.old.id: change for change in self.changes() if change.old
                and change.old.state == (state or "leased") and change.old != change.new}

    def new_leases(self):
        """ID -> item, of those that were granted meanwhile, some of which have run out."""
        known = set(self.before.ids)
        granted = {}
        for _, after in self.spans:
            granted.update((id, item) for id, item in after.ids.items()
                           if after.items[item].state in ("leased", "suspect") and id not in known)
            known |= set(after.ids)
        return granted


def printed_leases(op, out):
    """The (ID, attempt or None, item) that wq-lease printed; what is not whole does not count."""
    end = b"\0" if op.form == ["-0"] else b"\n"
    records = []
    for line in out.split(end)[:-1]:
        if op.form == ["--json"]:
            record = json.loads(line)
            item = record["item"].encode() if "item" in record else base64.b64decode(record["item_base64"])
            records.append((record["lease"].encode(), record["attempt"], item))
        else:
            id, tab, item = line.partition(b"\t")
            if not re.fullmatch(rb"\d+\.[0-9a-f]{12}", id) or not tab:
                raise ValueError(line)
            records.append((id, None, item))
    return records


def may_drop(op, item, old):
    """Whether it is of one of the states, and matches."""
    state = "delayed" if old.state == "suspect" else old.state
    return state in op.states and (op.match in item or op.match in (old.reason or b""))


def reachable(op, change, seen):
    """Whether the operation may have done this to the item, with whatever answer."""
    old, new, kind = change.old or Place(), change.new or Place(), op.kind
    free = change.item in op.beside and old.state is None or old.state in ("ready", "arriving") or old.state in ("leased", "delayed", "suspect") and seen.is_due(old)
    # A lease that the operation itself was granted, and whose answer came late, may have run out meanwhile.
    ran_out = old.state == "leased" or kind in ("lease", "wait") and seen.latest - seen.earliest > op.time
    came_back = free and (new.state in ("ready", "suspect") or new.state == "dead" and ran_out)
    if kind == "push":
        return old.state is None and change.item in op.items and new.state in (op.where, "ready")
    if kind == "lease":
        return came_back or free and new.state == "leased" and new.id != old.id
    if kind == "wait":
        return came_back or free and (new.state == "arriving" or new.state == "leased" and new.id != old.id)
    if kind == "complete":
        return old.state == "leased" and old.id in op.ids and new.state is None
    if kind == "release":
        return old.state == "leased" and old.id in op.ids and (
            new.state == "dead" if op.dead else new.state in ("ready", "delayed", "suspect") or op.charged and new.state == "dead")
    if kind in ("renew", "keep"):
        return old.state == new.state == "leased" and old.id == new.id and old.id in op.ids and new._replace(
            at=old.at) == old
    if kind == "reap":
        return came_back
    if kind == "retry":
        return old.state == "dead" and new.state == "ready" and (op.all or old.id in op.ids)
    if kind == "drop":
        return new.state is None and "--dry-run" not in op.options and (old.id in op.ids or may_drop(op, change.item, old))
    if kind == "purge":
        return new.state is None
    if kind == "work":
        # It may lease it, and then complete or release it. After data went back, it may have done the first part before.
        own = old.state == "leased" and old.id not in seen.before.ids
        return (free or own) and (new.state is not None or change.item in seen.handled)
    return False
