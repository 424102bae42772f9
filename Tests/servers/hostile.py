"""hostile.py FAMILY FOLDER [SOCKET]: runs the programs against servers that do not answer like Redis, and tells of
each program that does not end as it must: by itself, with a status that the case allows, with a message of its own on
standard error if that is an error, and in little memory. FAMILY is one of the functions at the end; SOCKET is a real
Redis, for those that change what it answers."""

import sys

from liar import ANSWERS, COMMANDS, ERRORS, LEASE, Bench, Server, always, commands, is_greeting, pours, wait_for_end
from recordings import recordings
from replies import NULL, OK, array, bulk, encode, number
from wrong import HUGE, LENGTHS, WRONG

# Numbers for which there is no room somewhere.
EXTREMES = (-1, 2**31, 2**32, 2**53, 2**63 - 1, -(2**63))
BUSY = array(bulk(b"busy"), number(-1))


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
    return reply == WRONG["empty list"] and program in ("wq-complete", "wq-renew", "wq-release")


def types(bench, _):
    """The same answer to everything but the greetings."""
    for name, reply in WRONG.items():
        for command in COMMANDS:
            if not may_be_taken(command, reply):
                bench.case(name, command, always(reply))
            elif "sleep" not in command:
                bench.case(name, command, always(reply), ANSWERS + (69, 76))


def greetings(bench, _):
    """The same answer to everything. With a password and a database there are more greetings."""
    bench.environment["WQ_PASSWORD"] = "secret"
    for name, reply in dict(WRONG, **LENGTHS).items():
        for command in "wq-push job apple", "wq-lease job", "wq-empty job", "wq-work -l 3s job true":
            # An error in reply to the password is a refusal.
            statuses = (69, 76, 77) if reply.startswith(b"-") else (69, 76)
            bench.case(name, command, always(reply, greeting=None), statuses)


def lengths(bench, _):
    """What cannot be, or is not asked for by anybody, is refused when it is announced."""
    for name, reply in dict(LENGTHS, **HUGE).items():
        for command in COMMANDS:
            bench.case(name, command, always(reply, then="silent"), (76,), says=b"does not answer like Redis")
    for name, reply in HUGE.items():
        bench.case(name, "wq-lease job", always(reply, greeting=None, then="silent"), (76,))


def memory(bench, _):
    """Memory grows with what arrives, not with what is announced, and waiting ends. The limit leaves no room for
    more."""
    for command in COMMANDS:
        for size in 2**29, 2**31, 2**40, 2**63 - 1:
            reply = b"$%d\r\nabc" % size
            bench.case("%d bytes announced" % size, command, always(reply, then="silent"), limit=48)
            nested = array(bulk(b"leased"), reply)
            bench.case("%d bytes announced in a list" % size, command, always(nested, then="silent"), limit=48)
        bench.case("a line feed for an end", command, always(b"+OK\n"), limit=48)
        # A program may take 100 ms for it; then it has had enough.
        bench.case("a large string, slowly", command, pours(b"$536870912\r\n", b"x" * 4096, pause=0.01), limit=48)
        bench.case("a list, slowly", command, pours(b"*100000\r\n", b":1\r\n" * 10, pause=0.01), limit=48)
        for name, first in ("status", b"+"), ("error", b"-"), ("number", b":"), ("length", b"$"), ("list", b"*"):
            chunk = b"x" * 65536 if first in b"+-" else b"1" * 65536
            bench.case("an endless " + name, command, pours(first, chunk), (76,), says=b"larger", limit=48)
        bench.case("an endless list of lists", command, pours(b"*100000\r\n", b"*1000\r\n" + b"*0\r\n" * 1000), limit=48)
    # As many as there may be, of which nobody can make anything.
    for element in b":1\r\n", b"*0\r\n", b"$-1\r\n", bulk(b"x"):
        for command in COMMANDS:
            if command != "wq-doctor":
                bench.case("a list of 131,072", command, always(b"*131072\r\n" + element * 131072), limit=64)


