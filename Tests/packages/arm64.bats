#!/usr/bin/env bats
# The programs for arm64, run by qemu on any machine (see emulated), do their work with a real Redis.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside
# shellcheck disable=SC2153,SC2154 # tls.bash sets what is used here

load ../shell/helper
load ../servers/servers
load ../servers/tls

@test "they are static programs for arm64, and say their version" {
    for program in $("$REPO/Tests/programs"); do
        is "$(readelf -h "$WQ_BIN/$program" | sed -n 's/^ *Machine: *//p')" AArch64
        is "$(readelf -lW "$WQ_BIN/$program" | grep -cE 'INTERP|DYNAMIC')" 0
        is "$("$program" --version | head -n 1)" "$program $(make -s -C "$REPO" version)"
    done
}

@test "the tutorial's job is done" {
    start_redis
    cd "$REPO/examples" || return
    answers 0 sh kubernetes/fill.sh
    says 9
    WORK_SECONDS=0 answers 0 timeout 60 ./run-locally -p 2 kubernetes/worker.sh job2
    is "$(grep -c 'Working on' "$BOX/out")" 9
    is "$(grep -c 'Queue empty, exiting' "$BOX/out")" 2
    answers 0 wq-empty --strict job2
    answers 0 wq-stat --audit job2
    answers 3 wq-lease job2
}

@test "wq-work does a queue, with failures, and what it started ends with it" {
    start_redis --appendonly yes
    seq 40 | wq-push -q job
    answers 0 wq-work -q -j 4 job sh -c '[ "$1" != 7 ] || [ "$WQ_ATTEMPT" -gt 1 ] || exit 3; echo "$1"' sh
    is "$(sort -n "$BOX/out")" "$(seq 40)"
    is "$(r hget job:stats completed)" 40

    wq-push -q job apple
    spawn work wq-work -l 2s job sh -c 'exec sleep 4242'
    eventually 20 pgrep -f 'sleep 4242'
    kill -KILL "$PID"
    gone_asleep() { ! pgrep -f 'sleep 4242' >/dev/null; }
    eventually 20 gone_asleep
    answers 0 wq-lease --until-drained job
}

@test "wq-doctor finds nothing wrong, and what is wrong" {
    start_redis --appendonly yes
    wq-push -q job apple
    answers 0 wq-doctor job
    is "$(tail -n 1 "$BOX/out")" sound
    r config set maxmemory-policy allkeys-lru
    answers 1 wq-doctor job
    grep -q "^finding${TAB}.*allkeys-lru" "$BOX/out"
}

@test "wq-tls shakes hands for them, and trusts nobody else" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    answers 0 wq-push job apple 'two words'
    says 2
    answers 0 wq-work -q job echo
    says apple 'two words'
    WQ_TLS_CACERT=$CERTS/other.pem answers 78 wq-push job cherry
    answers 0 wq-empty job
}
