"""Workers and a producer on one queue at the same time, each of them disturbed."""

import random
import threading

import answers
import plan
from operations import Operation
from seen import Seen, reachable
from wire import Wire

WORKERS = 3


class Crowd:
    """The programs of a lane that run at once, each over a wire of its own."""

    def __init__(self, path, site):
        self.wires = [Wire(f"{path}.{number}", site) for number in range(WORKERS + 1)]

    def operations(self, chooser, draw, truth):
        """Each is drawn by itself, so that they do not depend on each other."""
        chooser.random, chooser.truth = draw, truth
        items = chooser.fresh(20)
        workers = [chooser.work() for _ in range(WORKERS)]
        return workers + [Operation("push", [], [], b"".join(item + b"\n" for item in items), items=items, where="ready")]

    def run(self, operations, queue, environment, habits, seed):
        """-> the outcomes, and how they were disturbed."""
        outcomes, threads = {}, []
        disturbances = [plan.disturbance(random.Random(f"{seed} {place}"), op.kind, habits)
                        for place, op in enumerate(operations)]

        def one(place, op):
            own = {**environment, "WQ_URL": self.wires[place].url}
            outcomes[place] = self.wires[place].run(op.words(queue), own, op.stdin, disturbances[place])

        for place, op in enumerate(operations):
            threads.append(threading.Thread(target=one, args=(place, op)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        return [outcomes[place] for place in range(len(operations))], disturbances


class CrowdSeen(Seen):
    """What was seen of one of them: the others may have changed things, too."""

    def is_permitted(self, change):
        pushed = change.old is None and change.item in self.items
        if pushed:
            return change.new is not None or change.item in self.handled
        return reachable(Operation("work"), change, self)


def judge(seens, items):
    """All that is wrong: the changes of all together, and what each of them answered."""
    first = seens[0]
    first.items = items
    for state in first.states:
        yield from (("structure", text) for text in state.wrong)
    for change in first.changes():
        if not first.is_permitted(change):
            yield "change", f"one of them did this: {change}"
    for seen in seens:
        yield from answers.statuses(seen)
        if seen.op.kind == "push" and seen.exit == 0:
            there = {change.item for change in seen.changes() if change.new} | seen.handled
            if int(seen.out) != len(items) or not seen.went_back and not set(items) <= there:
                yield "push-missing", f"it printed {seen.out}, but there are {len(there & set(items))} of {len(items)}"
