#!/usr/bin/env bats
# examples/kubernetes: the tutorial's job with its shell worker, as the Job would run it.

load ../shell/helper

FRUITS='apple banana cherry date fig grape lemon melon orange'

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    TUTORIAL=$REPO/examples/kubernetes
    export WORK_SECONDS=0.1
}

# start NAME: one worker; its transcript is in NAME.out.
start() {
    WQ_OWNER=$1 spawn "$1" "$TUTORIAL/worker.sh"
}

# working NAME: it has begun an item.
working() {
    grep -q '^Working on ' "$1.out"
}

worked_on() {
    sed -n 's/^Working on //p' "$@" | sort
}

@test "two workers at once: the transcript, each fruit once, 0 when the queue is drained" {
    # shellcheck disable=SC2086 # words
    r rpush job2 $FRUITS
    start one
    one=$PID
    start two
    two=$PID
    ends 0 "$one"
    ends 0 "$two"
    answers 0 wq-empty job2
    # shellcheck disable=SC2086
    is "$(worked_on one.out two.out)" "$(printf '%s\n' $FRUITS)"
    for name in one two; do
        fits "$(sed -n 1p "$name.out")" "^Worker with sessionID: $name\.[0-9a-f]{8}\$"
        is "$(sed -n 2p "$name.out")" 'Initial queue state: empty=False'
        is "$(sed -n '$p' "$name.out")" 'Queue empty, exiting'
        is "$(sed '1,2d; $d' "$name.out" | grep -vc -e '^Working on ' -e '^Waiting for work$')" 0
        is "$(<"$name.err")" ''
        working "$name"
    done
}

@test "filled by fill.sh, which prints the number: first in, first out" {
    answers 0 "$TUTORIAL/fill.sh"
    says 9
    answers 0 env WORK_SECONDS=0 "$TUTORIAL/worker.sh"
    # shellcheck disable=SC2086
    is "$(sed -n 's/^Working on //p' out)" "$(printf '%s\n' $FRUITS)"
    answers 0 "$TUTORIAL/fill.sh" other
    answers 0 env WORK_SECONDS=0 "$TUTORIAL/worker.sh" other
    # shellcheck disable=SC2086
    is "$(worked_on out)" "$(printf '%s\n' $FRUITS)"
}

@test "the session ID is the owner of the lease" {
    wq-push -q job2 apple
    WORK_SECONDS=100 start one
    eventually 10 working one
    is "$(r hvals job2:items | cut -f 2)" "$(sed -n 's/.*sessionID: //p' one.out)"
    pkill -P "$PID"
}

@test "kill -9 in mid-item: the other waits for the item, finishes it, and exits 0 only then" {
    wq-push -q job2 apple banana cherry
    export WQ_LEASE_TIME=2s
    WORK_SECONDS=100 start one
    one=$PID
    eventually 10 working one
    sleeping() { pgrep -P "$one" sleep >child; }
    eventually 10 sleeping
    kill -KILL "$one"
    STARTED+=("$(<child)")
    start two
    ends 0 "$PID" 20
    is "$(worked_on one.out)" apple
    is "$(grep -v -e '^Worker' -e '^Waiting' two.out)" 'Initial queue state: empty=False
Working on banana
Working on cherry
Working on apple
Queue empty, exiting'
    answers 0 wq-empty job2
    is "$(held job2)" ''
}

@test "work that fails is given back: it is tried again later, and dead at last" {
    wq-push -q job2 apple banana
    wq-config job2 retry-delay=50ms max-attempts=2
    WORK_SECONDS=nonsense answers 0 "$TUTORIAL/worker.sh"
    # How long each waits is random in part.
    is "$(sed -n 's/^Working on //p' out | sort)" $'apple\napple\nbanana\nbanana'
    is "$(wq-list --dead job2 | cut -f 3,6,7 | sort)" "2${TAB}status 1${TAB}apple
2${TAB}status 1${TAB}banana"
}

@test "a lease that ran out is told" {
    wq-push -q job2 apple
    WORK_SECONDS=0.6 WQ_LEASE_TIME=100ms spawn one "$TUTORIAL/worker.sh"
    eventually 10 working one
    returned() { [ -n "$(wq-reap job2)" ]; }
    eventually 10 returned
    late() { grep -q '^Too late for apple: its lease ran out$' one.out; }
    eventually 10 late
}

@test "nothing to do: empty=True, 0; and 66 if nothing was ever filled in" {
    answers 66 "$TUTORIAL/worker.sh"
    complains '*nothing was ever pushed to job2*'
    wq-push -q job2 </dev/null
    answers 0 "$TUTORIAL/worker.sh"
    matches "$(<out)" $'Worker with sessionID: *\nInitial queue state: empty=True\nQueue empty, exiting'
}

@test "an unreachable Redis never looks like an empty queue: 69" {
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$TUTORIAL/worker.sh"
    is "$(grep -c empty out)" 0
    complains 'wq-empty: *'
}

@test "a Redis that goes away in mid-item: 69" {
    wq-push -q job2 apple
    WQ_CONNECT_TIMEOUT=100ms WORK_SECONDS=0.6 start one
    eventually 10 working one
    kill "$REDIS"
    ends 69 "$PID"
    is "$(grep -c exiting one.out)" 0
}

@test "SIGTERM, as for an evicted pod: the item is finished, 143" {
    wq-push -q job2 apple banana
    WORK_SECONDS=0.5 start one
    eventually 10 working one
    kill -TERM "$PID"
    ends 143 "$PID"
    is "$(worked_on one.out)" apple
    is "$(held job2)" banana
}

@test "TERM to all processes charges no attempt, also where it reaches the work a little earlier" {
    for first in work worker; do
        wq-push -q job2 apple
        WORK_SECONDS=77.1 start one
        eventually 10 working one
        eventually 5 pgrep -P "$PID" -x sleep >work
        [ "$first" = work ] || kill -TERM "$PID"
        kill -TERM "$(<work)"
        sleep 0.1
        kill -TERM "$PID" 2>/dev/null || true
        ends 143 "$PID"
        is "$(r llen job2),$(r exists job2:attempts job2:delayed)" 1,0
        wq-purge --force job2
    done
}
