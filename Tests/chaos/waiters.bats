#!/usr/bin/env bats
# A waiter that stops between taking an item and leasing it; WQ_DEBUG_STOP=adopt has it stop itself there.

load ../shell/helper

# stopped_waiter QUEUE ITEM: one that took the item and stopped, as $PID.
stopped_waiter() {
    take_and_stop "waiter-$1" "$1" "$2"
    is "$(r lrange "$1:arriving" 0 -1)" "$2"
}

# take_and_stop NAME QUEUE ITEM: as often as it takes, since one that looks in the very moment in which the item comes leases it
# at once.
take_and_stop() {
    while :; do
        WQ_DEBUG_STOP=adopt spawn "$1" wq-lease -w "$2"
        eventually 5 blocked 1
        wq-push -q "$2" "$3"
        eventually 5 gone_or_stopped "$PID"
        if is_stopped "$PID"; then return; fi
        wq-complete "$2" - <"$BOX/$1.out"
        r hincrby "$2:stats" pushed -1
        r hincrby "$2:stats" completed -1
    done
}

is_stopped() {
    grep -q '^State:.T' "/proc/$1/status" 2>/dev/null
}

gone_or_stopped() {
    gone "$1" || is_stopped "$1"
}

@test "what a killed waiter had taken goes back within seconds, through wq-lease and through wq-reap" {
    stopped_waiter job apple
    slay "$PID"
    stopped_waiter idle pear
    slay "$PID"
    # It is not there for others yet, but neither is the queue drained.
    for _ in 1 2 3; do
        answers 1 wq-lease job
        answers 1 wq-empty job
        answers 0 wq-reap idle
        says
    done
    eventually 12 answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" apple
    eventually 12 yields "requeued${TAB}1" wq-reap idle
    is "$(reads idle)" pear
    answers 1 wq-lease job
    is "$(r exists job:arriving idle:arriving idle:items)" 0
}

@test "what a killed waiter had taken goes back through a wq-reap that comes by every five minutes" {
    stopped_waiter job apple
    slay "$PID"
    answers 0 wq-reap job
    # As if that had been five minutes ago.
    read -r digest since count < <(r hget job:stats arriving)
    r hset job:stats arriving "$digest $((since - 300000)) $count"
    answers 0 wq-reap job
    says "requeued${TAB}1"
    is "$(r lrange job 0 -1)" apple
}

@test "a frozen waiter whose item was given to another leases again when it goes on" {
    stopped_waiter job apple
    frozen=$PID
    eventually 12 answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" apple
    cp "$BOX/out" "$BOX/other"
    kill -CONT "$frozen"
    eventually 5 blocked 1
    wq-push -q job banana
    # It stops once more, with what it has taken now.
    eventually 5 is_stopped "$frozen"
    kill -CONT "$frozen"
    ends 0 "$frozen"
    is "$(cut -f2 "$BOX/waiter-job.out")" banana
    answers 0 wq-complete job - <"$BOX/other"
    answers 0 wq-complete job - <"$BOX/waiter-job.out"
    answers 0 wq-empty job
    is "$(r hget job:stats completed)" 2
}

@test "a frozen waiter that goes on in time has its item" {
    stopped_waiter job apple
    kill -CONT "$PID"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/waiter-job.out")" apple
    answers 0 wq-complete job - <"$BOX/waiter-job.out"
    answers 0 wq-empty job
}

@test "of two frozen waiters with equal items, either may find the one that is left" {
    stopped_waiter job apple
    first=$PID
    take_and_stop waiter-more job apple
    second=$PID
    # Someone heals one of them.
    r lmove job:arriving job RIGHT RIGHT
    kill -CONT "$first"
    ends 0 "$first"
    kill -CONT "$second"
    # Whoever came too late takes from the queue again.
    eventually 5 gone_or_stopped "$second"
    kill -CONT "$second" 2>/dev/null || true
    ends 0 "$second"
    is "$(cat "$BOX"/waiter-*.out | cut -f2)" $'apple\napple'
    is "$(cat "$BOX"/waiter-*.out | cut -f1 | sort -u | wc -l)" 2
    is "$(r zcard job:leased),$(r exists job job:arriving)" 2,0
}

@test "a worker that is frozen until its lease has run out is told so" {
    wq-push job apple
    # shellcheck disable=SC2016 # the worker expands it
    spawn holder sh -c 'lease=$(wq-lease -l 100ms job) && kill -STOP $$ && wq-complete job "${lease%%	*}"'
    holder=$PID
    eventually 5 is_stopped "$holder"
    fresh=$(lease job -w)
    kill -CONT "$holder"
    ends 1 "$holder"
    matches "$(<"$BOX/holder.out")" "lost${TAB}1.*"
    is "$(r zrange job:leased 0 -1)" "$fresh"
    answers 0 wq-complete job "$fresh"
}

@test "a waiter that wants two has the one that came for it and the next, and leaves the rest" {
    WQ_DEBUG_STOP=adopt WQ_OWNER=me spawn waiter wq-lease -w -n 2 -l 90s job
    eventually 5 blocked 1
    wq-push -q job apple
    eventually 5 is_stopped "$PID"
    wq-push -q job banana cherry
    kill -CONT "$PID"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/waiter.out")" $'apple\nbanana'
    is "$(r lrange job 0 -1)" cherry
    is "$(r exists job:arriving)" 0
    # Both are its own for a minute and a half.
    while read -r lease _; do
        is "$(r hget job:items "$lease" | cut -f1,2)" "1${TAB}me"
        left=$(($(r zscore job:leased "$lease") - $(r time | head -n 1)000))
        [ "$left" -gt 60000 ] && [ "$left" -le 91000 ] || fail "$left ms"
    done <"$BOX/waiter.out"
}

@test "what came for a waiter goes back, to be taken next, if the queue was paused meanwhile" {
    stopped_waiter job apple
    wq-push -q job banana
    wq-config job paused=yes
    kill -CONT "$PID"
    eventually 5 yields 0 r exists job:arriving
    is "$(r lrange job 0 -1)" $'banana\napple'
    is "$(r exists job:leased)" 0
}

@test "of equal items that lie there for others a waiter takes its own only" {
    stopped_waiter job apple
    r lpush job:arriving apple
    kill -CONT "$PID"
    ends 0 "$PID"
    is "$(r lrange job:arriving 0 -1)" apple
    is "$(r zcard job:leased)" 1
}
