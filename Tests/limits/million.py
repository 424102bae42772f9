"""million.py REDIS-SOCKET FOLDER: a queue of a million items, 100,000 of them leased, expired, dead, retried at once.

Redis serves nobody else while a script runs, so none may run for longer than about 2 ms, however large the queue.
The slow log has those that did. The limits are those of a machine that runs YARDSTICK in YARDSTICK_US; on a slower one
they are as much longer. A machine that others use, too, may stop Redis in the middle of any call: a few are excused,
and more as far as it happens as well to BITCOUNTs of half a millisecond that are made all the time beside.
Prints for each program what its calls took.
"""

import os
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fakes"))
from resp import Redis  # noqa: E402

MILLION, MANY = 1_000_000, 100_000
LIMIT_US, USUAL_US = 2000, 1600
# Work of the kind that the scripts do, and what it takes on the machine of docs/benchmarks.md.
YARDSTICK = "for n = 1, 300 do redis.call('HSET', KEYS[1], n % 50, n) end"
YARDSTICK_US = 400
# Runs a command from a small process, since memory counts from the fork on: "STATUS KB" on a descriptor.
RUNNER = """
import os, sys
os.set_inheritable(int(sys.argv[1]), False)
pid = os.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
os.write(int(sys.argv[1]), b"%d %d" % (os.waitstatus_to_exitcode(status), usage.ru_maxrss))
"""
# Of all calls, and of those of one program, which may meet with a bad moment.
EXCUSED, EXCUSED_ONE = 0.005, 0.05
# A program's memory must not depend on the queue's size: these read or write a million items.
MEMORY_KB = 16 * 1024


