"""programs.py FOLDER SECONDS SEED [CASE]: what a real Redis answers the programs (FOLDER/s is one) is changed here and
there, and the programs must end all the same: with a status of theirs, and with a message if that is an error."""

import pathlib
import random
import sys
import time

TESTS = pathlib.Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "servers"), str(TESTS / "fakes")]

from liar import close, replay, wait_for_end  # noqa: E402
from recordings import recordings  # noqa: E402
from resp import encode, leaves, replace  # noqa: E402
from trials import ANSWERS, ERRORS, Trials  # noqa: E402
from wrong import EXTREMES, HUGE, LENGTHS, WRONG  # noqa: E402

RAW = [*WRONG.values(), *LENGTHS.values(), *(each for each in HUGE.values() if len(each) < 10_000)]


def changed_tree(rng, value):
    """A reply with a leaf changed."""
    where, leaf = rng.choice(list(leaves(value)) or [((), value)])
    if isinstance(leaf, int):
        other = rng.choice(EXTREMES)
    elif isinstance(leaf, bytes) and rng.random() < 0.5:
        at = rng.randrange(len(leaf) + 1)
        other = leaf[:at] + rng.randbytes(rng.randrange(1, 4)) + leaf[at + rng.randrange(3) :]
    else:
        other = rng.choice((None, [], b"", 0, -1, b"9223372036854775807", [[]], [leaf] * 3, (b"+", b"OK"), (b"-", b"ERR")))
    return replace(value, where, other)


def changed_bytes(rng, data):
    at = rng.randrange(len(data) + 1)
    return rng.choice((
        data[:at],
        data[:at] + rng.randbytes(1) + data[at + 1 :],
        data[:at] + rng.choice((b"*1\r\n", b"$-1\r\n", b"\r\n", b":", b"*9\r\n", b"$99999\r\n")) + data[at:],
        data[:at] + data[at + 1 :],
        data + data,
        b"",
        rng.choice(RAW),
    ))


def case(rng, recorded):
    """A command, and what it is answered."""
    command, _, connections = rng.choice(recorded)
    if "wq-work" in command and rng.random() < 0.5:
        # It takes its time to end.
        command, _, connections = recorded[0]
    connections = [list(replies) for replies in connections]
    for _ in range(rng.choice((0, 1, 1, 2))):
        replies = rng.choice(connections)
        n = rng.randrange(len(replies))
        replies[n] = changed_tree(rng, replies[n])
    encoded = [[encode(reply) for reply in replies] for replies in connections]
    for _ in range(rng.choice((0, 0, 1, 2))):
        replies = rng.choice(encoded)
        n = rng.randrange(len(replies))
        replies[n] = changed_bytes(rng, replies[n])
    # Whoever connects again is told the same, or else nothing.
    again = encoded * rng.choice((1, 1, 1, 8))
    return command, replay(again, close if rng.random() < 0.95 else wait_for_end)


def main():
    folder, seconds, seed, *one = sys.argv[1:]
    trials = Trials(folder, workers=48)
    trials.environment.update(WQ_CONNECT_TIMEOUT="20ms", WQ_COMMAND_TIMEOUT="20ms")
    recorded = recordings(trials, folder + "/s")
    end, number = time.monotonic() + float(seconds), int(one[0]) if one else 0
    while True:
        command, treat = case(random.Random("%s/%d" % (seed, number)), recorded)
        again = "fuzz: to see it again: FUZZ_SEED=%s FUZZ_CASE=%d Tests/fuzz/run programs" % (seed, number)
        trials.case(again, command, treat, ANSWERS + ERRORS + (65, 66, 77, 78))
        number += 1
        while len(trials.cases) > 300 and not trials.cases[-300].done():
            time.sleep(0.001)
        if one or time.monotonic() > end:
            break
    print("# programs, with FUZZ_SEED=%s:" % seed)
    trials.finish()


main()
