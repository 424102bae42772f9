"""What programs that only look, or that set something, answered, compared with what is true: see answers.py."""

import collections
import json

from truth import STATES


def listing(seen):
    if seen.exit == 0 and not seen.went_back and not seen.any(lambda state: same_list(state, seen.out)):
        yield "list-untrue", "these items are shown"


def same_list(state, out):
    records = [json.loads(line) for line in out.splitlines()]
    shown = collections.Counter((record["state"], record.get("id"), record.get("attempt") if "id" in record else None)
                                for record in records if record["state"] != "producers")
    # Programs show suspects as delayed.
    true = collections.Counter((place.state.replace("suspect", "delayed"), place.id and place.id.decode(), place.attempt)
                               for place in state.items.values())
    return shown == true and sum(record["state"] == "producers" for record in records) == len(state.producers)


def stat(seen):
    if seen.exit != 0:
        return
    counts = json.loads(seen.out)
    totals = counts["totals"]

    def same(state):
        return all(counts[name] == state.count(name) for name in STATES) and all(
            counts[name] == state.has(name) for name in ("paused", "sealed", "open")) and all(
            totals[name] == state.total(name) for name in totals) and state.may_be_drained(counts["drained"])

    if not seen.any(same):
        yield "stat-untrue", f"{counts}"


def table(out):
    return {name.decode(): int(count) for name, count in (line.split(b"\t") for line in out.splitlines())}


def audit(seen):
    if seen.exit != 0:
        return
    counts = table(seen.out)
    if counts.pop("difference") != 0 or not seen.any(lambda state: all(
            count == (state.count(name) if name in STATES else state.total(name)) for name, count in counts.items())):
        yield "audit-untrue", f"{counts}"


def empty(seen):
    op, exit = seen.op, seen.exit
    if exit not in (0, 1, 4):
        return
    counts = table(seen.out)

    def right(state):
        answer = 1 if state.may_be_drained(False) and not counts_only_dead(counts) else (
            4 if "--strict" in op.options and state.count("dead") else 0)
        return answer == exit and all(counts[name] == state.count(name) for name in STATES)

    def counts_only_dead(counts):
        return not any(count for name, count in counts.items() if name != "dead") and not seen.any(
            lambda state: state.has("open"))

    if not seen.any(right):
        yield "empty-untrue", f"exit {exit}, {counts}"


def config(seen):
    op = seen.op
    value = op.value.removesuffix("ms").encode() or None
    if seen.exit == 0 and not seen.any(lambda state: state.config.get(op.setting.encode()) == value):
        yield "config-untrue", f"{op.setting} is {seen.after.config}"


def purge(seen):
    if seen.exit == 0 and seen.after.keys and not seen.went_back:
        yield "purge-untrue", f"these keys are left: {seen.after.keys}"
    if seen.exit == 1 and not seen.any(lambda state: any(
            place.state == "leased" and place.at > seen.earliest for place in state.items.values())):
        yield "purge-untrue", "it has live leases, it says"
    if seen.exit == 1 and seen.changes():
        yield "purge-untrue", "nothing was removed, it says"


def doctor(seen):
    if seen.exit not in (0, 1):
        return
    first, *lines = seen.out.splitlines()
    findings = [line.split(b"\t") for line in lines if line.startswith(b"finding\t")]
    if not first.startswith(b"server\t") or (seen.exit == 0) != (lines[-1:] == [b"sound"]) or (
            seen.exit == 1) != bool(findings):
        yield "shape", f"exit {seen.exit}: {lines}"
    topics = {finding[1].decode() for finding in findings}
    for setting in ("paused", "sealed"):
        if (setting in topics) != seen.after.has(setting) and (setting in topics) != seen.before.has(setting):
            yield "doctor-untrue", f"{setting}: {setting in topics}"
    if topics & {"audit", "strays", "lost"}:
        yield "doctor-untrue", f"{findings}"
