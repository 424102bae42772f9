#!/bin/sh
# worker.sh [QUEUE]: the tutorial's worker.py as a shell script. It takes an item, works on it, and
# repeats until the queue (job2) is drained. Only then does it exit with 0, which tells the Job that
# all work is done. An error of one of the programs ends it with that error's status, and it is started
# again.
#
# WQ_LEASE_TIME (60s) is how long an item is leased: longer than the work on one item ever takes.
# WORK_SECONDS (10) is how long this worker pretends to work on one.

queue=${1:-job2}

# None of them is for the environment of each program, as it would be if another worker ran this one.
unset WQ_ITEM WQ_LEASE WQ_ATTEMPT

# The pod's name and something that tells this start of the container from the one before: what the
# log says is what Redis has as the owner of the lease.
WQ_OWNER=${WQ_OWNER:-$(uname -n)}.$(cut -c 1-8 /proc/sys/kernel/random/uuid)
export WQ_OWNER

# Kubernetes asks a pod to end with SIGTERM, and waits terminationGracePeriodSeconds for it.
stopped=''
trap 'stopped=yes' TERM

echo "Worker with sessionID: $WQ_OWNER"
wq-empty -q "$queue"
status=$?
case $status in
    0) echo 'Initial queue state: empty=True' ;;
    1) echo 'Initial queue state: empty=False' ;;
    *) exit $status ;;
esac

while [ -z "$stopped" ]; do
    # In this format an item may be any bytes but NUL, newlines at its end included.
    record=$(wq-lease -l "${WQ_LEASE_TIME:-60s}" -t 2 --until-drained --sh "$queue")
    status=$?
    case $status in
        0) ;;
        1) echo 'Waiting for work' && continue ;;
        3) echo 'Queue empty, exiting' && exit 0 ;;
        *) break ;;
    esac
    eval "$record"

    printf 'Working on %s\n' "$WQ_ITEM"
    # Put your actual work here instead of sleep.
    sleep "${WORK_SECONDS:-10}"
    result=$?
    # What ends this worker may send TERM to the work, too, a little earlier. The shell hears of it in this pause.
    [ "$result,$stopped" != 143, ] || sleep 1
    case $result,$stopped in
        0,*) wq-complete "$queue" "$WQ_LEASE" ;;
        143,yes) wq-release --reason 'interrupted' --no-charge "$queue" "$WQ_LEASE" ;;
        # It is tried again, later each time.
        *) wq-release --reason "status $result" "$queue" "$WQ_LEASE" ;;
    esac >/dev/null
    status=$?
    case $status in
        0) ;;
        1) printf 'Too late for %s: its lease ran out\n' "$WQ_ITEM" ;;
        *) break ;;
    esac
done

[ -z "$stopped" ] || exit 143
exit $status
