#!/bin/sh
# batch.sh: work by the hundred. Leases up to 100 items at once, gives them to COMMAND on its
# standard input, a line each, and completes them all when it succeeds: two programs a batch, not
# two an item. (wq-work --batch 100 --stdin does more: it renews the leases, and tries the items of a
# batch that failed one by one.)
#
#   batch.sh QUEUE COMMAND [ARG...]
#
# A batch is one lease time (WQ_LEASE_TIME, 5m) for all its items: give the longest batch time enough.
# If COMMAND fails, all of them are given back, to be tried later: COMMAND must not mind an item that
# it has seen before. Status 75, an interruption, and a failure while nobody takes the output are not held
# against the items, as in worker.sh.
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

folder=$(mktemp -d) || exit 73
leases=$folder/leases items=$folder/items
trap 'rm -rf "$folder"' EXIT
stopped=''
trap 'stopped=143' TERM
trap 'stopped=130' INT

# unwritable: wq-renew ends with 74 if its command fails while nobody takes the output.
unwritable() {
    read -r lease _ <"$leases"
    wq-renew -l "$time" "$queue" "$lease" -- false 2>/dev/null
    [ $? = 74 ]
}

while [ -z "$stopped" ]; do
    wq-lease -n 100 -l "$time" -t 1 --until-drained "$queue" >"$leases"
    status=$?
    case $status in
        0) ;;
        1) continue ;; # others hold what is left, and may fail
        3) exit 0 ;;
        # Some items are none that fit on a line; the rest of the batch is here.
        65) [ -s "$leases" ] || exit "$status" ;;
        *) break ;;
    esac

    # From a file: a pipe would look complete to COMMAND if a signal ended what writes to it.
    result=unread
    if cut -f 2- "$leases" >"$items"; then
        "$@" <"$items"
        result=$?
    fi
    # A machine that goes down sends TERM to all, perhaps to COMMAND a little earlier. The shell hears it in this pause.
    [ "$result,$stopped" != 143, ] || sleep 1
    case $result in
        0) ;;
        130) stopped=130 ;;
        unread) stopped=${stopped:-74} ;;
        *) ! unwritable || stopped=74 ;;
    esac
    # wq-complete and wq-release read up to the first tab of each line, which is the lease.
    case $result,$stopped in
        0,*) wq-complete "$queue" - ;;
        75,*) wq-release --reason "$1: status 75" --no-charge --delay 10s "$queue" - ;;
        unread,*) wq-release --reason 'not begun' --no-charge "$queue" - ;;
        *,74 | 130,* | 143,143) wq-release --reason "$1: status $result" --no-charge "$queue" - ;;
        *) wq-release --reason "$1: status $result" "$queue" - ;;
    esac <"$leases" >&2
    settled=$?
    [ "$result" = 0 ] || [ "$result" = unread ] || say "$1 failed with status $result on $(wc -l <"$leases") items"
    [ $settled -le 1 ] || exit "$settled"
    [ $settled -eq 0 ] || say 'these leases ran out before the work was done'
    [ $status -eq 0 ] || exit "$status"
done

exit "${stopped:-$status}"
