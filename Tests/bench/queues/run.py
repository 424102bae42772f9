"""Measures wq beside other queues: rows for the table of `Tests/bench/run`.

    run.py FOLDER    a folder for the servers' data; programs are in $WQ_BIN and $PEERS

Each kind has its own server. All take turns in each round, the other way round in every second one.
"""
import statistics
import sys
import threading
import time

from base import PATIENCE, until
from brokers import Beanstalkd, JetStream, RabbitMQ
from files import Nq, Parallel, Xargs
from onredis import RQ, BullMQ, Streams
from wq import Wq

KINDS = [Wq, Streams, BullMQ, RQ, Beanstalkd, RabbitMQ, JetStream, Nq, Parallel, Xargs]
ROUNDS = 3
# How many items of each are enough to see its speed: the slowest need a second or two.
ITEMS = {"push": 20_000, "drain": 20_000, "commands": 1000, "loop": 500, "feed": 10_000}
FEWER = {("push", RQ): 5000, ("drain", RQ): 1000, ("commands", RQ): 60, ("drain", BullMQ): 5000, ("drain", Beanstalkd): 10_000,
         ("commands", Nq): 300, ("commands", Parallel): 300, ("loop", Streams): 200, ("loop", Beanstalkd): 5000}
STARTS = 30
HELD = 10_000


def row(what, result, spread="", ratio="", target="", verdict=""):
    print("g", what, result, spread, "", ratio, target, verdict, sep="\t", flush=True)


def items(count):
    return [f"photos/2024/{n:07}.jpg" for n in range(count)]


def rate(queue, measure):
    """Items a second, once. What a measure returns are seconds that it waited in vain."""
    count = FEWER.get((measure, type(queue)), ITEMS[measure])
    lines = items(count)
    if measure != "push":
        queue.push(lines)
    start = time.monotonic()
    in_vain = queue.push(lines) if measure == "push" else getattr(queue, measure)()
    seconds = time.monotonic() - start - (in_vain or 0)
    if measure == "push":
        (queue.clear or queue.drain)()
    return count / seconds


def rates(queues, measure, words):
    """The medians of all that can do it, and their rows."""
    able = [queue for queue in queues if getattr(queue, measure, None) and (measure != "push" or queue.memory)]
    seen = {queue: [] for queue in able}
    for turn in range(ROUNDS):
        for queue in able[::-1] if turn % 2 else able:
            seen[queue].append(rate(queue, measure))
    medians = {queue: statistics.median(all_) for queue, all_ in seen.items()}
    ours = next(iter(medians.values()))
    for queue, median in medians.items():
        ratio = "" if isinstance(queue, Wq) else f"wq {ours / median:.2f} times the rate"
        row(f"{words}: {queue.title}, {queue.client}", f"{median:.0f} items/s",
            f"{min(seen[queue]):.0f} to {max(seen[queue]):.0f}", ratio)
    return {queue.title: median for queue, median in medians.items()}


def push_one(queue):
    (getattr(queue, "push_one", None) or (lambda item: queue.push([item])))("one")


def stamps_in(name):
    try:
        with open(name) as file:
            return [int(line) for line in file]
    except FileNotFoundError:
        return []


def starts(queue):
    """From a push to the start of a worker that waits, in ms."""
    name, spans = queue.path("starts"), []
    worker = queue.begin(name, 0)
    push_one(queue)
    until(lambda: stamps_in(name))
    for number in range(STARTS):
        time.sleep(0.02)
        before = time.time_ns()
        push_one(queue)
        until(lambda: len(stamps_in(name)) > number + 1)
        spans.append((stamps_in(name)[-1] - before) / 1e6)
    queue.kill(worker)
    return statistics.median(spans), min(spans), sorted(spans)[int(STARTS * 0.9)]


def taken_over(queue):
    """Seconds from kill -9 of a worker until another one has its item; nothing if nobody had."""
    name = queue.path("taken")
    first = queue.begin(name, 600)
    push_one(queue)
    until(lambda: stamps_in(name))
    second = queue.begin(name, 600)
    time.sleep(2)
    killed = time.time_ns()
    queue.kill(first)
    try:
        until(lambda: len(stamps_in(name)) > 1, PATIENCE)
        return (stamps_in(name)[1] - killed) / 1e9
    except TimeoutError:
        return None
    finally:
        queue.kill(second)


def all_taken_over(queues):
    """Each waits for long, and computes nothing: so they do it at the same time."""
    spans = {}
    threads = [threading.Thread(target=lambda queue=queue: spans.update({queue: taken_over(queue)})) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for queue in queues:
        span = spans[queue]
        row(f"a killed worker's item, begun again: {queue.title}", f"over {PATIENCE} s" if span is None else f"{span:.1f} s",
            queue.patience)


def memories(queue):
    """Bytes an item that waits, and one that is worked on."""
    empty = queue.memory()
    queue.push(items(HELD))
    waiting = queue.memory()
    row(f"memory of an item that waits: {queue.title}", f"{(waiting - empty) / HELD:.0f} bytes")
    if queue.take:
        queue.take(HELD)
        row(f"memory of one that is worked on: {queue.title}", f"{(queue.memory() - empty) / HELD:.0f} bytes")


def main(folder):
    queues = []
    try:
        for kind in KINDS:
            queues.append(kind(folder))
        rates(queues, "push", "pushing")
        rates(queues, "drain", "taking and acknowledging in bulk")
        done = rates(queues, "commands", "a command an item, two at once")
        ratio = done["wq"] / done["RabbitMQ"]
        row("wq-work beside amqp-consume", "", "", f"{ratio:.2f} times the rate", "at least 1.0", "met" if ratio >= 1 else "NOT MET")
        loops = rates(queues, "loop", "a loop in a shell script")
        fed = statistics.median(rate(queues[0], "feed") for _ in range(ROUNDS))
        ratio = fed / loops["beanstalkd"]
        row("wq-work --feed sh", f"{fed:.0f} items/s", "", f"{ratio:.2f} times the loop for beanstalkd", "at least 1.0",
            "met" if ratio >= 1 else "NOT MET")
        waiting = [queue for queue in queues if queue.begin]
        for queue in waiting:
            median, least, most = starts(queue)
            row(f"from a push to the start: {queue.title}", f"{median:.1f} ms", f"{least:.1f} to {most:.1f}")
        all_taken_over(waiting)
        for queue in queues:
            if queue.memory:
                memories(queue)
    finally:
        for queue in queues:
            queue.stop()


main(sys.argv[1])