class Measure:
    def __init__(self, server, folder):
        self.redis, self.folder = Redis(server), folder
        self.calls = self.slow = 0
        self.last_pace = 1.0
        # Name, calls and slow calls of each program.
        self.shares = []
        # Calls made beside, and those among them that took too long.
        self.beside = self.disturbed = 0
        self.wrong = []
        threading.Thread(target=self.sample, args=(Redis(server),), daemon=True).start()

    def sample(self, redis):
        redis("SELECT", 1)
        redis("SETRANGE", "bits", 1_500_000, "1")
        while True:
            redis("BITCOUNT", "bits")
            time.sleep(0.005)

    def expect(self, what, expected, seen):
        if expected != seen:
            self.wrong.append(f"{what}: expected {expected}, seen {seen}")

    def run(self, *command, stdin=None, times=1, name=None):
        """Runs the program and shows what its calls took. -> what it printed"""
        out = os.path.join(self.folder, "out")
        self.redis("CONFIG", "RESETSTAT")
        self.redis("SLOWLOG", "RESET")
        memory = 0
        for _ in range(times):
            with open(stdin or os.devnull, "rb") as source, open(out, "wb") as sink:
                status, kilobytes = self.spawn(command, source, sink)
            memory = max(memory, kilobytes)
            if status:
                sys.exit(f"{' '.join(command)}: exit {status}")
        self.account(name or " ".join(command), memory)
        with open(out, "rb") as lines:
            return lines.read()

    def spawn(self, command, source, sink):
        report, end = os.pipe()
        process = subprocess.Popen([sys.executable, "-I", "-S", "-c", RUNNER, str(end), *command], stdin=source,
                                   stdout=sink, pass_fds=[end])
        os.close(end)
        with open(report, "rb") as answer:
            text = answer.read()
        process.wait()
        return map(int, text.split())

    def pace(self):
        """How much slower this machine is now, from many runs of the yardstick: at least 1."""
        self.redis("CONFIG", "RESETSTAT")
        for _ in range(200):
            self.redis("EVAL", YARDSTICK, 1, "yardstick")
        self.redis("DEL", "yardstick")
        return max(1.0, self.fields("latencystats", r"latency_percentiles_usec_(eval):p50=(\d+)")["eval"] / YARDSTICK_US)

    def account(self, name, memory):
        # By kind of call: how many, and the median time.
        counts = self.fields("commandstats", r"cmdstat_(eval|evalsha):calls=(\d+)")
        medians = self.fields("latencystats", r"latency_percentiles_usec_(eval|evalsha):p50=(\d+)")
        calls = sum(counts.values())
        median = medians[max(counts, key=counts.get)]
        slow, disturbed = self.slow_calls(b"EVAL"), self.slow_calls(b"BITCOUNT")
        self.beside += self.fields("commandstats", r"cmdstat_(bitcount):calls=(\d+)").get("bitcount", 0)
        self.disturbed += len(disturbed)
        # Some machines change their pace in between.
        before, self.last_pace = self.last_pace, self.pace()
        pace = max(before, self.last_pace)
        slow = [us for us in slow if us > pace * LIMIT_US]
        self.calls, self.slow = self.calls + calls, self.slow + len(slow)
        worst = f", the slowest {slow[-1] / 1000:.1f} ms" if slow else ""
        print(f"# {name}: {calls} calls, half of them below {median} us, {len(slow)} over "
              f"{LIMIT_US // 1000} ms{worst}; {memory // 1024} MB; pace {pace:.2f}", flush=True)
        if calls >= 100 and median > pace * USUAL_US:
            self.wrong.append(f"{name}: the usual call takes {median} us at a pace of {pace:.2f}")
        if memory > MEMORY_KB:
            self.wrong.append(f"{name}: {memory} KB of memory")
        self.shares.append((name, calls, len(slow)))

    def slow_calls(self, command):
        log = self.redis("SLOWLOG", "GET", -1)
        return sorted(us for _, _, us, words, *_ in log if words[0].startswith(command) and us > LIMIT_US)

    def judge(self):
        """Whether there were more slow calls than the machine explains."""
        noise = self.disturbed / max(1, self.beside)
        print(f"# {self.slow} of {self.calls} calls took longer than {LIMIT_US // 1000} ms, and "
              f"{self.disturbed} of {self.beside} short ones beside them")
        if self.slow > (EXCUSED + 2 * noise) * self.calls:
            self.wrong.append("too many slow calls")
        for name, calls, slow in self.shares:
            if slow > max(2, (EXCUSED_ONE + 2 * noise) * calls):
                self.wrong.append(f"{name}: {slow} of {calls} calls take longer than {LIMIT_US} us")

    def fields(self, section, pattern):
        return {kind: int(n) for kind, n in re.findall(pattern, self.redis("INFO", section).decode())}

    def await_due(self, key, count):
        """Until so many have run out."""
        while self.redis("ZCOUNT", key, "-inf", self.redis.now()) < count:
            time.sleep(0.01)


def fill(measure, numbers):
    """A million items are pushed and listed."""
    run, expect = measure.run, measure.expect
    with open(numbers, "w") as lines:
        lines.writelines(f"{n}\n" for n in range(1, MILLION + 1))
    expect("pushed", b"%d\n" % MILLION, run("wq-push", "job", stdin=numbers))
    listed = run("wq-list", "--ready", "job")
    expect("listed", MILLION, listed.count(b"\n"))
    expect("the last one listed", b"-\tready\t-\t-\t-\t-\t%d\n" % MILLION, listed[-30:][listed[-30:].index(b"\n") + 1:])


def expire(measure):
    """Many leases run out at once; and then of items each of which has failed once and dies of it."""
    redis, run, expect = measure.redis, measure.run, measure.expect
    run("wq-lease", "-n", str(MANY), "-l", "2s", "job")
    expect("leased", MANY, redis("ZCARD", "job:leased"))
    measure.await_due("job:leased", MANY)
    # Each heals some of them.
    run("wq-lease", "-l", "1h", "job", times=100)
    left = redis("ZCARD", "job:leased")
    healed = MANY + 100 - left
    expect("some healed", True, 100 <= healed <= MANY)
    expect("reaped", b"requeued\t%d\n" % (MANY - healed), run("wq-reap", "job"))
    redis("HSET", "job:config", "max-attempts", 1)
    run("wq-lease", "-n", str(MANY), "-l", "2s", "job", name="wq-lease -n 100000 of items that failed before")
    measure.await_due("job:leased", MANY)
    expect("died", b"dead\t%d\n" % MANY, run("wq-reap", "job", name="wq-reap of last attempts"))
    expect("listed dead", MANY, run("wq-list", "--dead", "job").count(b"\n"))
    expect("retried", b"0\n", run("wq-retry", "--match", "no such item", "job"))
    expect("retried", b"%d\n" % MANY, run("wq-retry", "--all", "job"))


