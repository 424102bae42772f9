"""What a queue must be able to do to be measured, and what all of them share."""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

COMMANDS_AT_ONCE = 2
BATCH = 1000
# The program that writes down when it begins.
STAMP = os.environ["PEERS"] + "/stamp"
# How long another worker is waited for after one was killed, in seconds.
PATIENCE = 75


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(what, seconds=60.0):
    """Asks until the answer is true, and gives the answer; an exception is a no."""
    end, why = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            answer = what()
            if answer:
                return answer
        except (OSError, EOFError, ValueError, subprocess.CalledProcessError) as error:
            why = error
        time.sleep(0.005)
    raise TimeoutError(f"still waiting after {seconds} s: {why}")


def stamp(file, seconds):
    """What STAMP does, for workers in Python."""
    with open(file, "a") as stamps:
        stamps.write(f"{time.time_ns()}\n")
    time.sleep(float(seconds))


def resident(pid):
    """The memory that a process has now, in bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Queue:
    """One kind of queue, with a server of its own if it has one. What it cannot do stays None here.

    push(lines)       adds them, as fast as its users would
    drain()           takes and acknowledges all, in bulk
    clear()           removes all, where nothing takes in bulk
    commands()        runs /bin/true for each item, two at once
    loop()            the same as a loop of a shell script would take and acknowledge, without a command
    begin(stamps, s)  starts a worker that appends the time, in ns, to the file `stamps` when it begins an item, and works on it
                      for s seconds; returns its process
    take(n)           takes n items and keeps them
    memory()          the bytes that the server has for its data
    """

    push = drain = clear = commands = loop = begin = take = memory = None
    #: What another worker waits for after one was killed, if it is a setting.
    patience = ""

    def __init__(self, folder):
        self.folder = os.path.join(folder, type(self).__name__)
        os.makedirs(self.folder)
        self.processes = []
        self.start()

    def start(self):
        pass

    def path(self, name):
        return os.path.join(self.folder, name)

    def spawn(self, *command, **options):
        """Starts a process in a group of its own, which ends with the queue."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self.processes.append(process)
        return process

    def kill(self, process, how=signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            pass
        process.wait()

    def pair(self, work):
        """Runs a worker in Python in as many threads as commands may run at once."""
        threads = [threading.Thread(target=work) for _ in range(COMMANDS_AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def stop(self):
        for process in reversed(self.processes):
            self.kill(process)

    def run(self, *command, **options):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)

    def shell(self, script, *words, interpreter="sh", env=None):
        self.run(interpreter, "-c", script, interpreter, *map(str, words), env={**os.environ, **(env or {})})

    def python(self, script, *words):
        """Starts a worker in Python."""
        script = "import sys, time\nsys.path[:0] = [sys.argv[1]]\nfrom base import stamp\n" + script
        here = os.path.dirname(os.path.abspath(__file__))
        return self.spawn(sys.executable, "-B", "-c", script, here, *map(str, words))

    def lines(self, lines):
        """Writes items into a file, a line each, and returns its name."""
        name = self.path("lines")
        with open(name, "w") as file:
            file.writelines(line + "\n" for line in lines)
        return name


class OnRedis(Queue):
    """A queue with a private Redis."""

    def start(self):
        import redis

        self.socket = self.path("redis.sock")
        server = self.spawn("redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder)
        self.redis = redis.Redis(unix_socket_path=self.socket)
        until(lambda: os.path.exists(self.socket) and server.poll() is None and self.redis.ping())

    def memory(self):
        return self.redis.info("memory")["used_memory"]
