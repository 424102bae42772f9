"""Stands on a Unix socket before a real Redis on another one, and does something to what passes.

proxy.py SOCKET UPSTREAM cut requests|replies BYTES [TIMES]
                    the first TIMES (1) connections are cut after so many bytes in that direction, which says "cut"
proxy.py SOCKET UPSTREAM choke BYTES
                    each connection is cut after so many bytes of requests; what is sent within a moment is sent at once, as
                    over a network that is slow
proxy.py SOCKET UPSTREAM lose N TIMES [COMMAND]
                    Redis carries out what it is sent, but the N-th answer of each of the first TIMES connections never
                    arrives: the connection is closed instead, which says "lost"; before that the shell runs COMMAND
proxy.py SOCKET UPSTREAM hold N FILE [TEXT]
                    the N-th answer of the first connection that has TEXT in it arrives only when FILE exists; says "held" when it is there
proxy.py SOCKET UPSTREAM mute FILE
                    when FILE exists, nothing gets through in either direction, as over a network that has come apart:
                    nothing is closed
proxy.py SOCKET UPSTREAM refuse FILE TEXT
                    when FILE exists, each command is answered with the error TEXT, those that come together at once
proxy.py SOCKET UPSTREAM count
                    for each connection that ended, says "requests N": how often its client sent something and then
                    waited for the answer
"""

import math
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

from liar import Server
from resp import read_all, read_some

# What is sent within this time (s) is sent at once.
PAUSE = 0.03


def through(upstream, behaviour):
    """A treatment for a Server: a connection is passed on to Redis by `behaviour`, a function of the client's connection,
    the one to Redis, and their number; both are closed then."""

    def treat(client, number):
        with socket.socket(socket.AF_UNIX) as redis:
            redis.connect(upstream)
            behaviour(client, redis, number)

    return treat


def exchange(client, redis):
    """Each time one of the two says something: that one, the other one, and what it says. Ends when one of them does."""
    with selectors.DefaultSelector() as both:
        both.register(client, selectors.EVENT_READ, redis)
        both.register(redis, selectors.EVENT_READ, client)
        while True:
            for key, _ in both.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                yield key.fileobj, key.data, data


def forward(client, redis, _=0):
    for _, target, data in exchange(client, redis):
        target.sendall(data)


def rest(redis):
    """What Redis still answers to what it was sent: it carries out all of it."""
    redis.shutdown(socket.SHUT_WR)
    data = b""
    while more := redis.recv(65536):
        data += more
    return data


def at_once(source):
    """What it sends within a moment of what it sent before."""
    data = b""
    source.settimeout(PAUSE)
    try:
        while more := source.recv(65536):
            data += more
    except TimeoutError:
        pass
    source.settimeout(None)
    return data


class Cut:
    """The first `times` connections are cut after `limit` bytes in a direction; all of it may change while it serves."""

    def __init__(self, direction, limit, times, slow=False):
        self.direction, self.limit, self.times, self.slow = direction, limit, times, slow
        self.cuts = 0

    def __call__(self, client, redis, number):
        if number >= self.times:
            forward(client, redis)
            return
        cut_from, left = client if self.direction == "requests" else redis, self.limit
        for source, target, data in exchange(client, redis):
            if source is not cut_from:
                target.sendall(data)
                continue
            if self.slow:
                data += at_once(source)
            target.sendall(data[:left])
            left -= len(data)
            if left <= 0:
                self.cuts += 1
                print("cut", flush=True)
                return


def lose(n, times, command=None):
    def behaviour(client, redis, number):
        if number >= times:
            forward(client, redis)
            return
        answers, waiting = 0, False
        for source, target, data in exchange(client, redis):
            if source is client:
                waiting = True
            elif waiting:
                answers, waiting = answers + 1, False
            if answers == n:
                rest(redis)
                if command:
                    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)
                print("lost", flush=True)
                return
            target.sendall(data)

    return behaviour


def hold(n, file, text=""):
    def behaviour(client, redis, number):
        answers, waiting = 0, False
        for source, target, data in exchange(client, redis):
            if source is client:
                waiting = True
            elif waiting and text.encode() in data:
                answers, waiting = answers + 1, False
                if answers == n and number == 0:
                    print("held", flush=True)
                    while not os.path.exists(file):
                        time.sleep(0.01)
            target.sendall(data)

    return behaviour


def mute(file):
    def behaviour(client, redis, _):
        for _, target, data in exchange(client, redis):
            while os.path.exists(file):
                time.sleep(0.1)
            target.sendall(data)

    return behaviour


def refuse(file, text):
    def behaviour(client, redis, _):
        left = b""
        for source, target, data in exchange(client, redis):
            if source is redis or not os.path.exists(file):
                target.sendall(data)
                continue
            commands, left = read_some(left + data + at_once(client))
            client.sendall(b"-%s\r\n" % text.encode() * len(commands))

    return behaviour


def count(client, redis, _):
    requests, waiting = 0, False
    for source, target, data in exchange(client, redis):
        data += at_once(source)
        if source is client and not waiting:
            requests += 1
        waiting = source is client
        target.sendall(data)
    print("requests", requests, flush=True)


class Recorder:
    """Keeps what Redis answers, for each connection."""

    def __init__(self):
        self.connections = []

    def __call__(self, client, redis, _):
        answers = bytearray()
        self.connections.append(answers)
        try:
            for source, target, data in exchange(client, redis):
                if source is redis:
                    answers += data
                target.sendall(data)
        finally:
            answers += rest(redis)

    def replies(self):
        """Of each connection that had some, the list of replies."""
        return [read_all(bytes(answers)) for answers in self.connections if answers]


def main():
    path, upstream, how, *words = sys.argv[1:]
    behaviours = {
        "cut": lambda direction, limit, times=1: Cut(direction, int(limit), int(times)),
        "choke": lambda limit: Cut("requests", int(limit), math.inf, slow=True),
        "lose": lambda n, times, command=None: lose(int(n), int(times), command),
        "hold": lambda n, file, text="": hold(int(n), file, text),
        "mute": mute,
        "refuse": refuse,
        "count": lambda: count,
    }
    Server(path, through(upstream, behaviours[how](*words)))
    signal.pause()


if __name__ == "__main__":
    main()
