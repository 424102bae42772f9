#!/usr/bin/env bats
# wq-push: a queue that is held open while a push goes on, or sealed (push-id.bats: pushes that can be run again).

load helper
load more

# alive PID: it is, and will still be after a hundred answers of Redis.
alive() {
    for _ in {1..20}; do
        r ping >/dev/null
    done
    kill -0 "$1"
}

## --seal

@test "--seal: after the last item nothing more is accepted" {
    answers 0 wq-push --seal job apple banana
    says 2
    is "$(r hget job:config sealed)" yes
    answers 1 wq-push job cherry
    says
    complains 'wq-push: job is sealed*'
    answers 1 wq-push job < <(echo cherry)
    complains 'wq-push: job is sealed*'
    answers 1 wq-push -q --delay 1s job cherry
    answers 1 wq-push --front job cherry
    is "$(items job)" $'apple\nbanana'
    is "$(r hget job:stats pushed)" 2
    wq-config job sealed=
    answers 0 wq-push job cherry
}

@test "what is in a sealed queue is worked on to the end" {
    wq-push -q --seal job apple
    wq-release --no-charge job "$(lease job)"
    is "$(reads job)" apple
    answers 3 wq-lease job
}

@test "--seal seals at the end of the input, not before" {
    feeds --seal job
    echo apple >&9
    eventually 5 yields 1 r llen job
    is "$(r hexists job:config sealed)" 0
    answers 0 wq-push -q job banana
    end_feed
    ends 0 "$PUSH"
    is "$(r hget job:config sealed)" yes
}

@test "--seal without any item seals" {
    answers 0 wq-push --seal job </dev/null
    says 0
    answers 1 wq-push job apple
}

@test "--seal does not seal if the push fails" {
    feeds --seal job
    echo apple >&9
    eventually 5 yields 1 r llen job
    kill -TERM "$PUSH"
    ends 143 "$PUSH"
    end_feed
    answers 74 wq-push --seal -f "$BOX" job
    is "$(r hexists job:config sealed)" 0
}

@test "a named push with --seal can be run again" {
    answers 0 wq-push --id night --seal job apple banana
    answers 0 wq-push --id night --seal job apple banana
    says 0
    is "$(items job)" $'apple\nbanana'
}

@test "a push under way is refused when the queue is sealed, and says what it had pushed" {
    feeds job
    echo apple >&9
    eventually 5 yields 1 r llen job
    wq-config job sealed=yes
    echo banana >&9
    ends 1 "$PUSH"
    end_feed
    is "$(<"$BOX/push.out")" ''
    matches "$(<"$BOX/push.err")" "wq-push: job is sealed*1*"
    is "$(items job)" apple
    is "$(r exists job:producers job:processing)" 0
}

## --if-active

@test "--if-active leaves a drained queue alone: 1, the reason, nothing in Redis" {
    answers 1 wq-push --if-active job apple
    says
    complains 'wq-push: job is drained*'
    answers 1 wq-push --if-active job < <(echo apple)
    is "$(r dbsize)" 0
    dead job banana
    answers 1 wq-push --if-active job apple
    is "$(r llen job)" 0
}

@test "--if-active with a slow producer says at once that the queue is drained" {
    feeds --if-active job
    ends 1 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" "wq-push: job is drained*"
    is "$(r dbsize)" 0
}

@test "--if-active adds to a queue where anything is left to do" {
    for left in ready leased delayed rediswq producer open; do
        r flushall >/dev/null
        case $left in
            ready) wq-push -q job first ;;
            leased) wq-push -q job first && lease job >/dev/null ;;
            delayed) wq-push -q --delay 1h job first ;;
            rediswq) r lpush job:processing first >/dev/null ;;
            producer) r zadd job:producers "$(($(now) + 60000))" someone >/dev/null ;;
            open) wq-config job open=yes ;;
        esac
        answers 0 wq-push --if-active job more
        says 1
        is "$left $(r lindex job 0)" "$left more"
    done
}

@test "--if-active: a producer whose hold has ended does not count" {
    r zadd job:producers "$(($(now) - 1))" someone
    answers 1 wq-push --if-active job apple
}

@test "--if-active goes on to the end of its input, though workers are faster" {
    wq-push -q job first
    feeds --if-active job
    echo second >&9
    eventually 5 yields 2 r llen job
    wq-lease -n 2 job | wq-complete job -
    echo third >&9
    eventually 5 yields 1 r llen job
    is "$(reads job)" third
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.out")" 2
}

@test "a worker can push what its item leads to" {
    wq-push -q job tree
    lease=$(lease job)
    answers 0 wq-push --if-active job branch
    wq-complete job "$lease"
    is "$(reads job)" branch
    answers 3 wq-lease job
}

## Holding the queue open.

