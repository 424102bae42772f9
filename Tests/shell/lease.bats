#!/usr/bin/env bats
# wq-lease: what it takes, how long it waits, what it answers.

load helper

@test "an item is leased and printed as LEASE, TAB, ITEM" {
    wq-push job 'banana split'
    answers 0 wq-lease job
    complains ''
    [[ $(cat -A "$BOX/out") =~ ^1\.[0-9a-f]{12}\^Ibanana\ split\$$ ]] || fail 'not LEASE<TAB>ITEM'
}

@test "lease IDs count up" {
    wq-push job apple banana
    matches "$(wq-lease job)" "1.*apple"
    matches "$(wq-lease job)" "2.*banana"
}

@test "wq-push is first in, first out" {
    wq-push job apple banana cherry
    is "$(wq-lease -n 3 job | cut -f2)" $'apple\nbanana\ncherry'
}

@test "a list filled with redis-cli rpush runs last in, first out" {
    r rpush job apple banana cherry
    is "$(wq-lease -n 3 job | cut -f2)" $'cherry\nbanana\napple'
}

@test "-n leases up to so many at once, each with an ID of its own" {
    wq-push job apple banana apple
    answers 0 wq-lease -n 2 job
    is "$(cut -f2 "$BOX/out")" $'apple\nbanana'
    is "$(cut -f1 "$BOX/out" | sort -u | wc -l)" 2
    answers 0 wq-lease -n 2 job
    is "$(cut -f2 "$BOX/out")" apple
    answers 1 wq-lease -n 2 job
    silent
}

@test "-n may exceed what one call to Redis takes" {
    seq 1500 | wq-push -q job
    wq-lease -n 1501 job | cut -f2 | cmp - <(seq 1500)
    is "$(r zcard job:leased)" 1500
}

@test "nothing now is 1, drained is 3, both silent" {
    wq-push -q job </dev/null
    answers 3 wq-lease job
    silent
    wq-push job apple
    lease=$(lease job)
    answers 1 wq-lease job
    silent
    wq-complete job "$lease"
    answers 3 wq-lease job
    silent
}

@test "dead items do not keep a queue from being drained" {
    r hset job:config max-attempts 1
    wq-push job apple
    wq-lease -l 1ms job
    eventually 5 answers 3 wq-lease job
    is "$(r zcard job:dead)" 1
}

@test "a lease lasts 60 seconds unless told" {
    wq-push job apple
    wq-lease job
    left=$(($(r zrange job:leased 0 0 withscores | tail -n 1) - $(date +%s%3N)))
    [ "$left" -gt 55000 ] && [ "$left" -le 60000 ]
}

@test "an item whose lease ran out is leased to the next who asks, before others" {
    wq-push job apple banana
    wq-lease -l 20ms job
    next_is_apple() {
        wq-lease -l 20ms --sh job >"$BOX/record" && grep apple "$BOX/record"
    }
    eventually 5 next_is_apple
    eval "$(<"$BOX/record")"
    is "$WQ_ITEM" apple
    [ "$WQ_ATTEMPT" -ge 2 ]
}

@test "each expired lease is an attempt" {
    wq-push job apple
    for attempt in 1 2 3 4; do
        eval "$(wq-lease --forever --lease 10ms --sh job)"
        is "$WQ_ATTEMPT" "$attempt"
    done
}

@test "after ten attempts an item is dead, with its reason" {
    wq-push job apple
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        answers 0 wq-lease -t 5s -l 5ms job
    done
    answers 3 wq-lease --until-drained -t 5s job
    is "$(r zcard job:dead)" 1
    r hvals job:items | grep -qP "^10\t[^\t]*\t[0-9]+\t[^\t]*expired[^\t]*\tapple$"
}

@test "max-attempts is a setting of the queue, 0 is no limit" {
    r hset job:config max-attempts 2
    r hset endless:config max-attempts 0
    for queue in job endless; do
        wq-push "$queue" apple
        answers 0 wq-lease -t 5s -l 5ms "$queue"
        answers 0 wq-lease -t 5s -l 5ms "$queue"
    done
    answers 3 wq-lease --until-drained -t 5s job
    for _ in $(seq 12); do
        answers 0 wq-lease -t 5s -l 5ms endless
    done
}

