#!/usr/bin/env bats
# wq-push --once: what was pushed in that time is not pushed again. And marks of items that are not there.

load helper
load more
load unique

# passes ITEM: its time is over.
passes() {
    r zadd job:known xx "$(r zscore job:known "$(printf %s "$1" | sha1sum | cut -d' ' -f1)" | sed 's/[0-9]\{13\}/1/')" \
        "$(printf %s "$1" | sha1sum | cut -d' ' -f1)" >/dev/null
}

@test "--once: what was pushed in that time is not pushed again, even if it is done" {
    answers 0 wq-push --once 1h job apple banana
    says 2
    wq-complete job "$(lease job)"
    wq-drop -q --ready job
    answers 0 wq-push --once 1h job apple banana cherry
    says 1
    passes apple
    answers 0 wq-push --once 1h job apple banana cherry
    says 1
    is "$(items job)" $'cherry\napple'
}

@test "the time counts from the push, and is that which it was pushed with" {
    wq-push -q --once 10s job apple
    score=$(r zrange job:known 0 0 withscores | tail -n 1)
    between 9000 "$((-score - $(now)))" 10000
    answers 0 wq-push --once 1h job apple
    says 0
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "$score"
    wq-complete job "$(lease job)"
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "${score#-}"
}

@test "an item that waits for longer than its time is in the queue all the same" {
    wq-push -q --once 1ms job apple
    eventually 5 past "$(($(now) + 1))"
    answers 0 wq-push --once 1ms job apple
    says 0
    known apple
    wq-complete job "$(lease job)"
    is "$(r exists job:known)" 0
}

@test "--unique asks for no time, and leaves the longer one" {
    wq-push -q --once 1h job apple
    until=$(r zrange job:known 0 0 withscores | tail -n 1)
    wq-complete job "$(lease job)"
    new apple
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "$until"
    known apple
    wq-complete job "$(lease job)"
    answers 0 wq-push --once 1h job apple
    says 0
    # --unique says nothing more beside it; and no time is none.
    answers 0 wq-push --once 1h --unique job apple
    says 0
    answers 0 wq-push --once 0 job apple
    says 1
}

@test "a shorter time does not take away the longer one" {
    wq-push -q --once 2h job apple
    wq-complete job "$(lease job)"
    passes apple
    wq-push -q --once 1h job apple
    between 3500000 "$((-$(r zrange job:known 0 0 withscores | tail -n 1) - $(now)))" 3600000
}

@test "marks whose time is over go by and by, some hundreds a push" {
    wq-push -q job pear
    r eval 'for n = 1, 1200 do redis.call("zadd", KEYS[1], n, redis.sha1hex("old" .. n)) end' 1 job:known
    r zadd job:known "$(($(now) + 100000))" "$(printf later | sha1sum | cut -d' ' -f1)"
    for left in 1001 801 601 401 201 1 1; do
        wq-push -q --unique job pear
        is "$(r zcount job:known 0 +inf)" "$left"
    done
    wq-push -q --unique job later
    is "$(r zcount job:known 0 +inf)" 0
}

## Marks of items that are not there.

# forsaken N...: so many marks of items that somebody took without wq.
forsaken() {
    seq "$@" | wq-push -q --unique job
    r del job >/dev/null
}

@test "when the queue has no item in any state, no mark says that one is there" {
    forsaken 3
    new 2
    is "$(r zcard job:known)" 1
    known 2
    wq-complete job "$(lease job)"
    # While there is one, in whatever state, they count.
    forsaken 3
    for state in leased delayed dead ready processing; do
        r del job:items job:leased job:delayed job:dead job job:processing
        wq-push -q job pear
        case $state in
            leased) wq-lease -0 job ;;
            delayed) wq-release --delay 1h job "$(lease job)" ;;
            dead) wq-release --dead job "$(lease job)" ;;
            processing) r lmove job job:processing right left ;;
        esac
        known 2
    done
    r del job:processing
    new 2
}

@test "however many there are, they go, and what --once keeps stays" {
    seq 1700 | wq-push -q --once 1h job
    r del job
    forsaken 2001 3300
    seq 5000 >"$BOX/numbers"
    answers 0 wq-push --unique job <"$BOX/numbers"
    says 5000
    complains ''
    items job | cmp - "$BOX/numbers"
    is "$(r zcount job:known -1 -1),$(r zcount job:known -inf '(-1'),$(r zcount job:known 0 +inf)" 3300,1700,0
    r del job
    answers 0 wq-push --once 1h job <"$BOX/numbers"
    says 3300
    is "$(r zcount job:known -inf '(-1'),$(r zcount job:known 0 +inf)" 3300,1700
}

@test "a push that is killed while they go leaves that to the next one, whatever was pushed meanwhile" {
    forsaken 1200
    # The first of several steps.
    r eval 'for n = 1, 500 do redis.call("zrem", KEYS[1], redis.sha1hex(n)) end redis.call("zadd", KEYS[1], "+inf", "void")' 1 job:known
    wq-push -q job pear 700
    new 700
    is "$(r zcard job:known)" 1
    is "$(items job)" $'pear\n700\n700'
}

@test "the hold of a push goes on while they go" {
    forsaken 1200
    feeds --unique job
    eventually 5 yields 1 r zcard job:producers
    seq 3 >&9
    eventually 5 yields 3 r llen job
    is "$(r zcard job:producers)" 1
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.out"),$(<"$BOX/push.err")" 3,
}