def large(bench, _):
    """An item of 64 MB is none of these."""
    item = b"0123456789abcdef" * 2**22
    head = b"*5\r\n" + bulk(b"leased") + number(0) + bulk(LEASE.encode()) + number(1) + b"$%d\r\n" % len(item)

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
    bench.case("64 MB", "wq-lease job", treat, (0,), megabytes=5 * 64, prints=LEASE.encode() + b"\t" + item + b"\n")


def replay(connections, then=wait_for_end):
    """Answers the commands of each connection with its replies, and then does something else."""

    def treat(connection, number):
        replies = list(connections[number]) if number < len(connections) else []
        for _ in commands(connection):
            if not replies:
                break
            connection.sendall(replies.pop(0))
        then(connection)

    return treat


def cut_at(connections, place, then):
    """Answers the commands of the first connection with its replies, up to so many bytes; then does something else, and
    so it does to all others."""

    def treat(connection, number):
        left, replies = place if number == 0 else 0, list(map(encode, connections[0]))
        for _ in commands(connection):
            reply = replies.pop(0)[:left] if replies else b""
            connection.sendall(reply)
            left -= len(reply)
            if left == 0:
                break
        then(connection)

    return treat


def close(_):
    pass


def cut(bench, upstream):
    """What Redis really answered, cut after each byte; then the connection is closed, or nothing comes any more."""
    bench.environment.update(WQ_CONNECT_TIMEOUT="30ms", WQ_COMMAND_TIMEOUT="30ms")
    for command, status, connections in recordings(bench, upstream):
        length = sum(map(len, map(encode, connections[0])))
        # Each place; of a long one (INFO) those at the beginning, and some further on. A worker does not ask in the same
        # order each time, and takes a second or two to give up.
        places, statuses = [*range(min(length, 300)), *range(300, length, 499)], (69, status)
        if "wq-work" in command:
            places, statuses = places[::9], ERRORS + (status,)
        for place in places:
            # All of it may have come already, but for answers that nobody needs.
            bench.case("closed after %d bytes" % place, command, cut_at(connections, place, close), statuses)
            if place % 5 == 0:
                treat = cut_at(connections, place, wait_for_end)
                bench.case("silent after %d bytes" % place, command, treat, statuses)


def numbers(bench, upstream):
    """What Redis really answered, with each number in it, and each text that is one, made extreme."""
    for command, _, connections in recordings(bench, upstream):
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
                bench.case("%s at %s" % (other, where), command, replay(changed, close), ERRORS + ANSWERS)


def steps(bench, upstream):
    """What Redis really answered, with one answer replaced by another that is none, or one too many."""
    for command, _, connections in recordings(bench, upstream):
        for n, replies in enumerate(connections):
            encoded = [list(map(encode, each)) for each in connections]
            for step in range(len(replies)):
                for name in "status", "the largest number", "null text", "list of lists", "unknown error", "map", "http":
                    changed = [list(each) for each in encoded]
                    changed[n][step] = WRONG[name]
                    bench.case("%s at step %d" % (name, step), command, replay(changed, close), ERRORS + ANSWERS)
                changed = [list(each) for each in encoded]
                changed[n][step] *= 3
                bench.case("thrice at step %d" % step, command, replay(changed, close), ERRORS + ANSWERS)


def leaves(value, where=()):
    """The places in a tree of lists, and what is there."""
    if isinstance(value, list):
        for n, each in enumerate(value):
            yield from leaves(each, where + (n,))
    else:
        yield where, value


def replace(value, where, other):
    if not where:
        return other
    return [replace(each, where[1:], other) if n == where[0] else each for n, each in enumerate(value)]


def scripted(**answers):
    """Answers each command by its name, by default OK."""

    def reply(words):
        answer = answers.get(words[0].decode().lower(), OK)
        return answer(words) if callable(answer) else answer

    return always(reply, greeting=None)


