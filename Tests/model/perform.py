"""Runs operations against a real queue, and writes them as shell commands.

An operation is a dict: `uid`, `wait` (ms before it), `do`, `client`, and what the operation needs. It names a
lease by the pair (uid of the operation that made it, place among what that made).
"""

import base64
import hashlib
import json
import os
import re
import shlex
import subprocess
import time

from entries import GUARD
from words import QUEUE, build, queues

NOBODY = b"0.000000000000"
LEASE_ID = re.compile(rb"(\d+)\.[0-9a-f]{12}")
TIMEOUT = 10


def lease_key(item):
    return QUEUE.encode() + b":leased_by_session:" + hashlib.sha224(item).hexdigest().encode()


class Performer:
    """Runs programs against the queue on the server at `redis`."""

    def __init__(self, redis):
        self.redis = redis
        # (uid, place): full ID.
        self.ids = {}

    def resolve(self, words):
        return [self.ids.get(word, NOBODY) if isinstance(word, tuple) else
                word if isinstance(word, bytes) else word.encode() for word in words]

    def named(self, op):
        """The IDs that the model is told: those among the operands, those on stdin."""
        return [self.resolve(op.get("ids", [])), self.resolve(op.get("stdin", []))]

    def start(self, op):
        """-> the process, and what to write to it."""
        program, options, operands, stdin = build(op)
        argv = self.resolve([program] + options + queues(op) + operands)
        if op["do"] == "lease" and op["format"] == "closed":
            argv = ["/bin/sh", "-c", 'exec "$@" >&-', "sh"] + argv
        environment = {**os.environ, "WQ_OWNER": op["client"]}
        process = subprocess.Popen(
            argv, env=environment, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return process, None if stdin is None else b"".join(self.resolve(stdin))

    def finish(self, op, process, stdin):
        """-> exit status, what it printed as the model says it, stderr."""
        if op.get("via") == "slow":
            self.await_hold(process)
        try:
            out, err = process.communicate(stdin, TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return None, out, b"does not end: " + err
        try:
            return process.returncode, self.parse(op, out), err
        except (ValueError, KeyError) as error:
            return process.returncode, out, b"cannot be read: %r" % error

    def run(self, op):
        if op["do"] in ("rpush", "rediswq_take", "rediswq_complete", "rediswq_expire"):
            getattr(self, op["do"])(op)
            return 0, b"", b""
        return self.finish(op, *self.start(op))

    def await_hold(self, process):
        """Until a push that waits for its input holds the queue open, or has ended."""
        deadline = time.monotonic() + TIMEOUT
        while process.poll() is None and not self.redis("ZCARD", QUEUE + ":producers"):
            if time.monotonic() > deadline:
                raise TimeoutError("a push that waits for input does not hold the queue open")
            time.sleep(0.001)

    def parse(self, op, out):
        do = op["do"]
        if do == "lease":
            if op.get("idle", "no") != "no":
                out = without_queue(op["format"], out)
            return [self.lease_record(*record) for record in self.records(op["format"], out)]
        if do == "stat":
            counts = json.loads(out)
            if counts.pop("queue") != QUEUE:
                raise ValueError(out)
            return counts
        if do == "list":
            return [self.list_record(json.loads(line)) for line in out.splitlines()]
        return out

    def records(self, format, out):
        if format == "json":
            for line in out.splitlines():
                record = json.loads(line)
                yield record["lease"].encode(), record["attempt"], text(record, "item")
        elif format == "sh":
            words = [word.partition("=") for word in shlex.split(out.decode("latin-1"))]
            for lease, item, attempt in zip(words[::3], words[1::3], words[2::3]):
                if (lease[0], item[0], attempt[0]) != ("WQ_LEASE", "WQ_ITEM", "WQ_ATTEMPT"):
                    raise ValueError(out)
                yield lease[2].encode(), int(attempt[2]), item[2].encode("latin-1")
        else:
            end = b"\0" if format == "null" else b"\n"
            for line in out.split(end)[:-1]:
                lease, tab, item = line.partition(b"\t")
                yield lease, None, item

    def lease_record(self, id, attempt, item):
        match = LEASE_ID.fullmatch(id)
        if not match:
            raise ValueError(id)
        return int(match[1]), attempt, item

    def list_record(self, record):
        state = record["state"]
        time = record.get("age_ms" if state == "dead" else "left_ms")
        return (state, text(record, "id"), record.get("attempt"), text(record, "owner"), time,
                text(record, "reason"), text(record, "item"))

    # What a rediswq client does.

    def rpush(self, op):
        self.redis("RPUSH", QUEUE, op["item"])

    def held(self):
        return [item for item in self.redis("LRANGE", QUEUE + ":processing", 0, -1) if item != GUARD]

    def rediswq_take(self, op):
        first = self.redis("LINDEX", QUEUE, -1)
        if first is not None and first != GUARD and first not in self.held():
            self.redis("RPOPLPUSH", QUEUE, QUEUE + ":processing")
            self.redis("SET", lease_key(first), "session")

    def rediswq_complete(self, op):
        held = self.held()
        if held:
            self.redis("LREM", QUEUE + ":processing", 1, held[-1])
            self.redis("DEL", lease_key(held[-1]))

    def rediswq_expire(self, op):
        for item in self.held():
            self.redis("DEL", lease_key(item))


def without_queue(format, out):
    """The records of wq-lease as they are if there is one queue."""
    name = QUEUE.encode()
    begin = {"json": b'{"queue":"%s",' % name, "sh": b"WQ_QUEUE='%s' " % name}.get(format, name + b"\t")
    end = b"\0" if format == "null" else b"\n"
    records = out.split(end)
    # A line that does not begin so belongs to the item before it.
    return end.join((b"{" if format == "json" else b"") + record[len(begin):] if record.startswith(begin) else record
                    for record in records)


def text(record, name):
    if name in record:
        return record[name].encode()
    return base64.b64decode(record[name + "_base64"]) if name + "_base64" in record else None