@test "while a push reads, the queue is not drained; with its end it is" {
    feeds job
    eventually 5 yields 1 r zcard job:producers
    answers 1 wq-empty job
    answers 1 wq-lease job
    answers 1 wq-lease --until-drained -t 20ms job
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r exists "$(lease_key job wq:busy)")" 1
    spawn wait wq-lease --until-drained job 9>&-
    eventually 5 blocked 1
    alive "$PID"
    end_feed
    ends 0 "$PUSH"
    ends 3 "$PID"
    is "$(r exists job:producers job:processing "$(lease_key job wq:busy)")" 0
    is "$(<"$BOX/push.out")" 0
}

@test "a push of operands, or of a file, holds nothing when it is over" {
    seq 3000 >"$BOX/numbers"
    wq-push -q job apple
    wq-push -q -f "$BOX/numbers" job
    wq-push -q --whole job <"$BOX/numbers"
    is "$(r exists job:producers job:processing)" 0
}

@test "each of several pushes holds the queue open for itself" {
    feeds job
    eventually 5 yields 1 r zcard job:producers
    mkfifo "$BOX/other"
    spawn other sh -c "exec wq-push job <'$BOX/other'" 9>&-
    exec 8>"$BOX/other"
    eventually 5 yields 2 r zcard job:producers
    end_feed
    ends 0 "$PUSH"
    is "$(r zcard job:producers)" 1
    answers 1 wq-empty job
    exec 8>&-
    ends 0 "$PID"
    answers 0 wq-empty job
}

@test "a push that only waits says every ten seconds that it is there" {
    feeds job
    eventually 5 yields 1 r zcard job:producers
    first=$(r zrange job:producers 0 0 withscores | tail -n 1)
    between $(($(now) + 25000)) "$first" $(($(now) + 30000))
    eventually 15 renewed_hold "$first"
    end_feed
    ends 0 "$PUSH"
}

renewed_hold() {
    [ "$(r zrange job:producers 0 0 withscores | tail -n 1)" -gt "$1" ]
}

@test "a push that is killed holds the queue no longer than its hold lasts" {
    feeds job
    eventually 5 yields 1 r zcard job:producers
    slay "$PUSH"
    end_feed
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    # Its thirty seconds are over.
    r zadd job:producers xx "$(($(now) - 1))" "$(r zrange job:producers 0 0)"
    ends 3 "$PID"
    answers 0 wq-empty job
    is "$(r exists job:processing "$(lease_key job wq:busy)")" 0
}

@test "a push that fails to read holds nothing" {
    answers 74 wq-push job </
    is "$(r exists job:producers job:processing)" 0
    answers 0 wq-empty job
}

@test "eight workers who are faster than their producer do not stop before it has ended" {
    produce() {
        for n in {1..25}; do
            echo "$n"
            sleep 0.02
        done
        touch "$BOX/produced"
    }
    export BOX TAB
    # Workers that begin before their producer need to be told that it will come.
    wq-config job open=yes
    for n in {1..8}; do
        # shellcheck disable=SC2016 # it is the worker that expands this
        spawn "worker$n" bash -c '
            while record=$(wq-lease --until-drained job); status=$?; [ $status = 0 ]; do
                echo "${record#*"$TAB"}"
                wq-complete job "${record%%"$TAB"*}"
            done
            [ $status = 3 ] && [ -e "$BOX/produced" ]'
    done
    produce | wq-push -q job
    wq-config job open=
    for pid in "${STARTED[@]:1}"; do
        ends 0 "$pid"
    done
    is "$(sort -n "$BOX"/worker?.out)" "$(seq 25)"
}

@test "a push goes on when its server comes back with its data" {
    keep_on_disk
    feeds job
    echo apple >&9
    eventually 5 yields 1 r llen job
    slay "$REDIS"
    start_redis --appendonly yes 9>&-
    echo banana >&9
    eventually 5 yields 2 r llen job
    end_feed
    ends 0 "$PUSH"
    is "$(items job)" $'apple\nbanana'
    is "$(<"$BOX/push.out"),$(<"$BOX/push.err")" 2,
}

@test "a push whose server stays away is 69 and says what it had pushed" {
    export WQ_CONNECT_TIMEOUT=20ms
    feeds job
    printf 'apple\nbanana\n' >&9
    eventually 5 yields 2 r llen job
    slay "$REDIS"
    echo cherry >&9
    ends 69 "$PUSH"
    end_feed
    is "$(<"$BOX/push.out")" ''
    matches "$(<"$BOX/push.err")" "wq-push: *Redis*2*"
}

@test "a push without a name, or of nothing that can be reached, is an error" {
    refuses wq-push --id '' job apple
    refuses wq-push --seal=yes job apple
    unreachable wq-push --seal job apple
    unreachable wq-push --id night --if-active job apple
}
