#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Answers that never arrive: what was asked is done once.

load ../shell/helper
load servers

## Answers that never arrive.

# loses N TIMES: from here on, through a proxy; see Tests/fakes/proxy.py.
loses() {
    [ -z "${PROXY-}" ] || slay "$PROXY"
    proxy lose "$@"
    export WQ_URL=unix://$BOX/p
}

# lost N: so many answers were lost.
lost() {
    is "$(grep -c lost "$BOX/proxy.out")" "$1"
}

# counter NAME: of the queue.
counter() {
    r hget job:stats "$1"
}

@test "a push whose answer was lost is done once" {
    loses 1 1
    answers 0 wq-push job apple banana
    says 2
    lost 1
    is "$(held job)" $'apple\nbanana'
    is "$(counter pushed)" 2
    loses 1 1
    answers 0 wq-push --delay 1h job cherry
    says 1
    is "$(r zcard job:delayed)" 1
}

@test "a lease whose answer was lost is handed out, and not leased a second time" {
    wq-push -q job apple banana
    loses 1 1
    answers 0 wq-lease job
    lost 1
    is "$(cut -f2 "$BOX/out")" apple
    is "$(r zrange job:leased 0 -1)" "$(cut -f1 "$BOX/out")"
    is "$(counter leased)" 1
    answers 0 wq-complete job "$(cut -f1 "$BOX/out")"
    is "$(held job)" banana
}

@test "what lost answers leave behind does not grow" {
    wq-push -q job apple
    r eval "for n = 1, 10000 do redis.call('zadd', KEYS[1], n, n .. '.0123456789ab') end" 1 job:lost
    loses 1 1
    answers 0 wq-lease job
    lost 1
    is "$(r zcard job:lost),$(r zscore job:lost 1.0123456789ab)" 10000,
}

@test "many leases whose answers were lost are all handed out, each once" {
    seq 1000 | wq-push -q job
    for n in 1 2 3 4; do
        loses "$n" 1
        answers 0 wq-lease -n 200 job
        # Few connections have as many answers.
        [ "$n" -gt 1 ] || lost 1
        is "$(wc -l <"$BOX/out")" 200
        cut -f1 "$BOX/out" | sort >"$BOX/handed"
        r zrange job:leased 0 -1 | sort | cmp "$BOX/handed" -
        answers 0 wq-complete job - <"$BOX/handed"
    done
    loses 1 2
    answers 0 wq-lease -n 900 job
    lost 2
    is "$(cut -f2 "$BOX/out")" "$(seq 801 1000)"
    is "$(r zcard job:leased)" 200
    is "$(counter leased)" 1000
}

@test "more leases than one call gives, with answers lost between, are all handed out" {
    seq 1000 | wq-push -q job
    for n in 1 2 3; do
        loses "$n" 1
        answers 0 wq-lease -n 700 job
        is "$(wc -l <"$BOX/out")" 700
        cut -f1 "$BOX/out" | sort >"$BOX/handed"
        r zrange job:leased 0 -1 | sort | cmp "$BOX/handed" -
        answers 0 wq-release --no-charge --delay 0 job - <"$BOX/handed"
        is "$(r llen job)" 1000
    done
}

@test "a lease that nobody answers is taken once, however often it is asked for" {
    teach
    wq-push -q job apple banana cherry
    loses 1 100
    WQ_CONNECT_TIMEOUT=2s answers 69 wq-lease -l 1h job
    says
    complains 'wq-lease: *'
    is "$(r zcard job:leased)" 1
    is "$(held job)" $'apple\nbanana\ncherry'
    # It was tried again, but not for ever.
    tries=$(grep -c lost "$BOX/proxy.out")
    if [ "$tries" -lt 2 ] || [ "$tries" -gt 10 ]; then fail "$tries tries"; fi
}

@test "a waiter that loses any answer leases what comes, once" {
    for n in 1 2 3 4 5 6; do
        loses "$n" 1
        spawn wait wq-lease -w job
        eventually 10 blocked 1
        r lpush job "item$n" >/dev/null
        # An item that arrived when its answer was lost goes back after a few seconds, or at once by hand.
        eventually 3 rescued "$PID"
        ends 0 "$PID" 15
        is "$(cut -f2 "$BOX/wait.out")" "item$n"
        is "$(r zrange job:leased 0 -1)" "$(cut -f1 "$BOX/wait.out")"
        wq-complete job - <"$BOX/wait.out"
        answers 0 wq-empty job
    done
    is "$(counter leased)" 6
}

# The program has ended; or what lies in Q:arriving is back in the queue, as a reaper would do it later.
rescued() {
    gone "$1" || ! yields '' r lmove job:arriving job right right
}

@test "a completion whose answer was lost is done" {
    wq-push -q job apple banana
    lease=$(lease job)
    loses 1 1
    answers 0 wq-complete job "$lease"
    silent
    lost 1
    is "$(counter completed)" 1
    is "$(held job)" banana
    # Nobody else is taken to be done with it.
    answers 1 wq-complete job "$lease"
    says "unknown${TAB}$lease"
}

