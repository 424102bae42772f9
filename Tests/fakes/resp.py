"""The protocol of Redis (RESP2) as the tests need it: replies are written, read, and asked for.

A reply is an int, bytes (of a bulk string), None, a list of replies, or a tuple of kind and line for a status (b"+") or
an error (b"-").
"""

import io
import socket

NULL = b"$-1\r\n"
OK = b"+OK\r\n"


def bulk(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


def number(value):
    return b":%d\r\n" % value


def array(*replies):
    return b"*%d\r\n%s" % (len(replies), b"".join(replies))


def encode(reply):
    """The bytes of a reply."""
    if reply is None:
        return NULL
    if isinstance(reply, int):
        return number(reply)
    if isinstance(reply, bytes):
        return bulk(reply)
    if isinstance(reply, tuple):
        return reply[0] + reply[1] + b"\r\n"
    return array(*map(encode, reply))


def read(stream):
    """The next reply (or command, which is a list) of a stream. EOFError if the stream ends before it does, ValueError if
    it is none."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError("the connection was closed")
    kind, rest = line[:1], line[1:-2]
    if kind in (b"+", b"-"):
        return kind, rest
    if kind == b":":
        return int(rest)
    if kind not in (b"$", b"*"):
        raise ValueError("not a reply: %r" % line)
    if rest == b"-1":
        return None
    if kind == b"*":
        return [read(stream) for _ in range(int(rest))]
    data = stream.read(int(rest) + 2)
    if len(data) < int(rest) + 2:
        raise EOFError("the connection was closed")
    return data[:-2]


def read_some(data):
    """-> the replies (or commands) that these bytes begin with, and the bytes that make up no whole one"""
    stream, replies, end = io.BytesIO(data), [], 0
    while end < len(data):
        try:
            replies.append(read(stream))
        except EOFError:
            break
        end = stream.tell()
    return replies, data[end:]


def read_all(data):
    """The replies that these bytes are."""
    replies, left = read_some(data)
    if left:
        raise EOFError("the connection was closed")
    return replies


def commands(connection):
    """Each command that a client sends, as its words, until the client closes the connection."""
    stream = connection.makefile("rb")
    while True:
        try:
            words = read(stream)
        except EOFError:
            return
        yield words


def leaves(reply, where=()):
    """The places in a reply (a tree of lists), and what is there."""
    if isinstance(reply, list):
        for n, each in enumerate(reply):
            yield from leaves(each, where + (n,))
    else:
        yield where, reply


def replace(reply, where, other):
    """The reply with something else at that place."""
    if not where:
        return other
    return [replace(each, where[1:], other) if n == where[0] else each for n, each in enumerate(reply)]


class Redis:
    """One connection to a server on a Unix socket. Commands are sequences of bytes, str or int; a status is answered as
    bytes, an error is raised as a RuntimeError."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")

    def __call__(self, *command):
        return self.all([command])[0]

    def all(self, commands):
        """Sends them together; answers all their replies."""
        words = [[word if isinstance(word, bytes) else str(word).encode() for word in command] for command in commands]
        self.socket.sendall(b"".join(map(encode, words)))
        return [_plain(reply) for reply in [read(self.stream) for _ in commands]]

    def now(self):
        """The server's clock in ms."""
        return milliseconds(self("TIME"))


def _plain(reply):
    if isinstance(reply, list):
        return [_plain(each) for each in reply]
    if isinstance(reply, tuple):
        if reply[0] == b"-":
            raise RuntimeError(reply[1].decode())
        return reply[1]
    return reply


def milliseconds(time):
    """The time of a reply to TIME."""
    return int(time[0]) * 1000 + int(time[1]) // 1000
