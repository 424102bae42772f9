"""mute.py SOCKET UPSTREAM FILE: forwards SOCKET to the Redis at UPSTREAM until FILE exists; from then on
nothing gets through in either direction, as over a network that has come apart: nothing is closed."""

import os
import socket
import sys
import threading
import time


def forward(source, target, silence):
    while data := source.recv(65536):
        while os.path.exists(silence):
            time.sleep(1)
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def main():
    path, upstream, silence = sys.argv[1:]
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + "~")
    server.listen(64)
    os.rename(path + "~", path)
    while True:
        client, _ = server.accept()
        redis = socket.socket(socket.AF_UNIX)
        redis.connect(upstream)
        for pair in (client, redis), (redis, client):
            threading.Thread(target=forward, args=(*pair, silence), daemon=True).start()


main()
