"""What is removed for good."""

from entries import Answer, find
from grants import Grants


class Drops(Grants):
    """Items go by their IDs, or by what they and their reasons contain."""

    def drop(self, op, ids):
        with_records = {"dead": (self.dead,), "delayed": (self.delayed, self.suspects)}
        names, chosen, ready = b"", [], []
        for id in dict.fromkeys(ids[0]):
            entry = next(filter(None, (find(state, id) for state in self._recorded())), None)
            if entry:
                chosen.append(entry)
            else:
                names += (b"lost" if id in self.lost and not op["dry"] else b"unknown") + b"\t" + id + b"\n"
        for state in op["states"]:
            if state == "ready":
                ready = [item for item in self.ready if (op["match"] or b"") in item]
            for entries in with_records.get(state, ()):
                chosen += [entry for entry in entries.values() if (op["reason"] or b"") in entry.reason
                           and ((op["match"] or b"") in entry.item or (op["match"] or b"") in entry.reason)]
        if op["dry"]:
            return Answer(1 if names else 0, b"")
        for item in [entry.item for entry in chosen] + ready:
            self.unmark(item)
        for entry in chosen:
            for state in self._recorded():
                state.pop(entry.number, None)
        for item in ready:
            self.ready.remove(item)
            self._take_failed(item)
        if ready:
            self._forget_failed()
        self.totals["dropped"] += len(chosen) + len(ready)
        return Answer(1 if names else 0, b"%d\n" % (len(chosen) + len(ready)) + names)

    def _recorded(self):
        return self.leased, self.delayed, self.suspects, self.dead
