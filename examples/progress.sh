#!/bin/sh
# progress.sh: a list of work, some workers, and how far they are. Pushes its input into QUEUE, an
# item a line, starts WORKERS workers (worker.sh) that run COMMAND with each, and shows their
# progress until all is done: a bar on a terminal, elsewhere a line each WQ_INTERVAL (1s).
#
#   find . -name '*.wav' | progress.sh convert 4 flac --silent --
#
# What the commands print goes to QUEUE.log here. Workers may join from other machines, with the same
# WQ_URL, and after an interruption the rest goes on with: progress.sh QUEUE WORKERS COMMAND </dev/null
#
# Exit status: 0 all is done; 4 all is done but what was given up, see dead-letters.sh; 130 and 143
# stopped by a signal, after the items in hand; else what a worker ended with.

me=${0##*/}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

case $#,${2-} in
    [012],* | *,*[!0-9]* | *,0*)
        echo "usage: $me QUEUE WORKERS COMMAND [ARG...] <ITEMS" >&2
        exit 64
        ;;
esac
queue=$1 count=$2
shift 2

wq-push -q "$queue" || exit

workers=''
stopped=''
# Who runs in the background of a script does not hear Ctrl-C.
trap 'stopped=130; kill $workers 2>/dev/null' INT
trap 'stopped=143; kill $workers 2>/dev/null' TERM
while [ "$count" -gt 0 ] && [ -z "$stopped" ]; do
    "$here/worker.sh" "$queue" "$@" </dev/null >>"$queue.log" 2>&1 &
    workers="$workers $!"
    count=$((count - 1))
done
wq-stat --watch --until-drained -i "${WQ_INTERVAL:-1s}" "$queue" &
watch=$!

failure=1
for worker in $workers; do
    # While it is still there, wait was only interrupted by a signal.
    until
        wait "$worker"
        status=$?
        ! kill -0 "$worker" 2>/dev/null
    do :; done
    [ $status -eq 0 ] || failure=$status
done

wq-empty --strict "$queue"
drained=$?
case $drained in
    0) wait $watch ;;
    4)
        wait $watch
        echo "$me: some items were given up: dead-letters.sh $queue" >&2
        ;;
    *)
        kill $watch
        wait $watch 2>/dev/null
        [ ! -t 1 ] || echo
        [ -n "$stopped" ] || echo "$me: the workers ended before the work was done: see $queue.log" >&2
        exit "${stopped:-$failure}"
        ;;
esac
exit "${stopped:-$drained}"
