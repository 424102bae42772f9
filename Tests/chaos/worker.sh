#!/bin/sh
# worker.sh QUEUE LEDGER SEED: works on the queue until it is drained, whatever happens to the programs
# that it runs, and writes down each step, a line each, before and after:
#   leased ID ITEM, completing ID ITEM, answered STATUS WORD ID ITEM
queue=$1 ledger=$2 seed=$3
tab=$(printf '\t')

note() {
    echo "$*" >>"$ledger"
}

# Up to $WORK_MS, 120 ms, other ones for each seed.
some_work() {
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    sleep "$(printf '0.%03d' $((seed / 65536 % ${WORK_MS:-120})))"
}

while :; do
    record=$(wq-lease --until-drained --lease "${LEASE:-300ms}" "$queue")
    status=$?
    case $status in
        0) ;;
        3) exit 0 ;;
        # Killed, or Redis was out of reach or not yet ready.
        137 | 69 | 75) note "failed $status" && continue ;;
        *) note "wrong $status" && exit "$status" ;;
    esac
    lease=${record%%"$tab"*} item=${record#*"$tab"}
    note "leased $lease $item"
    some_work
    note "completing $lease $item"
    word=$(wq-complete "$queue" "$lease")
    status=$?
    note "answered $status ${word%%"$tab"*} $lease $item"
done