def waiting(bench, _):
    """A server that has nothing to give, and answers nonsense to those who wait."""
    idle = {"eval": BUSY, "evalsha": BUSY, "script": bulk(b"0" * 40), "info": bulk(b"blocked_clients:1\r\n")}
    for command in "wq-lease -w job", "wq-lease --until-drained job", "wq-work -l 3s job true":
        for name, reply in WRONG.items():
            for verb in "script", "blmove":
                # Texts are digests and items, and null (hiredis 1 knows that of RESP3, too) is none.
                if reply[:1] in b"+$_" or reply == WRONG["null list"]:
                    continue
                # A worker can do without.
                if verb == "script" and reply[:1] == b"-" and "wq-work" in command:
                    continue
                bench.case("%s to %s" % (name, verb), command, scripted(**dict(idle, **{verb: reply})))
        for extreme in EXTREMES:
            info = bulk(b"blocked_clients:%d\r\n" % extreme)
            treat = scripted(**dict(idle, info=info, blmove=b":1\r\n"))
            bench.case("%d wait" % extreme, command, treat)


def holding(bench, _):
    """A server that lets a lease be had, and answers nonsense when it is to be renewed: the command is stopped when the
    lease has ended, if not before."""
    lease = array(bulk(b"leased"), number(0), bulk(LEASE.encode()), number(1), bulk(b"apple"))

    def once(good, reply):
        goods = [good]

        def treat(connection, _):
            for words in commands(connection):
                if words[0].startswith(b"EVAL"):
                    connection.sendall(goods.pop() if goods else reply)
                else:
                    connection.sendall(bulk(b"0" * 40) if words[0] == b"SCRIPT" else OK)

        return treat

    for name, reply in WRONG.items():
        if reply != WRONG["empty list"]:
            # What names another lease as lost says nothing of this one.
            bench.case(name, f"wq-renew -l 150ms job {LEASE} -- sleep 60", once(array(), reply))
            bench.case(name, "wq-work -l 150ms --kill-after 0 job sh -c 'sleep 60'", once(lease, reply), ERRORS)


def ending(bench, _):
    """A server that answers nonsense to a worker that wants to know whether it was the last."""
    item = array(bulk(b"leased"), number(0), bulk(LEASE.encode()), number(1), bulk(b"apple"))

    def looked(reply):
        def answer(words):
            return reply if b"What one who waits" in words[1] else array() if b"is done" in words[1] else item

        return scripted(eval=answer, script=b"-NOPERM\r\n")

    for name, reply in dict(WRONG, forgotten=b"-NOSCRIPT for ever\r\n", item=item).items():
        # One more item or one less, it ends as asked.
        bench.case(name, "wq-work --max-items 1 job true", looked(reply), (1, 69, 76))

    def deaf(connection, number):
        """Has something to do, then nothing, then is drained; but never answers one who waits."""
        states = [BUSY, BUSY, array(bulk(b"drained"), b":-1\r\n")]
        for words in commands(connection):
            if number == 0:
                connection.sendall(states.pop(0) if words[0].startswith(b"EVAL") and states else OK)

    bench.case("nothing to one who waits", "wq-work job true", deaf, (0,))


def extra(bench, _):
    """A server that tells a worker what it did not ask, for ever."""
    for name, reply in ("number", number(1)), ("text", bulk(b"apple")), ("error", b"-ERR no\r\n"), ("list", BUSY):

        def treat(connection, _, reply=reply):
            for words in commands(connection):
                connection.sendall(BUSY if words[0].startswith(b"EVAL") else OK)
                if words[0] == b"BLMOVE":
                    break
            while True:
                connection.sendall(reply * 1000)

        bench.case(name, "wq-work -l 3s job true", treat, (69, 75, 76))


