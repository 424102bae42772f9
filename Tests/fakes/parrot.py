#!/usr/bin/python3
"""parrot.py WHERE WHEN TEXT: a server on a Unix socket or a port of 127.0.0.1 that repeats passwords. It answers the commands named WHEN with the error TEXT, in
which {raw}, {percent}, {escaped}, {upper}, {spaced} and {cut} are the last password that it heard, in that form; for any
other it says OK. WHEN `other` is every command that is no greeting. It tells what it hears."""

import socket
import sys
import threading

GREETINGS = (b"AUTH", b"CLIENT", b"SELECT", b"ROLE")


def forms(secret):
    return {
        b"{raw}": secret,
        b"{percent}": b"".join(b"%%%02X" % byte for byte in secret),
        b"{escaped}": b"".join(b"\\x%02x" % byte for byte in secret),
        b"{upper}": secret.upper(),
        b"{spaced}": secret.replace(b"\n", b" "),
        b"{cut}": secret[:20],
    }


def serve(connection, when, text):
    stream = connection.makefile("rb")
    secret = b"no password yet"
    while line := stream.readline():
        words = []
        for _ in range(int(line[1:])):
            words.append(stream.read(int(stream.readline()[1:]) + 2)[:-2])
        print("heard", *words, flush=True)
        if words[0] == b"AUTH":
            secret = words[-1]
        if words[0] == when or when == b"other" and words[0] not in GREETINGS:
            reply = text
            for name, form in forms(secret).items():
                reply = reply.replace(name, form)
            connection.sendall(b"-" + reply.replace(b"\n", b" ") + b"\r\n")
        else:
            connection.sendall(b"+OK\r\n")


def main(path, when, text):
    server = socket.socket(socket.AF_INET if path.isdigit() else socket.AF_UNIX)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(path)) if path.isdigit() else path)
    server.listen(64)
    print("listening", flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=(connection, when.encode(), text.encode()), daemon=True).start()


main(*sys.argv[1:])
