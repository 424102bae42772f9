#!/bin/sh
# ladder.sh: a retry ladder. What fails is tried again soon, then later and later, and in the end by hand; and a
# service that is down is waited for, without a charge.
#
#   ladder.sh QUEUE COMMAND [ARG...]
#
# COMMAND gets the item as its last argument, and says by its status what should happen:
#   0 done; 75 not now: the service is down; 65 never: the item is bad; anything else: try again.
# FIRST (1s) is the first step of the ladder, LAST (10m) the longest, STEPS (6) how many attempts there are.
# What is left on top of it is shown at the end, and kept: wq-retry puts it back. To see it in a few seconds:
#   FIRST=100ms STEPS=3 wq-local sh -c 'wq-push job2 apple && examples/ladder.sh job2 false'

if [ $# -lt 2 ]; then
    echo 'usage: ladder.sh QUEUE COMMAND [ARG...]' >&2
    exit 64
fi
queue=$1
shift

# Each step is twice as long as the one before.
wq-config "$queue" retry-delay="${FIRST:-1s}" retry-delay-max="${LAST:-10m}" max-attempts="${STEPS:-6}" || exit

wq-work -j "${JOBS:-1}" --reason-from-stderr "$queue" -- "$@" || exit

# Drained; but what was given up is a failure, and whoever started this should hear of it.
wq-empty --strict "$queue" && exit
status=$?
[ $status -ne 4 ] || wq-list --dead "$queue"
exit $status
