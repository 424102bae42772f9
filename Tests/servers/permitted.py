#!/usr/bin/python3
"""permitted.py SOCKET USER KEY: of all commands and subcommands that the server has, those that the user may run; and
after a tab `keys` if the command takes keys, and the user may run it with this one. Nothing is run: see ACL DRYRUN."""

import socket
import sys


class Redis:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")

    def __call__(self, *words):
        sent = b"*%d\r\n" % len(words)
        for word in words:
            sent += b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode())
        self.socket.sendall(sent)
        return self.reply()

    def reply(self):
        kind, line = (first := self.stream.readline())[:1], first[1:-2].decode()
        if kind == b"*":
            return [self.reply() for _ in range(int(line))]
        if kind == b"$":
            return None if line == "-1" else self.stream.read(int(line) + 2)[:-2].decode()
        return "-" + line if kind == b"-" else line


def each_command(infos):
    """Name and details of each command that can be run: those with subcommands cannot by themselves."""
    for info in infos:
        if info[9]:
            yield from each_command(info[9])
        else:
            yield info[0], info


def main(path, user, key):
    redis = Redis(path)
    for name, info in sorted(each_command(redis("COMMAND"))):
        words = name.split("|")
        words += [key] * (abs(int(info[1])) - len(words))
        verdict = redis("ACL", "DRYRUN", user, *words)
        if verdict.startswith("-"):
            sys.exit(f"{name}: {verdict}")
        if "no permissions to run" in verdict:
            continue
        takes_keys = int(info[3]) > 0 and verdict == "OK"
        print(name + ("\tkeys" if takes_keys else ""))


main(*sys.argv[1:])
