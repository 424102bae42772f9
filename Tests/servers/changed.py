"""Hostile families: what a real Redis answers, cut or changed at each place."""

from liar import close, cut_at, replay, wait_for_end
from recordings import recordings
from resp import encode, leaves, replace
from trials import ANSWERS, ERRORS
from wrong import EXTREMES, WRONG


def cut(trials, upstream):
    """What Redis really answered, cut after each byte; then the connection is closed, or nothing comes any more."""
    trials.environment.update(WQ_CONNECT_TIMEOUT="30ms", WQ_COMMAND_TIMEOUT="30ms")
    for command, status, connections in recordings(trials, upstream):
        replies = list(map(encode, connections[0]))
        length = sum(map(len, replies))
        # Each place; of a long one (INFO) those at the beginning, and some further on. A worker does not ask in the same
        # order each time, and takes a second or two to give up.
        places, statuses = [*range(min(length, 300)), *range(300, length, 499)], (69, status)
        if "wq-work" in command:
            places, statuses = places[::9], ERRORS + (status,)
        for place in places:
            # All of it may have come already, but for answers that nobody needs.
            trials.case("closed after %d bytes" % place, command, cut_at(replies, place, close), statuses)
            if place % 5 == 0:
                treat = cut_at(replies, place, wait_for_end)
                trials.case("silent after %d bytes" % place, command, treat, statuses)


def numbers(trials, upstream):
    """What Redis really answered, with each number in it, and each text that is one, made extreme."""
    for command, _, connections in recordings(trials, upstream):
        for where, value in leaves(connections):
            if isinstance(value, int):
                others = EXTREMES
            elif isinstance(value, bytes) and value.isdigit():
                others = b"9223372036854775807", b"-1"
            else:
                continue
            for other in others:
                changed = [list(map(encode, replace(each, where[1:], other) if n == where[0] else each))
                           for n, each in enumerate(connections)]
                # It may be a number that the program has no use for, or shows as it is.
                trials.case("%s at %s" % (other, where), command, replay(changed, close), ERRORS + ANSWERS + (66,))


def steps(trials, upstream):
    """What Redis really answered, with one answer replaced by another that is none, or one too many."""
    for command, _, connections in recordings(trials, upstream):
        for n, replies in enumerate(connections):
            encoded = [list(map(encode, each)) for each in connections]
            for step in range(len(replies)):
                for name in "status", "the largest number", "null text", "list of lists", "unknown error", "map", "http":
                    changed = [list(each) for each in encoded]
                    changed[n][step] = WRONG[name]
                    trials.case("%s at step %d" % (name, step), command, replay(changed, close), ERRORS + ANSWERS + (66,))
                changed = [list(each) for each in encoded]
                changed[n][step] *= 3
                trials.case("thrice at step %d" % step, command, replay(changed, close), ERRORS + ANSWERS + (66,))
