#!/bin/sh
# worker.sh: the reference worker. Runs COMMAND once for each item of QUEUE, until the queue is
# drained.
#
#   worker.sh QUEUE COMMAND [ARG...]
#
# COMMAND gets the item as its last argument and in WQ_ITEM; WQ_LEASE and WQ_ATTEMPT go with it. Its
# standard input is empty. It may take as long as it likes: its lease, of WQ_LEASE_TIME (60s), is
# renewed while it runs, or for WQ_MAX_TIME if that is set; and if the lease is lost, COMMAND is
# stopped. An item of more than 131063 bytes, which WQ_ITEM cannot hold, is dead at once. By its exit status
#
#   0      the item is completed
#   75     the item is given back for 10 s: the failure (say, of a network) is not its fault
#   130    interrupted, and so is the worker: the item is given back, and that is not its fault either
#   any but 0, while nobody takes the output (a reader that is gone, a full disk): the same, and the worker ends
#   other  the item is given back, for longer each time, and after too many attempts it is dead
#
# Exit status: 0 only when the queue is drained; 143 ended by SIGTERM, after the current item; 130
# interrupted; 74 nobody takes the output; 127 there is no COMMAND; else what wq-lease, wq-complete or wq-release ended with,
# such as 69 when Redis cannot be reached. HUP, from a terminal that closes, ends it together with COMMAND, and the item comes
# back when its lease runs out, which is an attempt: start it with nohup if it is to stay.

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
command=$1
time=${WQ_LEASE_TIME:-60s}

# Else each item would be taken to fail.
if ! command -v "$command" >/dev/null; then
    say "$command: not found"
    exit 127
fi

# give_back [OPTION...]
give_back() {
    say "$command failed with status $result on lease $WQ_LEASE (attempt $WQ_ATTEMPT)"
    answer=$(wq-release --reason "$command: status $result" "$@" "$queue" "$WQ_LEASE")
}

# unwritable: wq-renew ends with 74 if its command fails while nobody takes the output. So might COMMAND, but false does not.
unwritable() {
    wq-renew "$queue" "$WQ_LEASE" -- false 2>/dev/null
    [ $? = 74 ]
}

# fits: the item can be an argument, and WQ_ITEM=item a variable, of a program. The limit is in bytes,
# where the shell may count characters; wc counts a newline at the end, too.
fits() {
    [ ${#WQ_ITEM} -lt 30000 ] || [ "$(count)" -lt 131065 ]
}
count() {
    wc -c <<END
$WQ_ITEM
END
}

# In the environment of a worker that another worker runs, they would go on to each program here.
unset WQ_ITEM WQ_LEASE WQ_ATTEMPT

# The shell hears a signal when the program that it waits for has ended. So wq-lease waits a second
# at a time, and TERM to this shell never cuts COMMAND short.
stopped=''
trap 'stopped=143' TERM
trap 'stopped=130' INT

while [ -z "$stopped" ]; do
    # An item may be any bytes but NUL. $(...) removes newlines at the end, and in this format the
    # end is a quote: the item comes out of eval as it went into the queue.
    record=$(wq-lease -l "$time" -t 1 --until-drained --sh "$queue")
    status=$?
    case $status in
        0) ;;
        1) continue ;; # others hold what is left, and may fail; or it is to be tried later
        3) exit 0 ;;
        *) break ;;
    esac
    eval "$record"

    result=unfit
    if fits; then
        # In a subshell, so that COMMAND alone has them in its environment.
        (
            export WQ_ITEM WQ_LEASE WQ_ATTEMPT
            exec wq-renew -l "$time" ${WQ_MAX_TIME:+--max-time "$WQ_MAX_TIME"} "$queue" "$WQ_LEASE" -- "$@" "$WQ_ITEM"
        ) </dev/null
        result=$?
    fi
    # A machine that goes down sends TERM to all, perhaps to COMMAND a little earlier. The shell hears it in this pause.
    [ "$result,$stopped" != 143, ] || sleep 1
    [ $result != 130 ] || stopped=130
    if [ $result = 74 ] && unwritable; then stopped=74; fi
    case $result,$stopped in
        unfit,*)
            say "the item of lease $WQ_LEASE is too long to be an argument"
            answer=$(wq-release --dead --reason 'too long to be an argument' "$queue" "$WQ_LEASE")
            ;;
        0,*) answer=$(wq-complete "$queue" "$WQ_LEASE") ;;
        75,*) give_back --no-charge --delay 10s ;;
        130,* | 143,143 | 74,74) give_back --no-charge ;;
        *) give_back ;;
    esac
    status=$?
    case $status in
        0) ;;
        1) say "lease $WQ_LEASE is ${answer%%[!a-z]*}: the item goes, or went, to someone else" ;;
        *) break ;;
    esac
done

exit "${stopped:-$status}"
