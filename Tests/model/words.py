"""Writes operations as words: of a program's arguments, and of a shell script; see perform.py."""

import re
import shlex

QUEUE = "j?b"
# Another one, which was used and is drained, for calls that name two.
IDLE = "idle"

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


def queues(op):
    """The queues as operands, and the options that go with several."""
    idle = op.get("idle", "no")
    return {"no": [QUEUE], "before": [IDLE, QUEUE], "after": [QUEUE, IDLE], "fair": ["--fair", IDLE, QUEUE]}[idle]


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
    command = " ".join([program] + [quote(word) for word in options + queues(op) + operands])
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
