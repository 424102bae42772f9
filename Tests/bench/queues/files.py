"""What needs no server: nq, GNU parallel, xargs."""
from base import COMMANDS_AT_ONCE, Queue


class Nq(Queue):
    title = "nq"
    client = "a process an item, one after the other"

    def push(self, lines):
        """Each waits in a process of its own for those before it, so that the last is done when `nq -w` ends."""
        self.left = len(lines)

    def commands(self):
        self.shell('export NQDIR=$1; i=0; while [ $i -lt "$2" ]; do nq -q /bin/true; i=$((i + 1)); done; nq -q -w',
                   self.path("jobs"), self.left)


class Listed(Queue):
    def push(self, lines):
        self.list = self.lines(lines)


class Parallel(Listed):
    title = "GNU parallel"
    client = "a file"

    def commands(self):
        self.shell(f'parallel -j {COMMANDS_AT_ONCE} /bin/true <"$1"', self.list)


class Xargs(Listed):
    title = "xargs"
    client = "a file"

    def commands(self):
        self.shell(f'xargs -P {COMMANDS_AT_ONCE} -n 1 /bin/true <"$1"', self.list)
