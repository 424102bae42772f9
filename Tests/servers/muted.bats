#!/usr/bin/env bats
# A network that swallows all that is sent, before a Redis that wants a password: a new connection waits for an answer.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    export WQ_PASSWORD=secret REDISCLI_AUTH=secret
    start_redis --requirepass secret
    wq-push -q job apple
    proxy mute "$BOX/mute"
}

# stops_in_time COMMAND...: what this keeps running is stopped before another worker has its item.
stops_in_time() {
    WQ_URL=unix://$BOX/p spawn kept "$@" sh -c 'echo "$$" >"$1"; exec sleep 77' sh "$BOX/running"
    eventually 5 written running
    touch "$BOX/mute"
    answers 0 wq-lease -w job
    # There and then, give or take what it takes to be noticed on a busy machine.
    for _ in $(seq 20); do
        kill -0 "$(<"$BOX/running")" 2>/dev/null || break
        sleep 0.01
    done
    ! kill -0 "$(<"$BOX/running")" 2>/dev/null || fail 'it runs still'
}

@test "wq-renew, cut off from a Redis with a password, stops its command in time" {
    stops_in_time wq-renew -l 2100ms job "$(wq-lease job | cut -f 1)" --
}

@test "wq-work, cut off from a Redis with a password, stops its command in time" {
    stops_in_time wq-work -q -l 2100ms --stdin job
}
