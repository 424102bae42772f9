"""A server on a Unix socket that fails in a chosen way.

faulty.py SOCKET close              accepts and closes at once
faulty.py SOCKET say TEXT           answers the first bytes of a client with TEXT, then closes
faulty.py SOCKET cut UPSTREAM requests|replies N [TIMES]
                                    forwards to the Redis at UPSTREAM; the first TIMES (1) connections
                                    are cut after N bytes in that direction, later ones are left whole;
                                    says "cut" each time
"""

import os
import selectors
import socket
import sys
import threading


def listen(path):
    # Bound under another name first: who sees the socket can connect to it.
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + "~")
    server.listen(64)
    os.rename(path + "~", path)
    return server


def forward(client, upstream, direction, limit):
    """Passes bytes both ways until an end, or until `limit` of them went in `direction`."""
    redis = socket.socket(socket.AF_UNIX)
    redis.connect(upstream)
    ways = selectors.DefaultSelector()
    ways.register(client, selectors.EVENT_READ, (redis, "requests"))
    ways.register(redis, selectors.EVENT_READ, (client, "replies"))
    try:
        while True:
            for key, _ in ways.select():
                target, way = key.data
                data = key.fileobj.recv(65536)
                if way == direction and limit is not None:
                    target.sendall(data[:limit])
                    limit -= len(data)
                    if limit <= 0:
                        print("cut", flush=True)
                        return
                else:
                    target.sendall(data)
                if not data:
                    return
    except OSError:
        pass
    finally:
        client.close()
        redis.close()


def main():
    server = listen(sys.argv[1])
    fault, rest = sys.argv[2], sys.argv[3:]
    connections = 0
    while True:
        client, _ = server.accept()
        connections += 1
        if fault == "close":
            client.close()
        elif fault == "say":
            client.recv(65536)
            client.sendall(rest[0].encode().decode("unicode_escape").encode("latin-1"))
            client.close()
        elif fault == "cut":
            times = int(rest[3]) if len(rest) > 3 else 1
            limit = int(rest[2]) if connections <= times else None
            threading.Thread(target=forward, args=(client, rest[0], rest[1], limit), daemon=True).start()


main()
