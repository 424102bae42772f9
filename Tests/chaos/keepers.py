"""keepers.py ROUNDS [SEED]: kills wq-work and wq-renew with KILL at random instants, under commands that hide what they
start in process groups of their own. Nothing of them may be there a second later, but for what has a session of its own.
The programs and Redis come from the environment. Prints the rounds in which something was left; ends with 1 then."""

import os
import random
import signal
import subprocess
import sys
import time

COMMANDS = [
    "sleep 9 | sleep 9; :",
    "timeout 9 sh -c 'sleep 9 | sleep 9'; :",
    "mksh -mc 'sleep 9 & sleep 9 | sleep 9'; :",
    "bash -c 'set -m; trap \"\" TERM HUP; for i in 1 2 3 4 5; do (sleep 9; :) & done; wait'",
    "python3 -c 'import subprocess; subprocess.run([\"sleep\", \"9\"], process_group=0)'",
    "env KEEPER_DAEMON=1 setsid sleep 1.5 & sleep 0.05; timeout 9 sleep 9",
    "true",
    "while :; do sh -c 'sleep 0.01 | sleep 0.02'; done",
]
PATIENCE = 1.0


def marked(mark):
    """The processes that were started in this round, the daemons apart, with their command lines."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                variables = file.read().split(b"\0")
            with open(f"/proc/{name}/stat", "rb") as file:
                state = file.read().rpartition(b")")[2].split()[0]
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        # The guard may stay for a little longer, where nobody waits for zombies.
        is_other = b"KEEPER_DAEMON=1" in variables or words.strip() == "wq-guard"
        if mark in variables and not is_other and state not in b"ZX":
            found[int(name)] = words
    return found


def wq(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def keeper(queue, choice):
    """The keeper of this round: a worker with several commands, or wq-renew with one."""
    if choice.random() < 0.6:
        wq("wq-push", "-q", queue, "--", *choice.sample(COMMANDS, 6))
        jobs = str(choice.randint(1, 4))
        return ["wq-work", "-q", "-j", jobs, *choice.choice([[], ["--tag"], ["--group"]]), queue, "--", "sh", "-c"]
    command = choice.choice(COMMANDS)
    wq("wq-push", "-q", queue, "--", command)
    lease = wq("wq-lease", queue).split("\t")[0]
    return ["wq-renew", queue, lease, "--", "sh", "-c", command]


def round_ends_clean(number, seed):
    choice = random.Random(f"{seed}/{number}")
    queue = f"round{number}"
    words = keeper(queue, choice)
    mark = f"KEEPER_ROUND={os.getpid()}.{number}"
    name, value = mark.split("=")
    process = subprocess.Popen(
        words, env={**os.environ, name: value}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    time.sleep(choice.uniform(0, 0.3))
    # A whole group is killed now and then, as by a shell that ends.
    (os.killpg if choice.random() < 0.3 else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + PATIENCE
    left = marked(mark.encode())
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = marked(mark.encode())
    for pid in left:
        print(f"round {number}: {words[0]} left {pid}: {left[pid]}", flush=True)
        os.kill(pid, signal.SIGKILL)
    wq("wq-purge", "--force", queue)
    return not left


def main():
    rounds = int(sys.argv[1])
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(10**6))
    bad = [number for number in range(rounds) if not round_ends_clean(number, seed)]
    print(f"{rounds} rounds with the seed {seed}, {len(bad)} of them bad")
    sys.exit(1 if bad else 0)


main()
