#!/usr/bin/env bats
# wq-purge while others work: what begins after it, and what is under way.

load helper
load more

# Starts to purge job, as $PURGE. The queue is gone, but for the keys that are yet to be looked for,
# which begins when somebody calls sweeps.
purges() {
    # From now on Redis knows the scripts.
    wq-purge other
    # The answer that the queue was removed.
    proxy hold 1 "$BOX/go" $'*2\r\n:1\r\n:0'
    spawn purge wq-purge -u "unix://$BOX/p" job
    PURGE=$PID
    eventually 5 grep -q held "$BOX/proxy.out"
}

sweeps() {
    touch "$BOX/go"
    ends 0 "$PURGE"
}

@test "a named push after the purge is remembered, though the purge still looks for keys" {
    wq-push -q --id night job old
    purges
    answers 0 wq-push --id night job a b c
    says 3
    sweeps
    answers 0 wq-push --id night job a b c
    says 0
    is "$(items job)" $'a\nb\nc'
}

@test "a rerun before the purge has found its key adds all again" {
    wq-push -q --id night job a b c
    purges
    answers 0 wq-push --id night job a b
    says 2
    sweeps
    answers 0 wq-push --id night job a b c
    says 1
    is "$(items job)" $'a\nb\nc'
}

@test "a push that begins after the purge goes on to its end" {
    wq-push -q job old
    purges
    feeds job
    echo apple >&9
    eventually 5 yields 1 r llen job
    sweeps
    echo banana >&9
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.out"),$(<"$BOX/push.err")" 2,
    is "$(items job)" $'apple\nbanana'
}

@test "the leases and holds of a queue that began after the purge stay" {
    wq-push -q job old
    purges
    wq-push -q job new
    lease=$(lease job)
    sweeps
    is "$(r exists "$(lease_key job wq:busy)")" 1
    answers 0 wq-complete job "$lease"
    is "$(r exists job:processing "$(lease_key job wq:busy)")" 0
}

@test "what a rediswq client took after the purge stays leased" {
    wq-push -q job old
    r set "$(lease_key job old)" session
    purges
    r lpush job:processing kiwi
    r set "$(lease_key job kiwi)" session
    sweeps
    is "$(r exists "$(lease_key job kiwi)")" 1
}

@test "two purges at once take nothing from what came between them" {
    wq-push -q --id night job old
    purges
    wq-push -q --id other job apple
    answers 0 wq-purge job
    answers 0 wq-push --id night job a b
    says 2
    sweeps
    answers 0 wq-push --id night job a b
    says 0
    answers 0 wq-push --id other job apple
    says 1
    is "$(items job)" $'a\nb\napple'
}

@test "a purge that was cut off is done again, whatever it had left" {
    wq-push -q --id night job old
    purges
    slay "$PURGE"
    touch "$BOX/go"
    is "$(r keys '*')" job:push:night
    answers 0 wq-purge job
    is "$(r keys '*')" ''
}

# loses_answer STATUS COMMAND: the queue is purged, but its answer is lost, after which the shell runs COMMAND.
loses_answer() {
    wq-purge other
    # The first answer tells the epoch; the one to a password comes before it.
    proxy lose $((${WQ_TEST_ACL:-0} ? 3 : 2)) 1 "$2"
    answers "$1" wq-purge -u "unix://$BOX/p" job
    grep -q lost "$BOX/proxy.out"
}

@test "a purge whose answer is lost leaves what was pushed since then" {
    wq-push -q job old
    loses_answer 0 'wq-push -q job later'
    is "$(items job)" later
}

@test "... what was added by RPUSH, too" {
    wq-push -q job old
    loses_answer 0 "redis-cli -s $SOCKET rpush job later"
    is "$(items job)" later
}

@test "... and of a list that only RPUSH filled it does not know whether it is gone: 69" {
    r rpush job old
    loses_answer 69 "redis-cli -s $SOCKET rpush job later"
    is "$(items job)" later
    complains 'wq-purge: *'
}
