#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# WQ_REPLICAS: what is called done has reached so many replicas. A primary and one replica.

load ../shell/helper
load servers

setup() {
    make_box
    free_ports 2
    REPLICA=${FREE[1]}
    start_redis --port "${FREE[0]}" --bind 127.0.0.1 --repl-diskless-sync-delay 0
    start_node "$REPLICA" --replicaof 127.0.0.1 "${FREE[0]}"
    eventually 10 replicates "$REPLICA"
}

@test "0 means that so many replicas have it" {
    export WQ_REPLICAS=1
    answers 0 wq-push job apple banana cherry
    is "$(at "$REPLICA" llen job)" 3
    answers 0 wq-complete job "$(lease job)"
    is "$(at "$REPLICA" hget job:stats completed)" 1
    answers 0 wq-release --dead job "$(lease job)"
    is "$(at "$REPLICA" zcard job:dead)" 1
    answers 0 wq-retry --all job
    is "$(at "$REPLICA" llen job)" 2
    answers 0 wq-config job max-attempts=3
    is "$(at "$REPLICA" hget job:config max-attempts)" 3
    lapsed=$(lease job)
    r zadd job:leased xx 1 "$lapsed"
    answers 0 wq-reap job
    is "$(at "$REPLICA" zcard job:suspects)" 1
    seq 3000 | wq-push -q job
    is "$(at "$REPLICA" llen job)" 3001
    answers 0 wq-purge job
    is "$(at "$REPLICA" keys 'job*' | grep -vx job:push:)" ''
}

@test "the replicas have the marks with the items" {
    export WQ_REPLICAS=1
    answers 0 wq-push --once 1h job apple apple banana
    says 2
    answers 0 wq-push --unique --id night job apple cherry
    says 1
    answers 0 wq-complete job "$(lease job)"
    for port in "$REPLICA" "${FREE[0]}"; do
        is "$(at "$port" zcount job:known 0 +inf),$(at "$port" zcount job:known -inf 0)" 1,2
    done
}

@test "what makes sure of the replicas is no other push's memory" {
    export WQ_REPLICAS=1
    for name in wait 1 :; do
        seq 2500 | wq-push -q --id "$name" "job$name"
        seq 2501 | wq-push --id "$name" "job$name" >"$BOX/out"
        says 1
        is "$(r llen "job$name")" 2501
    done
}

# few COMMAND...: it has not reached so many.
few() {
    answers 75 "$@"
    says
    complains "$1: *replica*"
}

@test "75 means that it is done, but may not have reached so many" {
    wq-push -q job apple banana cherry
    export WQ_REPLICAS=2 WQ_COMMAND_TIMEOUT=500ms
    few wq-push job date
    is "$(r llen job)" 4
    few wq-complete job "$(lease job)"
    few wq-release --dead job "$(lease job)"
    few wq-config job max-attempts=3
    answers 1 wq-empty job
    is "$(r hget job:stats completed)" 1
    is "$(r zcard job:dead)" 1
    few wq-retry --all job
    WQ_REPLICAS=0 answers 0 wq-push job apple
}

@test "a wrong WQ_REPLICAS is 78" {
    for wrong in x -1 1.5; do
        WQ_REPLICAS=$wrong answers 78 wq-push job apple
        says
        complains "wq-push: *WQ_REPLICAS*$wrong*"
    done
}

@test "what was sent again is not done before the replica has it" {
    wq-push -q job apple banana
    lease=$(lease -l 1h job)
    other=$(lease -l 1h job)
    kill -STOP "${NODE[REPLICA]}"
    export WQ_REPLICAS=1 WQ_URL=unix://$BOX/p WQ_COMMAND_TIMEOUT=500ms
    for command in "wq-push job cherry" "wq-complete job $lease" "wq-release job $other"; do
        proxy lose 1 1
        # shellcheck disable=SC2086 # words
        few $command
        is "$(<"$BOX/proxy.out")" lost
        slay "$PROXY"
    done
    kill -CONT "${NODE[REPLICA]}"
    is "$(r hget job:stats completed)" 1
}

@test "the replica is asked for in the same round trip" {
    teach
    export WQ_REPLICAS=1 WQ_URL=unix://$BOX/p
    proxy count
    answers 0 wq-push job apple
    eventually 5 grep -q . "$BOX/proxy.out"
    is "$(<"$BOX/proxy.out")" 'requests 1'
}
