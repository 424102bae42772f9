"""Servers that answer what they are told to.

liar.py PLACE close           closes each connection at once
liar.py PLACE silent          reads and never answers
liar.py PLACE say TEXT        answers the first bytes of a client with TEXT (which has escapes like \\r\\n), then closes
liar.py PLACE hold TEXT       answers so, too, and is silent then
liar.py PLACE repeat WHEN TEXT
                              answers each command that is called WHEN (other: that is no greeting) with the error TEXT, in
                              which {raw}, {percent}, {escaped}, {upper}, {spaced} and {cut} are the last password that it
                              heard, in that form; each other command with OK. It says what it hears

PLACE is a path for a Unix socket, or a port of 127.0.0.1.
"""

import os
import signal
import socket
import sys
import threading
import time

from resp import OK, commands


class Server:
    """On the Unix socket of that path, or on a port of 127.0.0.1 (0: any that is free). What it does to a connection, each
    of which has a thread and is closed then, is `treat`, a function of the connection and its number."""

    def __init__(self, place=0, treat=lambda connection, number: None):
        self.treat = treat
        self.connections = 0
        if isinstance(place, str):
            # It is bound under another name first: clients that see the socket can connect to it.
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(place + "~")
            self.socket.listen(64)
            os.rename(place + "~", place)
            self.url = "unix://" + place
        else:
            self.socket = socket.create_server(("127.0.0.1", place), backlog=64)
            self.port = self.socket.getsockname()[1]
            self.url = "redis://127.0.0.1:%d" % self.port
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.socket.accept()
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(self.treat, connection, number), daemon=True).start()

    @staticmethod
    def _serve(treat, connection, number):
        with connection:
            try:
                treat(connection, number)
            except OSError:
                pass


# What may come after answers: the end of the connection, or nothing.


def close(_):
    pass


def wait_for_end(connection):
    while connection.recv(65536):
        pass


# Treatments of connections.


def say(data, then=close):
    """Answers the first bytes that come, whatever they are."""

    def treat(connection, _):
        if connection.recv(65536):
            connection.sendall(data)
            then(connection)

    return treat


def is_greeting(words):
    return words[0] in (b"AUTH", b"SELECT", b"CLIENT", b"ROLE", b"ASKING")


def always(reply, greeting=OK, then=None):
    """Answers each command with the same, greetings perhaps with something else. A function makes it of the command's
    words. `then` is what follows the first answer."""

    def treat(connection, _):
        for words in commands(connection):
            if greeting is not None and is_greeting(words):
                connection.sendall(greeting)
                continue
            connection.sendall(reply(words) if callable(reply) else reply)
            if then:
                then(connection)
                return

    return treat


def scripted(**answers):
    """Answers each command by its name, by default OK. If it is to know a script by its text, it knows none by a digest."""
    if "eval" in answers:
        answers.setdefault("evalsha", b"-NOSCRIPT\r\n")

    def reply(words):
        answer = answers.get(words[0].decode().lower(), OK)
        return answer(words) if callable(answer) else answer

    return always(reply, greeting=None)


def pours(first, chunk, greeting=OK, pause=0):
    """Answers with `first` and then with the chunk for ever."""

    def treat(connection, _):
        for words in commands(connection):
            if is_greeting(words):
                connection.sendall(greeting)
                continue
            connection.sendall(first)
            while True:
                connection.sendall(chunk)
                time.sleep(pause)

    return treat


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


def cut_at(replies, place, then):
    """Answers the commands of the first connection with the replies, up to so many bytes; then does something else, and
    so it does to all other connections."""

    def treat(connection, number):
        left, rest = place if number == 0 else 0, list(replies)
        for _ in commands(connection):
            reply = rest.pop(0)[:left] if rest else b""
            connection.sendall(reply)
            left -= len(reply)
            if left == 0:
                break
        then(connection)

    return treat


def forms(secret):
    return {
        b"{raw}": secret,
        b"{percent}": b"".join(b"%%%02X" % byte for byte in secret),
        b"{escaped}": b"".join(b"\\x%02x" % byte for byte in secret),
        b"{upper}": secret.upper(),
        b"{spaced}": secret.replace(b"\n", b" "),
        b"{cut}": secret[:20],
    }


def repeat(when, text):
    """Repeats passwords in errors."""

    def treat(connection, _):
        secret = b"no password yet"
        for words in commands(connection):
            print("heard", *words, flush=True)
            if words[0] == b"AUTH":
                secret = words[-1]
            if words[0] != when and (when != b"other" or is_greeting(words)):
                connection.sendall(OK)
                continue
            reply = text
            for name, form in forms(secret).items():
                reply = reply.replace(name, form)
            connection.sendall(b"-" + reply.replace(b"\n", b" ") + b"\r\n")

    return treat


def main():
    place, how, *text = sys.argv[1:]
    data = text[0].encode().decode("unicode_escape").encode("latin-1") if text else b""
    treatments = {
        "close": lambda connection, _: close(connection),
        "silent": lambda connection, _: wait_for_end(connection),
        "say": say(data),
        "hold": say(data, then=wait_for_end),
        "repeat": repeat(*map(os.fsencode, text)) if how == "repeat" else None,
    }
    Server(int(place) if place.isdecimal() else place, treatments[how])
    print("listening", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
