#!/usr/bin/env bats
# The connection is cut in the middle of a request or of its answer.

load ../shell/helper

# through_cut DIRECTION BYTES [cold]: from here on $CUT leads to Redis, but for the first connection, which is cut. A cold Redis
# knows no script, so that the request is followed by one with the script's text.
through_cut() {
    [ "${3-}" != cold ] || r script flush >/dev/null
    proxy cut "$1" "$2"
    CUT=unix://$BOX/p
}

# The cut took place, or nothing was tested; the proxy is no longer needed.
has_cut() {
    grep -qx cut "$BOX/proxy.out" || fail "no cut at: $place"
    slay "$PROXY"
}

# Nothing, a byte, most of a request, some of a script's text; the request whole, but no answer; some of the answer.
each_cut() {
    for place in 'requests 0' 'requests 1' 'requests 300' 'requests 3000 cold' 'replies 0' 'replies 1' 'replies 3'; do
        r flushall >/dev/null
        # shellcheck disable=SC2086 # two words or three
        through_cut $place
        "$@" || fail "cut at: $place"
        has_cut
    done
}

push_once() {
    answers 0 wq-push -u "$CUT" job apple banana
    says 2
    is "$(r lrange job 0 -1)" $'banana\napple'
}

@test "wq-push sends again what was cut, and nothing is doubled" {
    each_cut push_once
}

@test "a long push that is cut in the middle arrives whole, in order, once" {
    seq 3000 >"$BOX/numbers"
    for place in 'requests 5000' 'requests 20000' 'replies 30' 'replies 100'; do
        r flushall >/dev/null
        # shellcheck disable=SC2086 # two words or three
        through_cut $place
        answers 0 wq-push -u "$CUT" job <"$BOX/numbers"
        says 3000
        r lrange job 0 -1 | tac | cmp - "$BOX/numbers"
        has_cut
    done
}

lease_once() {
    r rpush job apple
    wq-lease -u "$CUT" -l 100ms job >"$BOX/out" 2>"$BOX/err" || {
        is $? 69
        says
    }
    is "$(held job)" apple
    is "$(reads job -w)" apple
    answers 0 wq-empty job
    is "$(r hget job:stats completed)" 1
}

@test "a lease that was cut is an error or another lease; the item comes back" {
    each_cut lease_once
}

complete_once() {
    r rpush job apple
    lease=$(lease job)
    wq-complete -u "$CUT" job "$lease" >"$BOX/out" 2>"$BOX/err" || {
        is $? 69
        says
        # In doubt: it was done, or it can be done again.
        wq-complete job "$lease" || is "$(r hget job:stats completed)" 1
    }
    is "$(r hget job:stats completed)" 1
    answers 0 wq-empty job
}

@test "a completion that was cut is done or in doubt, and never denied" {
    each_cut complete_once
}

wait_once() {
    spawn wait wq-lease -u "$CUT" -t 2s -l 200ms job
    eventually 5 waits_or_ended "$PID"
    wq-push -q job apple
    eventually 5 gone "$PID"
    wait "$PID" || [[ $? == [13] || $? == 69 ]]
    is "$(held job)" apple
}

waits_or_ended() {
    blocked 1 || gone "$1"
}

@test "a waiter that is cut loses nothing" {
    # In the first try to lease, in the blocking take, and in the adoption.
    for place in 'replies 5' 'replies 21' 'replies 26' 'replies 33' 'replies 50' 'requests 400' 'requests 800' \
        'requests 8200 cold'; do
        r flushall >/dev/null
        # shellcheck disable=SC2086 # two words or three
        through_cut $place
        wait_once || fail "cut at: $place"
        has_cut
    done
}
