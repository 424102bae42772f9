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

QUEUE = "j?b"
NOBODY = b"0.000000000000"
LEASE_ID = re.compile(rb"(\d+)\.[0-9a-f]{12}")
TIMEOUT = 10

# redis-cli reads the environment of the replay; these do what a rediswq client does.
PREAMBLE = r"""#!/bin/bash
# Needs an empty Redis: WQ_URL=unix:///PATH and SOCKET=/PATH.
cd "$(mktemp -d)" || exit
r() { redis-cli -s "$SOCKET" "$@"; }
id() { grep -oE '[0-9]+\.[0-9a-f]{12}' "$1" 2>/dev/null | sed -n "$(($2 + 1))p" | grep . || echo 0.000000000000; }
key() { printf 'QUEUE:leased_by_session:%s' "$(printf %s "$1" | sha224sum | cut -d' ' -f1)"; }
rediswq_take() {
    item=$(r rpoplpush QUEUE QUEUE:processing) && r set "$(key "$item")" session
}
rediswq_complete() {
    item=$(r lrange QUEUE:processing 0 -1 | grep -vx wq:busy | tail -n 1)
    r lrem QUEUE:processing 1 "$item"
    r del "$(key "$item")"
}
rediswq_expire() {
    r lrange QUEUE:processing 0 -1 | grep -vx wq:busy | while read -r item; do r del "$(key "$item")"; done
}
set -x
""".replace("QUEUE", QUEUE)


def lease_key(item):
    return QUEUE.encode() + b":leased_by_session:" + hashlib.sha224(item).hexdigest().encode()


def duration(time):
    return f"{time // 1000}s" if time % 1000 == 0 else f"{time}ms"


def leases(op):
    """For complete, renew and release: operands and stdin."""
    if not op["stdin"]:
        return op["ids"], None
    return op["ids"] + ["-"], [word for ref in op["stdin"] for word in (ref, "\tan item\n")]


def push_words(op):
    """The options, operands and standard input of a push."""
    options, operands, stdin = [], [], None
    if op["where"] == "front":
        options.append("--front")
    elif op["where"] != "back":
        options += ["--delay", duration(op["where"])]
    if op["name"]:
        options += ["--id", op["name"]]
    options += ["--seal"] * op["seal"] + ["--if-active"] * op["if-active"]
    once = op.get("once")
    options += [] if once is None else ["--once", duration(once)] if once else ["--unique"]
    via, items = op["via"], op["items"]
    if via == "operands":
        operands = items
    elif via == "whole":
        options, stdin = options + ["--whole"], items
    else:
        if via == "null":
            options.append("-0")
        if b"" in items:
            options.append("--keep-blank")
        stdin = [item + (b"\0" if via == "null" else b"\n") for item in items]
    return options, operands, stdin


def lease_options(op):
    options = ["-l", duration(op["lease"])]
    if op["count"] > 1:
        options += ["-n", str(op["count"])]
    if op["format"] == "null":
        options.append("-0")
    elif op["format"] != "line":
        options += ["--sh" if op["format"] == "sh" else "--json"]
    return options + {"no": [], "brief": ["-t", "30ms"], "wait": ["-w"], "drained": ["--until-drained"]}[op["until"]]


def build(op):
    """The program, its options, its operands and its stdin (None for no matter); refs are pairs in them."""
    do, options, operands, stdin = op["do"], [], [], None
    if do == "push":
        options, operands, stdin = push_words(op)
    elif do == "lease":
        options = lease_options(op)
    elif do in ("complete", "renew", "release"):
        operands, stdin = leases(op)
        if do == "renew":
            options += ["-l", duration(op["lease"])]
        elif do == "release":
            if op["delay"] is not None:
                options += ["--delay", duration(op["delay"])]
            options += ["--reason", op["reason"]] if op["reason"] else []
            options += ["--dead"] * op["dead"] + ["--no-charge"] * (not op["charge"])
    elif do == "reap":
        options += ["--orphan-after", "5ms"]
    elif do == "retry":
        operands = op["ids"]
        options += ["--all"] if op["match"] == b"" else ["--match", op["match"]] if op["match"] else []
    elif do == "drop":
        operands, options = op["ids"], [f"--{state}" for state in op["states"]] + ["-q", "--dry-run"] * op["dry"]
        options += [word for name in ("match", "reason") if op[name] is not None for word in (f"--{name}", op[name])]
    elif do == "config":
        operands = [f"{key}={value}" for key, value in op["changes"]]
    elif do == "purge":
        options += ["--force"] * op["force"]
    elif do == "empty":
        options += ["-v"] * op["verbose"] + ["--strict"] * op["strict"]
    elif do == "stat":
        options += ["--json"]
    elif do == "audit":
        do, options = "stat", ["--audit"]
    elif do == "list":
        options += ["--json", "-n", str(op["count"])] + [f"--{state}" for state in op["states"]]
    # Items may look like options.
    return f"wq-{do}", options + ["--"] * (do == "push"), operands, stdin


def quote(word, stdin=False):
    if isinstance(word, tuple):
        return f'"$(id {word[0]} {word[1]})"'
    word = word if isinstance(word, bytes) else word.encode()
    if re.fullmatch(rb"[\x20-\x7e]*", word) and not stdin:
        return shlex.quote(word.decode())
    text = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\'%" else f"\\{byte:03o}" for byte in word)
    return f"'{text}'" if stdin else f"$'{text}'"


def script(op):
    """The operation as lines of a shell script."""
    lines = [f"sleep {op['wait'] / 1000:.3f}"] if op["wait"] else []
    if op["do"] == "during":
        lines += [script(op["lease"]) + " &", "sleep 0.2"] + [script(inner) for inner in op["ops"]]
        return "\n".join(lines + ["sleep 1.5", "kill %%", "wait"])
    if op["do"] == "rpush":
        return "\n".join(lines + [f"r rpush {shlex.quote(QUEUE)} {quote(op['item'])}"])
    if op["do"] in ("rediswq_take", "rediswq_complete", "rediswq_expire"):
        return "\n".join(lines + [op["do"]])
    program, options, operands, stdin = build(op)
    command = " ".join([program] + [quote(word) for word in options + [QUEUE] + operands])
    if stdin is not None:
        pieces = [f"printf %s {quote(word)}" if isinstance(word, tuple) else
                  f"printf {quote(word, stdin=True)}" for word in stdin]
        pause = "sleep 0.2; " if op.get("via") == "slow" else ""
        command = f"{{ {pause}{'; '.join(pieces) or ':'}; }} | {command}"
    owner = f"WQ_OWNER={op['client']} "
    command = command.replace(program, owner + program, 1)
    if op["do"] == "lease":
        command += " >&-" if op["format"] == "closed" else f" | tee {op['uid']}"
    return "\n".join(lines + [command])


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
        argv = self.resolve([program] + options + [QUEUE] + operands)
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


def text(record, name):
    if name in record:
        return record[name].encode()
    return base64.b64decode(record[name + "_base64"]) if name + "_base64" in record else None