@test "a completed item begins with a clean slate when pushed again" {
    wq-push job apple
    wq-lease -l 5ms job
    wq-complete job "$(lease --forever job)"
    wq-push job apple
    eval "$(wq-lease --sh job)"
    is "$WQ_ATTEMPT" 1
}

@test "without -t, -w and --until-drained nobody waits" {
    wq-push job apple
    wq-lease job
    answers 1 wq-lease job
    is "$(r info commandstats | grep -c blmove)" 0
}

@test "-t waits for an item" {
    spawn wait wq-lease -t 20s job
    eventually 5 blocked 1
    wq-push job apple
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
    is "$(r llen job:arriving)" 0
}

@test "-t in vain answers what the state is then: nothing now, or drained" {
    wq-push -q job </dev/null
    answers 3 wq-lease -t 100ms job
    silent
    wq-push job apple
    wq-lease job
    answers 1 wq-lease --timeout=100ms job
    silent
}

@test "-w waits for an item, however long, also on a drained queue" {
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-push job apple
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

@test "a waiter gets the item whose lease runs out meanwhile" {
    wq-push job apple
    wq-lease -l 300ms job
    answers 0 wq-lease -w job
    is "$(cut -f2 "$BOX/out")" apple
    wq-lease -l 100ms job || true
    answers 1 wq-lease -t 10ms job
}

@test "--until-drained leases what there is, else waits until another completes" {
    wq-push job apple banana
    lease=$(lease job)
    answers 0 wq-lease --until-drained job
    other=$(cut -f1 "$BOX/out")
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    wq-complete job "$lease"
    wq-complete job "$other"
    ends 3 "$PID"
    is "$(cat "$BOX/wait.out" "$BOX/wait.err")" ''
}

@test "--until-drained on a drained queue answers at once" {
    wq-push -q job </dev/null
    answers 3 wq-lease --until-drained job
    silent
}

@test "--until-drained takes an item that comes back" {
    wq-push job apple
    wq-lease -l 300ms job
    answers 0 wq-lease --until-drained job
    is "$(cut -f2 "$BOX/out")" apple
}

@test "--until-drained with -t waits at most that long" {
    wq-push job apple
    wq-lease job
    answers 1 wq-lease --until-drained -t 100ms job
    silent
}

@test "several waiters share what is pushed, an item each" {
    for n in 1 2 3; do
        spawn "wait$n" wq-lease -t 20s job
    done
    eventually 5 blocked 3
    wq-push job apple banana cherry
    for pid in "${STARTED[@]:1}"; do
        ends 0 "$pid"
    done
    is "$(cat "$BOX"/wait?.out | cut -f2 | sort)" $'apple\nbanana\ncherry'
}

@test "a signal ends a waiter at once and takes no item with it" {
    for signal in TERM INT HUP; do
        # What a shell starts beside itself ignores SIGINT unless told.
        spawn wait env --default-signal=INT wq-lease -w job
        eventually 5 blocked 1
        kill "-$signal" "$PID"
        eventually 5 gone "$PID"
        wait "$PID" || is $? "$((128 + $(kill -l "$signal")))"
        eventually 5 blocked 0
    done
    wq-push job apple
    is "$(r lrange job 0 -1)" apple
    is "$(r llen job:arriving)" 0
}

@test "the owner is WQ_OWNER, else the host's name" {
    wq-push job apple banana
    WQ_OWNER='worker 7' wq-lease job
    r hvals job:items | grep -qP '^1\tworker 7\t[0-9]+\t[^\t]*\tapple$'
    wq-lease job
    r hvals job:items | grep -qP "^1\t$(uname -n)\t[0-9]+\t[^\t]*\tbanana$"
}

@test "an owner with tabs and newlines cannot damage the item" {
    wq-push job apple
    WQ_OWNER=$'a\tb\nc\t' wq-lease -l 10ms job || is $? 78
    is "$(reads job -w)" apple
    answers 3 wq-lease job
}
