"""Servers that are queues themselves: beanstalkd, RabbitMQ, NATS JetStream."""
import asyncio
import os
import subprocess

from base import BATCH, COMMANDS_AT_ONCE, STAMP, Queue, free_port, resident, until

# A bash script may keep a connection open: it reserves and deletes until nothing is ready.
BASH_LOOP = r"""
exec 3<>"/dev/tcp/127.0.0.1/$1"
while printf 'reserve-with-timeout 0\r\n' >&3 && read -r -u 3 word id bytes && [ "$word" = RESERVED ]; do
    read -r -u 3 item
    printf 'delete %s\r\n' "$id" >&3 && read -r -u 3 word
done
"""


class Beanstalkd(Queue):
    title = "beanstalkd"
    client = "greenstalk"
    patience = "none: its connection is closed"

    def start(self):
        import greenstalk

        self.port = free_port()
        self.server = self.spawn("beanstalkd", "-l", "127.0.0.1", "-p", str(self.port))
        self.connect = lambda: greenstalk.Client(("127.0.0.1", self.port))
        self.client_ = until(self.connect)
        self.TimedOut = greenstalk.TimedOutError

    def memory(self):
        return resident(self.server.pid)

    def push(self, lines):
        for line in lines:
            self.client_.put(line)

    def each(self, work):
        client = self.connect()
        try:
            while True:
                job = client.reserve(timeout=0)
                work(job.body)
                client.delete(job)
        except self.TimedOut:
            client.close()

    def drain(self):
        self.each(lambda item: None)

    def commands(self):
        self.pair(lambda: self.each(lambda item: subprocess.run(["/bin/true"], check=True)))

    def loop(self):
        self.shell(BASH_LOOP, self.port, interpreter="bash")

    def begin(self, stamps, seconds):
        return self.python(
            "import greenstalk\nclient = greenstalk.Client(('127.0.0.1', int(sys.argv[2])))\nwhile True:\n"
            "    job = client.reserve()\n    stamp(sys.argv[3], sys.argv[4])\n    client.delete(job)\n",
            self.port, stamps, seconds)

    def take(self, count):
        for _ in range(count):
            self.client_.reserve(timeout=0)


class RabbitMQ(Queue):
    title = "RabbitMQ"
    client = "amqp-tools"
    patience = "none: its connection is closed"

    def start(self):
        self.port = free_port()
        node = f"wq{self.port}@localhost"
        # The server starts an epmd of its own.
        self.env = {
            **os.environ, "HOME": self.folder, "RABBITMQ_NODENAME": node, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()), "RABBITMQ_MNESIA_BASE": self.folder, "RABBITMQ_LOG_BASE": self.folder,
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.path("plugins"), "RABBITMQ_CONFIG_FILE": self.path("none"),
        }
        self.server = self.spawn("/usr/lib/rabbitmq/bin/rabbitmq-server", env=self.env)
        self.at = [f"--url=amqp://guest:guest@127.0.0.1:{self.port}"]
        until(lambda: subprocess.run(["amqp-declare-queue", *self.at, "-q", "job"], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL).returncode == 0)

    def stop(self):
        super().stop()
        # It does not end while a node is registered.
        until(lambda: subprocess.run(["epmd", "-kill"], env=self.env, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL).returncode == 0, 10)

    def memory(self):
        """Of the virtual machine, which is a child of the script that started it."""
        pids = subprocess.check_output(["pgrep", "-g", str(self.server.pid)], text=True).split()
        return max(resident(int(pid)) for pid in pids)

    def push(self, lines):
        with open(self.lines(lines)) as file:
            subprocess.run(["amqp-publish", *self.at, "-r", "job", "-l"], stdin=file, check=True, stdout=subprocess.DEVNULL)
        self.left = len(lines)

    def clear(self):
        self.run("amqp-delete-queue", *self.at, "-q", "job")
        self.run("amqp-declare-queue", *self.at, "-q", "job")

    def commands(self):
        """The item is on standard input, and a command that does not read it ends the consumer, so that it is no /bin/true."""
        share = self.left // COMMANDS_AT_ONCE
        workers = [self.spawn("amqp-consume", *self.at, "-q", "job", "-p", "1", "-c", str(share), "/bin/cat")
                   for _ in range(COMMANDS_AT_ONCE)]
        if any(worker.wait() for worker in workers):
            raise RuntimeError("amqp-consume failed")

    def begin(self, stamps, seconds):
        return self.spawn("amqp-consume", *self.at, "-q", "job", "-p", "1", STAMP, stamps, str(seconds))


class JetStream(Queue):
    title = "NATS JetStream"
    client = "nats-py"
    patience = "its ack_wait of 30 s"

    def start(self):
        self.port = free_port()
        self.server = self.spawn("/usr/sbin/nats-server", "-js", "-sd", self.folder, "-a", "127.0.0.1", "-p", str(self.port))
        self.events = asyncio.new_event_loop()
        until(lambda: self.events.run_until_complete(self.connect()))

    async def connect(self):
        import nats

        self.connection = await nats.connect(f"nats://127.0.0.1:{self.port}")
        self.stream = self.connection.jetstream()
        await self.stream.add_stream(name="jobs", subjects=["job"], retention="workqueue", storage="memory")
        self.pulled = await self.stream.pull_subscribe("job", "workers")
        return True

    def stop(self):
        self.events.run_until_complete(self.connection.close())
        super().stop()

    def memory(self):
        return resident(self.server.pid)

    async def publish(self, lines):
        for first in range(0, len(lines), BATCH):
            done = [await self.stream.publish_async("job", line.encode()) for line in lines[first:first + BATCH]]
            await asyncio.gather(*done)

    def push(self, lines):
        self.events.run_until_complete(self.publish(lines))

    async def fetch(self, most, work):
        from nats.errors import TimeoutError as TimedOut

        try:
            while True:
                for message in await self.pulled.fetch(most, timeout=0.2):
                    await work(message)
        except TimedOut:
            pass

    def drain(self):
        self.events.run_until_complete(self.fetch(BATCH, lambda message: message.ack()))
        # The last fetch waited in vain.
        return 0.2

    async def command(self, message):
        process = await asyncio.create_subprocess_exec("/bin/true")
        await process.wait()
        await message.ack()

    def commands(self):
        async def both():
            await asyncio.gather(*(self.fetch(1, self.command) for _ in range(COMMANDS_AT_ONCE)))
        self.events.run_until_complete(both())
        return 0.2

    def begin(self, stamps, seconds):
        return self.python("""
import asyncio, nats
async def work():
    connection = await nats.connect(f"nats://127.0.0.1:{sys.argv[2]}")
    pulled = await connection.jetstream().pull_subscribe("job", "workers")
    while True:
        try:
            message, = await pulled.fetch(1, timeout=100)
        except nats.errors.TimeoutError:
            continue
        stamp(sys.argv[3], sys.argv[4])
        await message.ack()
asyncio.run(work())
""", self.port, stamps, seconds)

    def take(self, count):
        async def some():
            left = count
            while left > 0:
                left -= len(await self.pulled.fetch(min(left, BATCH), timeout=5))
        self.events.run_until_complete(some())
