"""As much of a Redis client as the tests need."""

import socket


class Redis:
    """One connection to a server on a Unix socket. Commands are sequences of bytes, str or int."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")

    def __call__(self, *command):
        return self.all([command])[0]

    def all(self, commands):
        """Sends them together; answers all their replies."""
        out = []
        for command in commands:
            out.append(b"*%d\r\n" % len(command))
            for word in command:
                word = word if isinstance(word, bytes) else str(word).encode()
                out.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(out))
        replies = [self._reply() for _ in commands]
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def now(self):
        """The server's clock in ms."""
        return milliseconds(self("TIME"))

    def _reply(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self._reply() for _ in range(int(rest))]


def milliseconds(time):
    """Of a reply to TIME."""
    return int(time[0]) * 1000 + int(time[1]) // 1000