@test "many completions whose answers were lost are all done" {
    for n in 1 2 3 4; do
        seq 900 | wq-push -q -u "unix://$SOCKET" job
        wq-lease -u "unix://$SOCKET" -n 900 job >"$BOX/leases"
        loses "$n" 1
        answers 0 wq-complete job - <"$BOX/leases"
        silent
        is "$(counter completed)" $((900 * n))
    done
}

@test "a lease that ran out is lost, also if the first to say so was not heard" {
    wq-push -q job apple
    lease=$(lease job)
    r zadd job:leased xx 1 "$lease"
    wq-reap -q job
    for command in wq-complete wq-renew wq-release; do
        loses 1 1
        answers 1 "$command" job "$lease"
        says "lost${TAB}$lease"
        lost 1
    done
    is "$(held job)" apple
}

@test "a release whose answer was lost is charged once" {
    wq-push -q job apple
    lease=$(lease job)
    loses 1 1
    answers 0 wq-release --delay 0 job "$lease"
    silent
    lost 1
    is "$(counter released)" 1
    is "$(held job)" apple
    is "$(r hvals job:attempts)" 1
    loses 1 1
    answers 0 wq-release --dead job "$(lease -u "unix://$SOCKET" job)"
    silent
    is "$(r zcard job:dead)" 1
    is "$(counter dead)" 1
}

@test "a renewal whose answer was lost is done" {
    wq-push -q job apple
    lease=$(lease -l 60s job)
    before=$(r zscore job:leased "$lease")
    loses 1 1
    answers 0 wq-renew -l 1h job "$lease"
    silent
    lost 1
    [ $(($(r zscore job:leased "$lease") - before)) -gt 3000000 ]
    loses 1 1
    answers 0 wq-renew -l 1h job "$lease" -- echo worked
    says worked
    lost 1
}

# Without the ms that a lease has left.
timeless() {
    sed 's/\t[0-9]\{5\}\t/\tms\t/; s/^\([a-z_]*_ms\)\t.*/\1/'
}

@test "what only looks answers as if nothing was lost" {
    wq-push -q job apple banana
    lease job
    for n in 1 2; do
        for command in 'wq-empty -v' wq-stat 'wq-stat --audit' wq-list wq-config; do
            # shellcheck disable=SC2086 # with its option
            WQ_URL=unix://$SOCKET $command job >"$BOX/expected" || true
            loses "$n" 1
            # shellcheck disable=SC2086
            answer $command job
            is "$(timeless <"$BOX/out")" "$(timeless <"$BOX/expected")"
            [ "$n" = 2 ] || lost 1
        done
    done
}

@test "settings, dead items and a purge with a lost answer come out right" {
    teach
    loses 1 1
    answers 0 wq-config job max-attempts=3
    is "$(r hget job:config max-attempts)" 3
    wq-push -q job apple
    wq-release --dead job "$(lease job)"
    loses 1 1
    # It is not done twice, so it is not known.
    answers 69 wq-retry --all job
    is "$(held job)" apple
    is "$(counter retried)" 1
    r zadd job:leased 1 "$(lease job)"
    loses 1 1
    answers 0 wq-reap job
    is "$(r zcard job:suspects)" 1
    is "$(counter expired)" 1
    loses 1 1
    answers 0 wq-purge --force job
    is "$(r dbsize)" 0
}

@test "wq-work works on what was leased to it by an answer that got lost" {
    for n in 1 2 3 4 5 6; do
        r flushall
        seq 20 | wq-push -q job
        proxy lose "$n" 2
        # Far from the end of a lease.
        # shellcheck disable=SC2016 # it is for the sh that is run
        WQ_URL=unix://$BOX/p answers 0 wq-work -j 2 job sh -c 'echo "$1 $WQ_ATTEMPT"' work
        is "$(sort -n <"$BOX/out")" "$(seq -f '%g 1' 20)"
        is "$(r hmget job:stats completed expired | xargs)" 20
        grep -q lost "$BOX/proxy.out" || fail "no answer was lost"
        slay "$PROXY"
    done
}

@test "suspects that were printed stay leased when a later answer is lost" {
    for answer in 1 2 3; do
        wq-push -q job 1 2 3 4 5 6
        for lease in $(wq-lease -n 5 job | cut -f1); do r zadd job:leased xx 1 "$lease" >/dev/null; done
        wq-reap job >/dev/null
        is "$(r zcard job:suspects)" 5
        teach
        loses "$answer" 1
        wq-lease -n 20 job >"$BOX/leases"
        [ "$answer" -gt 2 ] || lost 1
        is "$(cut -f1 "$BOX/leases" | sort)" "$(r zrange job:leased 0 -1 | sort)"
        export WQ_URL=unix://$SOCKET
        wq-purge --force job
    done
}
