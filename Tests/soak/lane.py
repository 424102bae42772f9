"""One queue after the other, and the programs that are run on it, one at a time; several lanes work at once."""

import collections
import os
import random
import time

import answers
import crowd
import plan
from operations import Chooser, Operation
from seen import Seen
from tolerated import TOLERATED
from truth import Looker
from wire import Disturbance, Wire

# Steps that are shown of what led to a finding.
SHOWN = 12
# The share of steps in which several programs run at once.
CROWDED = 0.04
# s within which a drained queue is drained.
DRAIN = 60


class Finding(Exception):
    pass


class Lane:
    def __init__(self, number, site, seed, totals):
        self.number, self.site, self.seed, self.totals = number, site, seed, totals
        self.wire = Wire(str(site.folder / f"w{number}"), site)
        self.crowd = crowd.Crowd(str(site.folder / f"c{number}"), site)
        self.look = Looker(site)
        self.ledger = site.folder / f"ledger{number}"
        self.ledger.touch()
        self.environment = {
            **os.environ, "WQ_URL": self.wire.url, "WQ_PASSWORD_FILE": str(site.secret), "WQ_OWNER": f"lane{number}",
            "WQ_CONNECT_TIMEOUT": "2s", "WQ_COMMAND_TIMEOUT": "3s", "SOAK_LEDGER": str(self.ledger)}
        self.habits = plan.Habits()
        self.transcript = collections.deque(maxlen=SHOWN)
        self.read = 0

    def begin(self, round):
        self.round, self.step_number = round, 0
        self.queue = f"q{round}-{self.number}"
        self.chooser = Chooser(self.queue)
        # Item -> the leases under which it was done.
        self.done, self.given_back = collections.defaultdict(list), set()
        self.went_back, self.last = False, None
        self.site.returns[self.queue] = []

    def now(self):
        """What is true, and how the data went back since it was asked last."""
        with self.site.gate.passing():
            truth, = self.look([self.queue])
            returns, self.site.returns[self.queue] = self.site.returns[self.queue], []
        self.went_back = self.went_back or bool(returns)
        return truth, returns

    def step(self):
        """An operation that is drawn, with what is done to it."""
        self.step_number += 1
        draw = random.Random(f"{self.seed} {self.round} {self.number} {self.step_number}")
        truth, returns = self.now()
        if self.last and not returns and (self.last.items, self.last.config) != (truth.items, truth.config):
            self.report(["something went on after a step had ended"])
        if draw.random() < CROWDED:
            self.perform_crowd(draw, truth)
            return
        op = self.chooser(draw, truth)
        self.perform(op, truth, plan.disturbance(draw, op.kind, self.habits))

    def perform(self, op, before, disturbance):
        begin = time.monotonic()
        outcome = self.wire.run(op.words(self.queue), self.environment, op.stdin, disturbance,
                                beside=(lambda: self.push_beside(op)) if op.beside else None)
        self.habits.learn(op.kind, outcome, time.monotonic() - begin)
        seen, = self.seen(Seen, before, begin, [(op, outcome, disturbance)])
        self.weigh(answers.judge(seen))
        return seen

    def perform_crowd(self, draw, before):
        """Several programs at once."""
        begin = time.monotonic()
        operations = self.crowd.operations(self.chooser, draw, before)
        outcomes, disturbances = self.crowd.run(
            operations, self.queue, self.environment, self.habits, f"{self.seed} {self.round} {self.step_number}")
        seens = self.seen(crowd.CrowdSeen, before, begin, list(zip(operations, outcomes, disturbances)))
        self.weigh(crowd.judge(seens, operations[-1].items))

    def seen(self, kind, before, begin, runs):
        """What was seen of each (operation, outcome, disturbance)."""
        self.last, returns = self.now()
        span, conditions = self.site.clock.span(begin), self.site.during(begin)
        seens = [kind(op, outcome, before, self.last, returns, conditions, *span) for op, outcome, _ in runs]
        self.note_done(seens)
        for seen, (op, outcome, disturbance) in zip(seens, runs):
            self.totals.count(op, outcome)
            self.transcript.append(self.describe(seen, disturbance))
        return seens

    def weigh(self, wrong):
        """What is wrong is reported, unless it is tolerated."""
        wrong = list(wrong)
        for name, _ in wrong:
            if name in TOLERATED:
                self.totals.tolerated[name] += 1
        serious = [f"{name}: {text}" for name, text in wrong if name not in TOLERATED]
        if serious:
            self.report(serious)

    def note_done(self, seens):
        """What the commands of workers wrote down, and what was completed otherwise."""
        with open(self.ledger, "rb") as ledger:
            ledger.seek(self.read)
            lines = ledger.read()
            self.read = ledger.tell()
        handled = set()
        for line in lines.splitlines():
            id, number = line.split()
            item = self.chooser.items[number]
            self.done[item].append(id)
            handled.add(item)
        for seen in seens:
            seen.handled, seen.handlings = handled, self.done
        seen = seens[0]
        for change in seen.changes():
            if seen.op.kind == "complete" and change.new is None and change.old.id not in self.done[change.item]:
                self.done[change.item].append(change.old.id)
            if seen.op.kind == "release":
                self.given_back.add(change.old.id)
        if seen.op.kind == "purge" and not self.last.is_used():
            self.done.clear()
            self.chooser.names.clear()

    def push_beside(self, op):
        """By somebody whom nothing disturbs."""
        environment = {**self.environment, "WQ_URL": "unix://" + self.site.server.socket, "WQ_USER": "looker"}
        plan.quietly(["wq-push", "-q", self.queue, "--", *op.beside], environment)

    def describe(self, seen, disturbance):
        lines = [f"{self.step_number}: {seen.op.shell(self.queue)}", f"    done to it: {disturbance}",
                 f"    exit {seen.exit}" + ", killed" * seen.outcome.is_killed, f"    out {seen.out[:400]}",
                 f"    err {seen.err[:400]}"]
        if seen.conditions or seen.went_back:
            lines.append(f"    meanwhile: {' '.join(sorted(seen.conditions) + sorted(seen.went_back))}")
        lines += [f"    {change.item[:40]}: {tuple(change.old or ())} -> {tuple(change.new or ())}"
                  for change in seen.changes()[:6]]
        return "\n".join(lines)

    def report(self, wrong):
        head = f"SOAK_SEED={self.seed}: lane {self.number}, round {self.round}, step {self.step_number}"
        raise Finding("\n".join([head, *wrong, "The last steps:", *self.transcript]))

    # The end of a round: nothing disturbs any more, and all leases have run out.

    def settle(self, *words, stdin=b"", exits=(0,)):
        before, _ = self.now()
        seen = self.perform(Operation(*words), before, Disturbance())
        if seen.exit not in exits:
            self.report([f"at the end: exit {seen.exit}"])
        return seen

    def drain(self):
        """A worker does what is left; each item is done, and none twice without a reason."""
        for setting in ("paused=", "sealed=", "open=", "max-attempts=0", "retry-delay=10ms"):
            name, value = setting.split("=")
            before, _ = self.now()
            self.perform(Operation("config", [], [setting], setting=name, value=value), before, Disturbance())
        before, _ = self.now()
        self.perform(Operation("retry", ["--all"], all=True), before, Disturbance())
        before, _ = self.now()
        left = set(before.items)
        deadline = time.monotonic() + DRAIN
        handled = set()
        while True:
            seen = self.perform(self.chooser.worker(["-q", "-j", "2", "-l", "5s"]), before, Disturbance())
            handled |= seen.handled
            if seen.exit == 0 or seen.exit == 66 and not before.is_used():
                break
            before, _ = self.now()
            if time.monotonic() > deadline:
                self.report([f"the queue is not drained: {before.counts()}"])
        if left - handled:
            self.report([f"these items were never done: {left - handled}"])
        self.judge_doubles()
        before, _ = self.now()
        self.perform(Operation("audit", ["--audit"]), before, Disturbance())
        self.perform(Operation("purge", []), before, Disturbance())
        with self.site.gate.passing():
            del self.site.returns[self.queue]

    def judge_doubles(self):
        over = self.last.lost | self.given_back
        for item, leases in self.done.items():
            unexplained = [id for id in leases if id not in over]
            self.totals.doubled += len(leases) - 1
            if len(unexplained) > 1 and not self.went_back:
                self.report([f"{item} was done under the leases {leases}, of which only {over & set(leases)} ended otherwise"])
