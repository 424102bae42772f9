"""Other queues that keep their items in Redis: Streams, BullMQ, RQ."""
import asyncio
import os
import subprocess
import sys

from base import BATCH, COMMANDS_AT_ONCE, OnRedis

HERE = os.path.dirname(os.path.abspath(__file__))


class Streams(OnRedis):
    title = "Redis Streams"
    client = "redis-py"
    patience = "20 s, which who claims it names"

    def start(self):
        super().start()
        self.redis.xgroup_create("job", "workers", mkstream=True)

    def push(self, lines):
        for first in range(0, len(lines), BATCH):
            with self.redis.pipeline(transaction=False) as calls:
                for line in lines[first:first + BATCH]:
                    calls.xadd("job", {"item": line})
                calls.execute()

    def each(self, most, work):
        while True:
            found = self.redis.xreadgroup("workers", "me", {"job": ">"}, count=most)
            if not found:
                return
            entries = found["job"][0] if isinstance(found, dict) else found[0][1]
            work(entries)
            self.redis.xack("job", "workers", *(one[0] for one in entries))

    def drain(self):
        self.each(BATCH, lambda entries: None)

    def commands(self):
        self.pair(lambda: self.each(1, lambda entries: subprocess.run(["/bin/true"], check=True)))

    def loop(self):
        self.shell('while id=$(redis-cli -s "$1" xreadgroup group workers me count 1 streams job ">" | sed -n 2p) && [ "$id" ]; do '
                   'redis-cli -s "$1" xack job workers "$id"; done', self.socket)

    def begin(self, stamps, seconds):
        return self.python("""
import redis
redis = redis.Redis(unix_socket_path=sys.argv[2])
me = str(time.time_ns())
while True:
    found = redis.xautoclaim("job", "workers", me, min_idle_time=20000, count=1)[1]
    if not found:
        found = redis.xreadgroup("workers", me, {"job": ">"}, count=1, block=500)
        found = (found["job"][0] if isinstance(found, dict) else found[0][1]) if found else []
    for entry in found:
        stamp(sys.argv[3], sys.argv[4])
        redis.xack("job", "workers", entry[0])
""", self.socket, stamps, seconds)

    def take(self, count):
        self.redis.xreadgroup("workers", "me", {"job": ">"}, count=count)


class BullMQ(OnRedis):
    title = "BullMQ"
    client = "its Python port"
    patience = "its lock of 30 s, looked for each 30 s"

    def start(self):
        super().start()
        self.events = asyncio.new_event_loop()

    def redis_options(self):
        import redis.asyncio

        return {"connection": redis.asyncio.Redis(unix_socket_path=self.socket, decode_responses=True)}

    async def add(self, lines):
        from bullmq import Queue

        queue = Queue("job", self.redis_options())
        for first in range(0, len(lines), BATCH):
            await queue.addBulk([{"name": "job", "data": {"item": line}, "opts": {}} for line in lines[first:first + BATCH]])
        await queue.close()
        self.left = len(lines)

    def push(self, lines):
        self.events.run_until_complete(self.add(lines))

    async def work(self, at_once, command):
        from bullmq import Worker

        done, left = asyncio.Event(), self.left

        async def process(job, token):
            nonlocal left
            if command:
                await (await asyncio.create_subprocess_exec("/bin/true")).wait()
            left -= 1
            if left == 0:
                done.set()

        worker = Worker("job", process, {**self.redis_options(), "concurrency": at_once})
        await done.wait()
        await worker.close()

    def drain(self):
        self.events.run_until_complete(self.work(100, False))

    def commands(self):
        self.events.run_until_complete(self.work(COMMANDS_AT_ONCE, True))

    def begin(self, stamps, seconds):
        return self.python("""
import asyncio, redis.asyncio
from bullmq import Worker
async def process(job, token):
    stamp(sys.argv[3], 0)
    await asyncio.sleep(float(sys.argv[4]))
async def work():
    connection = redis.asyncio.Redis(unix_socket_path=sys.argv[2], decode_responses=True)
    worker = Worker("job", process, {"connection": connection})
    await asyncio.sleep(10000)
asyncio.run(work())
""", self.socket, stamps, seconds)


class RQ(OnRedis):
    title = "RQ"
    client = "its worker"
    patience = "its maintenance, each 10 min"

    def start(self):
        super().start()
        import rq

        self.rq = rq
        self.queue = rq.Queue("job", connection=self.redis)

    def enqueue(self, lines, function, *words):
        for first in range(0, len(lines), BATCH):
            self.queue.enqueue_many([
                rq_data(self.rq, function, *words) for line in lines[first:first + BATCH]])

    def push(self, lines):
        self.enqueue(lines, "time.time")

    def drain(self):
        self.rq.SimpleWorker([self.queue], connection=self.redis).work(burst=True, logging_level="ERROR")

    def commands(self):
        """Jobs are functions, and the worker forks for each."""
        workers = [self.worker("--burst") for _ in range(COMMANDS_AT_ONCE)]
        for worker in workers:
            worker.wait()

    def worker(self, *words):
        rq = os.path.join(os.path.dirname(sys.executable), "rq")
        return self.spawn(rq, "worker", "-q", "-u", f"unix://{self.socket}", *words, "job",
                          env={**os.environ, "PYTHONPATH": HERE})

    def begin(self, stamps, seconds):
        self.call = ("base.stamp", stamps, seconds)
        return self.worker()

    def push_one(self, line):
        function, *words = self.call
        self.queue.enqueue_many([rq_data(self.rq, function, *words)])


def rq_data(rq, function, *words):
    return rq.Queue.prepare_data(function, args=words, result_ttl=0, timeout=3600)
