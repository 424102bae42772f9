"""What users of rediswq do, with the real package; the tests run it from its virtual environment.

client.py SOCKET QUEUE push ITEM...         as the tutorial fills its queue
client.py SOCKET QUEUE empty                exit 0 if its empty() is true, 1 if not
client.py SOCKET QUEUE reap                 its check_expired_leases()
client.py SOCKET QUEUE take SECONDS         leases an item, prints it and ends without completing it
client.py SOCKET QUEUE die GAP [SECONDS]    is killed in lease(), at the gap "before-setex" or "after-setex"
client.py SOCKET QUEUE hold GAP SECONDS     the same, but stops itself there (SIGSTOP) and, continued,
                                            completes the item
client.py SOCKET QUEUE work [SECONDS]       the tutorial's worker: until empty; prints each completed item
"""

import os
import signal
import sys

import redis
import rediswq


def interrupted(client, gap, end, seconds):
    """lease(), in which the process sends itself the signal `end` at the gap."""
    setex = client._db.setex

    def stop():
        print("there", flush=True)
        os.kill(os.getpid(), end)

    def setex_with_gap(*args):
        if gap == "before-setex":
            stop()
        setex(*args)
        if gap == "after-setex":
            stop()

    client._db.setex = setex_with_gap
    return client.lease(lease_secs=seconds, block=True, timeout=10)


def work(client, seconds):
    while not client.empty():
        item = client.lease(lease_secs=seconds, block=True, timeout=1)
        if item is not None:
            client.complete(item)
            print(item, flush=True)


def main():
    path, queue, action, *rest = sys.argv[1:]
    client = rediswq.RedisWQ(name=queue, unix_socket_path=path)
    if action == "push":
        redis.Redis(unix_socket_path=path).rpush(queue, *rest)
    elif action == "empty":
        sys.exit(0 if client.empty() else 1)
    elif action == "reap":
        client.check_expired_leases()
    elif action == "take":
        print(client.lease(lease_secs=int(rest[0]), block=True, timeout=10))
    elif action == "die":
        interrupted(client, rest[0], signal.SIGKILL, int(rest[1]) if rest[1:] else 60)
    elif action == "hold":
        client.complete(interrupted(client, rest[0], signal.SIGSTOP, int(rest[1])))
    elif action == "work":
        work(client, int(rest[0]) if rest else 60)


main()
