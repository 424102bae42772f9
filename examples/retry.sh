#!/bin/sh
# retry.sh: what becomes of items whose work fails: they are tried again, later each time, and given
# up in the end. To see it in a few seconds: wq-local examples/retry.sh
#
#   retry.sh [QUEUE [DELAY]]
#
# Three items go into QUEUE (retry). The work on "sound" succeeds at once, on "flaky" at the third
# attempt, on "hopeless" never. DELAY (500ms) is the wait after the first failure.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
queue=${1:-retry}

# It wants a queue of its own.
wq-empty -q --strict "$queue"
status=$?
if [ $status -ne 0 ]; then
    [ $status -ge 64 ] || echo "retry.sh: there are items in the queue $queue" >&2
    exit $status
fi

# The settings stay with the queue, and all of its workers go by them. These are: wait for DELAY,
# then twice and four times as long, but never longer than a minute; four attempts.
wq-config "$queue" retry-delay="${2:-500ms}" retry-delay-max=1m max-attempts=4 || exit
wq-push -q "$queue" sound flaky hopeless || exit

# shellcheck disable=SC2016 # the variables are for the command
"$here/worker.sh" "$queue" sh -c '
    echo "$(date +%T)  $1, attempt $WQ_ATTEMPT"
    case $1 in
        sound) ;;
        flaky) [ "$WQ_ATTEMPT" -ge 3 ] ;;
        *) false ;;
    esac' work || exit

printf '\nDrained. Given up, but kept until wq-retry or wq-purge:\n'
wq-list --dead "$queue"