def clusters(bench, _):
    """Nodes that lie about where a queue is."""
    nodes = Server(), Server()

    def points(port):
        return lambda words: b"-MOVED 1 127.0.0.1:%d\r\n" % port

    lies = {
        "to itself": points(nodes[0].port),
        "to and fro": points(nodes[1].port),
        "to nobody": b"-MOVED 1 127.0.0.1:1\r\n",
        "to a port that is none": b"-MOVED 1 127.0.0.1:99999\r\n",
        "to port 0": b"-MOVED 1 127.0.0.1:0\r\n",
        "to a negative port": b"-MOVED 1 127.0.0.1:-1\r\n",
        "to no address": b"-MOVED 1\r\n",
        "to nothing": b"-MOVED \r\n",
        "to an address of spaces": b"-MOVED      \r\n",
        "to no host": b"-MOVED 1 :%d\r\n" % nodes[0].port,
        "to a host that is none": b"-MOVED 1 \xff\x00\x01..:6379\r\n",
        "to a very long host": b"-MOVED 1 " + b"a" * 60000 + b":6379\r\n",
        "to an IPv6 address": b"-MOVED 1 ::1:1\r\n",
        "asks itself": b"-ASK 1 127.0.0.1:%d\r\n" % nodes[0].port,
        "asks nobody": b"-ASK 1 127.0.0.1:1\r\n",
        "in a script's error": b"-ERR Error running script: @user_script:1: MOVED 1 127.0.0.1:1\r\n",
        "try again": b"-TRYAGAIN for ever\r\n",
        "is down": b"-CLUSTERDOWN for ever\r\n",
        "no script": b"-NOSCRIPT for ever\r\n",
    }
    for node in nodes:
        node.treat = always(points(nodes[1 - nodes.index(node)].port))
    for name, lie in lies.items():
        if name == "to itself":
            continue
        for command in COMMANDS:
            # The doctor says what it could not see.
            statuses = (69, 75, 76) + (ANSWERS if command == "wq-doctor" else ())
            bench.case(name, command, always(lie), statuses)
    bench.wait()
    nodes[0].treat = always(lies["to itself"])
    for command in COMMANDS:
        bench.case("to itself", command, always(lies["to itself"]), (69, 75, 76))


def sentinels(bench, _):
    """Sentinels that answer nonsense, and lie."""
    here = bulk(b"127.0.0.1")
    lies = {
        "one word": array(here),
        "three words": array(here, bulk(b"1"), bulk(b"x")),
        "no host": array(bulk(b""), bulk(b"6379")),
        "no port": array(here, bulk(b"")),
        "port 0": array(here, bulk(b"0")),
        "a port too large": array(here, bulk(b"65536")),
        "a negative port": array(here, bulk(b"-1")),
        "a port that is a number": array(here, number(6379)),
        "a host that is a list": array(array(here), bulk(b"6379")),
        "a host with a NUL": array(bulk(b"127.0.0.1\0evil"), bulk(b"1")),
        "a host of 60,000 bytes": array(bulk(b"a" * 60000), bulk(b"6379")),
        "nulls": array(NULL, NULL),
        "nobody": array(here, bulk(b"1")),
    }
    answers = dict(WRONG, **LENGTHS, **HUGE, **lies)
    for name, lie in answers.items():
        # No such primary, it says.
        nulls = WRONG["null text"], WRONG["null list"], WRONG["resp3 null"]
        statuses = (69, 76, 78) if lie in nulls else (69, 76)
        for command in "wq-lease job", "wq-work job true":
            bench.sentinel(name, command, always(lie), statuses)
    # One that names itself as the primary.
    server = Server()
    itself = array(here, bulk(b"%d" % server.port))
    server.treat = always(lambda words: itself)
    for command in COMMANDS:
        bench.case("itself", command, None, (69, 76), url="redis+sentinel://127.0.0.1:%d/mymaster" % server.port)


FAMILIES = (
    types, greetings, lengths, memory, large, cut, numbers, steps, waiting, holding, ending, extra, clusters, sentinels,
)

if __name__ == "__main__":
    family = next(each for each in FAMILIES if each.__name__ == sys.argv[1])
    test = Bench(sys.argv[2])
    family(test, sys.argv[3] if len(sys.argv) > 3 else None)
    test.finish()
