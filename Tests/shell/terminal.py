"""terminal.py COLUMNS COMMAND [AWAITED KEYS]...: runs the command (of a shell) on a terminal so wide. When
the next text awaited has been shown, the keys are typed (\\3 is Ctrl-C). Prints what the terminal was sent
and ends with the command's status; 99 if something never came or the command did not end."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def converse(child, terminal, script):
    """Returns what was shown, and the status."""
    seen = 0
    shown = b""
    while True:
        if script and script[0].encode() in shown[seen:]:
            seen = shown.index(script[0].encode(), seen) + len(script[0].encode())
            os.write(terminal, script[1].encode().decode("unicode_escape").encode())
            script = script[2:]
        elif not select.select([terminal], [], [], 5)[0]:
            return shown, 99
        else:
            try:
                shown += os.read(terminal, 65536)
            except OSError:
                # Nobody has the terminal open any more.
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                return shown, 99 if script else status if status >= 0 else 128 - status


def main():
    columns, command, *script = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
        os.execvp("sh", ["sh", "-c", command])
    shown, status = converse(child, terminal, script)
    # What still runs there, in whatever process group, belongs to the terminal's session.
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(process)) == child:
                os.kill(int(process), signal.SIGKILL)
        except OSError:
            pass
    sys.stdout.buffer.write(shown)
    sys.exit(status)


main()
