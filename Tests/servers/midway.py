"""Hostile families: servers that turn to nonsense when a program waits, holds a lease, or is about to end."""

from liar import commands, scripted
from resp import OK, array, bulk, number
from trials import ERRORS, LEASE
from wrong import BUSY, DRAINED, EPOCH, EXTREMES, WRONG


def waiting(trials, _):
    """A server that has nothing to give, and answers nonsense to those who wait."""
    idle = {"eval": BUSY, "evalsha": BUSY, "info": bulk(b"blocked_clients:1\r\n")}
    for command in "wq-lease -w job", "wq-lease --until-drained job", "wq-work -l 3s job true":
        for name, reply in WRONG.items():
            # Texts are items, and null (hiredis 1 knows that of RESP3, too) is none.
            if reply[:1] not in b"+$_" and reply != WRONG["null list"]:
                trials.case("%s to blmove" % name, command, scripted(**dict(idle, blmove=reply)))
        for extreme in EXTREMES:
            info = bulk(b"blocked_clients:%d\r\n" % extreme)
            treat = scripted(**dict(idle, info=info, blmove=b":1\r\n"))
            trials.case("%d wait" % extreme, command, treat)


def holding(trials, _):
    """A server that lets a lease be had, and answers nonsense when it is to be renewed: the command is stopped when the
    lease has ended, if not before."""
    lease = array(bulk(b"leased"), number(0), bulk(EPOCH), number(7), bulk(LEASE.encode()), number(1), bulk(b"apple"))

    def once(good, reply):
        goods = [good]

        def treat(connection, _):
            for words in commands(connection):
                if words[0].startswith(b"EVAL"):
                    connection.sendall(goods.pop() if goods else reply)
                else:
                    connection.sendall(OK)

        return treat

    for name, reply in WRONG.items():
        if reply != WRONG["empty list"]:
            # What names another lease as lost says nothing of this one.
            trials.case(name, f"wq-renew -l 150ms job {LEASE} -- sleep 60", once(array(), reply))
            trials.case(name, "wq-work -l 150ms --kill-after 0 job sh -c 'sleep 60'", once(lease, reply), ERRORS)


def ending(trials, _):
    """A server that answers nonsense to a worker that wants to know whether it was the last."""
    item = array(bulk(b"leased"), number(0), bulk(EPOCH), number(7), bulk(LEASE.encode()), number(1), bulk(b"apple"))

    def looked(reply):
        def answer(words):
            return reply if b"What one who waits" in words[1] else array() if b"is done" in words[1] else item

        return scripted(eval=answer)

    for name, reply in dict(WRONG, forgotten=b"-NOSCRIPT for ever\r\n", item=item).items():
        # One more item or one less, it ends as asked.
        trials.case(name, "wq-work --max-items 1 job true", looked(reply), (1, 69, 76))

    def deaf(connection, number):
        """Has something to do, then nothing, then is drained; but never answers one who waits."""
        states = [BUSY, BUSY, DRAINED]
        for words in commands(connection):
            if number == 0:
                connection.sendall(states.pop(0) if words[0].startswith(b"EVAL") and states else OK)

    trials.case("nothing to one who waits", "wq-work job true", deaf, (0,))


def extra(trials, _):
    """A server that tells a worker what it did not ask, for ever."""
    for name, reply in ("number", number(1)), ("text", bulk(b"apple")), ("error", b"-ERR no\r\n"), ("list", BUSY):

        def treat(connection, _, reply=reply):
            for words in commands(connection):
                connection.sendall(BUSY if words[0].startswith(b"EVAL") else OK)
                if words[0] == b"BLMOVE":
                    break
            while True:
                connection.sendall(reply * 1000)

        trials.case(name, "wq-work -l 3s job true", treat, (69, 75, 76))
