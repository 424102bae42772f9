"""Hostile families: answers of a wrong type, shape, length or size to everything that a program asks."""

from liar import always, commands, is_greeting, pours, wait_for_end
from resp import OK, array, bulk, number
from trials import ANSWERS, COMMANDS, LEASE
from wrong import EPOCH, HUGE, LENGTHS, WRONG


def may_be_taken(command, reply):
    """Whether this is an answer to what the program asks."""
    program = command.split()[0]
    if program == "wq-doctor" and command != "wq-doctor job":
        # It tells what it could not see.
        return True
    if program == "wq-list":
        # No item, and what time it is.
        return reply == WRONG["list of one number"]
    # No lease that was not held.
    names_leases = program in ("wq-complete", "wq-renew", "wq-release") or command.startswith("wq-drop job ")
    return names_leases and reply == WRONG["empty list"]


def types(trials, _):
    """The same answer to everything but the greetings."""
    for name, reply in WRONG.items():
        for command in COMMANDS:
            if not may_be_taken(command, reply):
                trials.case(name, command, always(reply))
            elif "sleep" not in command:
                trials.case(name, command, always(reply), ANSWERS + (69, 76))


def greetings(trials, _):
    """The same answer to everything. With a password and a database there are more greetings."""
    trials.environment["WQ_PASSWORD"] = "secret"
    for name, reply in dict(WRONG, **LENGTHS).items():
        for command in "wq-push job apple", "wq-lease job", "wq-empty job", "wq-work -l 3s job true":
            # An error in reply to the password is a refusal.
            statuses = (69, 76, 77) if reply.startswith(b"-") else (69, 76)
            trials.case(name, command, always(reply, greeting=None), statuses)


def lengths(trials, _):
    """What cannot be, or is not asked for by anybody, is refused when it is announced."""
    for name, reply in dict(LENGTHS, **HUGE).items():
        for command in COMMANDS:
            trials.case(name, command, always(reply, then=wait_for_end), (76,), says=b"does not answer like Redis")
    for name, reply in HUGE.items():
        trials.case(name, "wq-lease job", always(reply, greeting=None, then=wait_for_end), (76,))


def memory(trials, _):
    """Memory grows with what arrives, not with what is announced, and waiting ends. The limit leaves no room for
    more."""
    for command in COMMANDS:
        for size in 2**29, 2**31, 2**40, 2**63 - 1:
            reply = b"$%d\r\nabc" % size
            trials.case("%d bytes announced" % size, command, always(reply, then=wait_for_end), limit=48)
            nested = array(bulk(b"leased"), reply)
            trials.case("%d bytes announced in a list" % size, command, always(nested, then=wait_for_end), limit=48)
        trials.case("a line feed for an end", command, always(b"+OK\n"), limit=48)
        # A program may take 100 ms for it; then it has had enough.
        trials.case("a large string, slowly", command, pours(b"$536870912\r\n", b"x" * 4096, pause=0.01), limit=48)
        trials.case("a list, slowly", command, pours(b"*100000\r\n", b":1\r\n" * 10, pause=0.01), limit=48)
        for name, first in ("status", b"+"), ("error", b"-"), ("number", b":"), ("length", b"$"), ("list", b"*"):
            chunk = b"x" * 65536 if first in b"+-" else b"1" * 65536
            trials.case("an endless " + name, command, pours(first, chunk), (76,), says=b"larger", limit=48)
        trials.case("an endless list of lists", command, pours(b"*100000\r\n", b"*1000\r\n" + b"*0\r\n" * 1000), limit=48)
    # As many as there may be, of which nobody can make anything.
    for element in b":1\r\n", b"*0\r\n", b"$-1\r\n", bulk(b"x"):
        for command in COMMANDS:
            if command != "wq-doctor":
                trials.case("a list of 131,072", command, always(b"*131072\r\n" + element * 131072), limit=64)


def large(trials, _):
    """An item of 64 MB is none of these."""
    item = b"0123456789abcdef" * 2**22
    head = b"*7\r\n" + bulk(b"leased") + number(0) + bulk(EPOCH) + number(7) + bulk(LEASE.encode()) + number(1) + b"$%d\r\n" % len(item)

    def treat(connection, _):
        for words in commands(connection):
            if is_greeting(words):
                connection.sendall(OK)
                continue
            connection.sendall(head)
            for at in range(0, len(item), 2**20):
                connection.sendall(item[at : at + 2**20])
            connection.sendall(b"\r\n")

    # What arrives, the reply made of it, the item, and what is printed.
    trials.case("64 MB", "wq-lease job", treat, (0,), megabytes=5 * 64, prints=LEASE.encode() + b"\t" + item + b"\n")
