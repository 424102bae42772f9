#!/usr/bin/python3
"""permitted.py SOCKET USER KEY: of all commands and subcommands that the server has, those that the user may run; and
after a tab `keys` if the command takes keys, and the user may run it with this one. Nothing is run: see ACL DRYRUN."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent.parent / "fakes")]

from resp import Redis  # noqa: E402


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
        words = name.decode().split("|")
        words += [key] * (abs(info[1]) - len(words))
        try:
            verdict = redis("ACL", "DRYRUN", user, *words).decode()
        except RuntimeError as error:
            sys.exit("%s: %s" % (name.decode(), error))
        if "no permissions to run" in verdict:
            continue
        takes_keys = info[3] > 0 and verdict == "OK"
        print(name.decode() + ("\tkeys" if takes_keys else ""))


main(*sys.argv[1:])
