"""audit.py LEDGER PUSHED: reads what workers wrote (see worker.sh) and the items that were pushed, a line
each, and says what is not as promised: each copy of each item is completed by one successful wq-complete.

A completion is in doubt if its worker or its wq-complete was killed, or if Redis was out of reach
meanwhile: it may have happened. Doubts may fill what is missing, never excuse what is too much.
"""

import collections
import sys


def main():
    ledger, pushed_file = sys.argv[1:]
    with open(pushed_file) as lines:
        pushed = collections.Counter(line.rstrip("\n") for line in lines)
    leased, completing, answers = {}, {}, {}
    wrong = []
    with open(ledger) as lines:
        for line in lines:
            step, *rest = line.split()
            if step == "leased":
                lease, item = rest
                if lease in leased:
                    wrong.append(f"two workers got the lease {lease}")
                leased[lease] = item
            elif step == "completing":
                completing[rest[0]] = rest[1]
            elif step == "answered":
                # The word is missing if all was well.
                status, word, lease = int(rest[0]), rest[1] if len(rest) == 4 else "", rest[-2]
                if lease in answers:
                    wrong.append(f"the lease {lease} was answered twice")
                answers[lease] = (status, word)
            elif step == "wrong":
                wrong.append(f"wq-lease ended with {rest[0]}")

    done, doubtful, lost = collections.Counter(), collections.Counter(), 0
    for lease, item in completing.items():
        status, word = answers.get(lease, (None, ""))
        if status == 0:
            done[item] += 1
        elif status == 1 and word == "lost":
            lost += 1
        elif status in (None, 69, 75, 137):
            doubtful[item] += 1
        else:
            wrong.append(f"wq-complete {lease} answered {status} {word}")
    for item in pushed | done:
        if done[item] > pushed[item]:
            wrong.append(f"{item}: pushed {pushed[item]}, completed {done[item]}")
        if done[item] + doubtful[item] < pushed[item]:
            wrong.append(f"{item}: pushed {pushed[item]}, completed {done[item]}, in doubt {doubtful[item]}")
    print(f"pushed {pushed.total()}, leased {len(leased)}, completed {done.total()},",
          f"in doubt {doubtful.total()}, lost {lost}")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