def settle(measure, leases):
    """Many leases are renewed, released with a delay, and at last completed."""
    redis, run, expect = measure.redis, measure.run, measure.expect
    with open(leases, "wb") as file:
        file.write(run("wq-lease", "-n", str(MANY), "-l", "1h", "job"))
    run("wq-list", "--leased", "job")
    run("wq-renew", "-l", "1h", "job", "-", stdin=leases)
    run("wq-release", "--delay", "1s", "--no-charge", "job", "-", stdin=leases)
    expect("delayed", MANY, redis("ZCARD", "job:delayed"))
    measure.await_due("job:delayed", MANY)
    run("wq-reap", "job", name="wq-reap of delayed items")
    expect("delayed", 0, redis("ZCARD", "job:delayed"))
    with open(leases, "wb") as file:
        file.write(run("wq-lease", "-n", str(MANY), "-l", "1h", "job"))
    expect("completed", b"", run("wq-complete", "job", "-", stdin=leases))
    counts = dict(line.split(b"\t") for line in run("wq-stat", "job").splitlines())
    # Items whose leases ran out are delayed until they are leased again.
    left = int(counts[b"ready"]) + int(counts[b"delayed"])
    expect("left", [MILLION - MANY - 100, 100], [left, int(counts[b"leased"])])


def mark(measure, numbers):
    """Many items are pushed with marks, again, and completed; then the marks are of items that are not there, or are over."""
    redis, run, expect = measure.redis, measure.run, measure.expect
    head, leases = numbers + ".head", numbers + ".leases"
    with open(head, "w") as lines:
        lines.writelines(f"item {n}\n" for n in range(MANY))
    expect("new", b"%d\n" % MANY, run("wq-push", "--once", "2d", "one", stdin=head))
    expect("known", b"0\n", run("wq-push", "--once", "2d", "one", stdin=head, name="wq-push --once of known items"))
    expect("bytes of a mark", True, redis("MEMORY", "USAGE", "one:known", "SAMPLES", 0) < 150 * MANY)
    with open(leases, "wb") as file:
        file.write(run("wq-lease", "-n", str(MANY), "-l", "1h", "one"))
    expect("completed", b"", run("wq-complete", "one", "-", stdin=leases, name="wq-complete of marked items"))
    expect("known", b"0\n", run("wq-push", "--once", "2d", "one", stdin=head, name="wq-push --once of completed items"))
    redis("ZUNIONSTORE", "one:known", 1, "one:known", "WEIGHTS", -1)
    expect("new", b"%d\n" % MANY, run("wq-push", "--unique", "one", stdin=head, name="wq-push --unique and void marks"))
    redis("ZUNIONSTORE", "one:known", 1, "one:known", "WEIGHTS", -0.5)
    expect("new", b"%d\n" % MANY, run("wq-push", "--once", "2d", "one", stdin=head, name="wq-push --once and old marks"))
    expect("dropped", b"%d\n" % (2 * MANY), run("wq-drop", "--ready", "one", name="wq-drop of marked items"))
    run("wq-purge", "one")


def main():
    server, folder = sys.argv[1:]
    measure = Measure(server, folder)
    measure.redis("CONFIG", "SET", "slowlog-log-slower-than", LIMIT_US)
    measure.redis("CONFIG", "SET", "slowlog-max-len", 100000)
    fill(measure, os.path.join(folder, "numbers"))
    expire(measure)
    settle(measure, os.path.join(folder, "leases"))
    mark(measure, os.path.join(folder, "numbers"))
    measure.run("wq-purge", "--force", "job")
    measure.expect("keys", [], measure.redis("KEYS", "*"))
    measure.judge()
    if measure.wrong:
        sys.exit("\n".join(measure.wrong))


main()
