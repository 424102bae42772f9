#!/bin/sh
# batch.sh: work by the hundred. Leases up to 100 items at once, gives them to COMMAND on its
# standard input, a line each, and completes them all when it succeeds: two programs a batch, not
# two an item.
#
#   batch.sh QUEUE COMMAND [ARG...]
#
# A batch is one lease time (WQ_LEASE_TIME, 5m) for all its items: give the longest batch time enough.
# If COMMAND fails, all of them are given back, to be tried later: COMMAND must not mind an item that
# it has seen before. Status 75, and an interruption, are not held against the items, as in worker.sh.
#
# Exit status: as worker.sh.

me=${0##*/}

say() {
    printf '%s: %s\n' "$me" "$*" >&2
}

if [ $# -lt 2 ]; then
    echo "usage: $me QUEUE COMMAND [ARG...]" >&2
    exit 64
fi
queue=$1
shift
time=${WQ_LEASE_TIME:-5m}

batch=$(mktemp) || exit 73
trap 'rm -f "$batch"' EXIT
stopped=''
trap 'stopped=143' TERM
trap 'stopped=130' INT

while [ -z "$stopped" ]; do
    wq-lease -n 100 -l "$time" -t 1 --until-drained "$queue" >"$batch"
    status=$?
    case $status in
        0) ;;
        1) continue ;; # others hold what is left, and may fail
        3) exit 0 ;;
        # Some items are none that fit on a line; the rest of the batch is here.
        65) [ -s "$batch" ] || exit "$status" ;;
        *) break ;;
    esac

    cut -f 2- "$batch" | "$@"
    result=$?
    [ $result -ne 130 ] || stopped=130
    # wq-complete and wq-release read up to the first tab of each line, which is the lease.
    case $result,$stopped in
        0,*) wq-complete "$queue" - ;;
        75,*) wq-release --reason "$1: status 75" --no-charge --delay 10s "$queue" - ;;
        130,* | 143,143) wq-release --reason "$1: status $result" --no-charge "$queue" - ;;
        *) wq-release --reason "$1: status $result" "$queue" - ;;
    esac <"$batch" >&2
    settled=$?
    [ $result -eq 0 ] || say "$1 failed with status $result on $(wc -l <"$batch") items"
    [ $settled -le 1 ] || exit "$settled"
    [ $settled -eq 0 ] || say 'these leases ran out before the work was done'
    [ $status -eq 0 ] || exit "$status"
done

exit "${stopped:-$status}"
