"""What a real Redis answers the programs."""

from proxy import Recorder, through
from resp import Redis
from trials import ANSWERS, COMMANDS, LEASE


def recordings(trials, upstream):
    """For each command: it, its status, and for each connection the list of replies."""
    redis = Redis(upstream)
    result = []
    for command in COMMANDS:
        prepare(redis, command)
        recorder = Recorder()
        server = trials.server()
        server.treat = through(upstream, recorder)
        status = trials.run(command.replace("sleep 60", "true"), server.url)[0]
        if status not in ANSWERS:
            raise SystemExit("%s: status %d" % (command, status))
        result.append((command, status, recorder.replies()))
    return result


def prepare(redis, command):
    """A queue with something in each state, as far as the command ends with it."""
    redis("FLUSHALL")
    if "--watch" in command:
        redis("HSET", "job:config", "format", "1", "epoch", "0a")
        return
    redis("RPUSH", "job", "apple", "banana", "cherry")
    if "wq-work" in command:
        return
    later = redis.now() + 3_600_000
    redis("HSET", "job:items", LEASE, "1\towner\t%d\t\tdate" % later, "2.0123456789ab", "2\t\t%d\tbad\tfig" % later)
    redis("HSET", "job:config", "format", "1", "max-attempts", "7", "retry-delay", "1500")
    redis("HSET", "job:stats", "pushed", "6", "leased", "2", "mark", "1 %d" % redis.now())
    redis("ZADD", "job:dead" if "wq-retry" in command or "wq-drop" in command else "job:leased", later, LEASE)
    redis("ZADD", "job:dead", later, "2.0123456789ab")
    redis("RPUSH", "job:processing", "grape")
    redis("SET", "job:push:0", "1")
