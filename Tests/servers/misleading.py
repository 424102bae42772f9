"""Hostile families: cluster nodes and sentinels that lie about where to go."""

import time

from liar import Server, always
from resp import NULL, array, bulk, number
from trials import ANSWERS, COMMANDS
from wrong import HUGE, LENGTHS, WRONG


def clusters(trials, _):
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
            trials.case(name, command, always(lie), statuses)
    for command in COMMANDS:
        statuses = (69, 75, 76) + (ANSWERS if command == "wq-doctor" else ())
        trials.case("late, to nobody", command, always(late(lies["to nobody"])), statuses)
    trials.wait()
    nodes[0].treat = always(lies["to itself"])
    for command in COMMANDS:
        trials.case("to itself", command, always(lies["to itself"]), (69, 75, 76))


def late(lie):
    """Tells the lie so late the first time that the program asks again on another connection."""
    told = []

    def answer(words):
        told.append(words)
        if len(told) == 1:
            time.sleep(0.4)
        return lie

    return answer


def sentinels(trials, _):
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
            trials.sentinel(name, command, always(lie), statuses)
    # One that names itself as the primary.
    server = Server()
    itself = array(here, bulk(b"%d" % server.port))
    server.treat = always(lambda words: itself)
    for command in COMMANDS:
        trials.case("itself", command, None, (69, 76), url="redis+sentinel://127.0.0.1:%d/mymaster" % server.port)
