"""The replies of Redis (RESP2): written, taken apart, and recorded."""

import socket
import threading


def bulk(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


def number(value):
    return b":%d\r\n" % value


def array(*replies):
    return b"*%d\r\n%s" % (len(replies), b"".join(replies))


NULL = b"$-1\r\n"
OK = b"+OK\r\n"


def parse(data, at=0):
    """The reply at that place, and where it ends: an int, bytes (of a bulk), None, a list, or a tuple of kind and line
    for a status or an error. ValueError or IndexError if there is none, or only a part of one."""
    end = data.index(b"\r\n", at)
    kind, line, at = data[at : at + 1], data[at + 1 : end], end + 2
    if kind == b":":
        return int(line), at
    if kind in b"+-":
        return (kind, line), at
    if line == b"-1":
        return None, at
    if kind == b"$":
        if len(data) < at + int(line) + 2:
            raise IndexError
        return data[at : at + int(line)], at + int(line) + 2
    if kind != b"*":
        raise ValueError(kind)
    values = []
    for _ in range(int(line)):
        value, at = parse(data, at)
        values.append(value)
    return values, at


def encode(value):
    """What parse takes apart."""
    if value is None:
        return NULL
    if isinstance(value, int):
        return number(value)
    if isinstance(value, bytes):
        return bulk(value)
    if isinstance(value, tuple):
        return value[0] + value[1] + b"\r\n"
    return array(*map(encode, value))


class Recorder:
    """Stands before a Redis and keeps what it answers, for each connection: one list of replies."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.connections = []
        self.threads = []

    def treat(self, connection, number):
        replies = bytearray()
        self.connections.append(replies)
        with socket.socket(socket.AF_UNIX) as redis:
            redis.connect(self.upstream)
            back = threading.Thread(target=self._back, args=(redis, connection, replies), daemon=True)
            back.start()
            while data := connection.recv(65536):
                redis.sendall(data)
            redis.shutdown(socket.SHUT_WR)
            back.join()

    @staticmethod
    def _back(redis, connection, replies):
        try:
            while data := redis.recv(65536):
                replies.extend(data)
                connection.sendall(data)
        except OSError:
            pass

    def recorded(self):
        """Of each connection."""
        result = []
        for data in map(bytes, self.connections):
            at, values = 0, []
            while at < len(data):
                value, at = parse(data, at)
                values.append(value)
            result.append(values)
        return result
