"""proxy.py SOCKET UPSTREAM HOW...: stands on SOCKET before the Redis at UPSTREAM (a Unix socket).

count           forwards; for each connection that ended, says "requests N": how often its client sent something
                and then waited for the answer
lose N TIMES    Redis carries out what it is sent, but the N-th answer of each of the first TIMES connections never
                arrives: the connection is closed instead, which says "lost"
silent          accepts, reads, and never answers
"""

import os
import selectors
import socket
import sys
import threading

# What is sent within this time is sent at once.
PAUSE = 0.03


def read_all(sock):
    """What comes until there is a pause; nothing at the end."""
    data = sock.recv(65536)
    sock.settimeout(PAUSE)
    try:
        while data and (more := sock.recv(65536)):
            data += more
    except TimeoutError:
        pass
    sock.settimeout(None)
    return data


def count(client, redis, _):
    requests, waiting = 0, False
    for source, target in exchange(client, redis):
        data = read_all(source)
        if not data:
            break
        if source is client and not waiting:
            requests += 1
        waiting = source is client
        target.sendall(data)
    print("requests", requests, flush=True)


def lose(client, redis, n):
    answers, waiting = 0, False
    for source, target in exchange(client, redis):
        data = source.recv(65536)
        if not data:
            return
        if source is client:
            waiting = True
        elif waiting:
            answers, waiting = answers + 1, False
        if answers == n:
            # It does all that it was sent before it closes.
            redis.shutdown(socket.SHUT_WR)
            while redis.recv(65536):
                pass
            print("lost", flush=True)
            return
        target.sendall(data)


def forward(client, redis, _):
    for source, target in exchange(client, redis):
        data = source.recv(65536)
        if not data:
            return
        target.sendall(data)


def exchange(client, redis):
    """Each time one of the two has something to say: that one, and the other."""
    with selectors.DefaultSelector() as both:
        both.register(client, selectors.EVENT_READ, redis)
        both.register(redis, selectors.EVENT_READ, client)
        while True:
            for key, _ in both.select():
                yield key.fileobj, key.data


def run(treatment, client, upstream, n):
    with client, socket.socket(socket.AF_UNIX) as redis:
        redis.connect(upstream)
        try:
            treatment(client, redis, n)
        except OSError:
            pass


def main():
    path, upstream, how, *numbers = sys.argv[1:]
    n, times = map(int, numbers) if numbers else (0, 0)
    # Bound under another name first: who sees the socket can connect to it.
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + "~")
    server.listen(64)
    os.rename(path + "~", path)
    connections = []
    while True:
        client, _ = server.accept()
        connections.append(client)
        if how == "silent":
            continue
        treatment = count if how == "count" else lose if len(connections) <= times else forward
        threading.Thread(target=run, args=(treatment, client, upstream, n), daemon=True).start()


main()
