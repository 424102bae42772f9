#!/usr/bin/env bats
# wq and rediswq 0.1, the real package, on one queue.

load ../shell/helper

# The package is installed once, beside the other build output.
setup_file() {
    VENV=$REPO/.build-venv/rediswq
    if ! "$VENV/bin/python" -c 'import rediswq' 2>/dev/null; then
        rm -rf "$VENV"
        /usr/bin/python3 -m venv "$VENV"
        "$VENV/bin/pip" --quiet --disable-pip-version-check install rediswq==0.1
    fi
    export VENV
}

# rediswq QUEUE ACTION...: see client.py.
rediswq() {
    "$VENV/bin/python" "$BATS_TEST_DIRNAME/client.py" "$SOCKET" "$@"
}

# The same beside the test.
spawn_rediswq() {
    local name=$1
    shift
    spawn "$name" "$VENV/bin/python" "$BATS_TEST_DIRNAME/client.py" "$SOCKET" "$@"
}

@test "what rediswq users push is done with wq" {
    rediswq job push apple 'banana split' 'añ€😀'
    wq-lease -n 9 job >"$BOX/leases"
    is "$(cut -f2 "$BOX/leases" | sort)" $'apple\nañ€😀\nbanana split'
    wq-complete job - <"$BOX/leases"
    rediswq job empty
    answers 0 wq-empty job
}

@test "what wq-push pushes is done by a rediswq worker" {
    wq-push job apple 'banana split' 'añ€😀'
    is "$(rediswq job work)" $'apple\nbanana split\nañ€😀'
    answers 3 wq-lease job
    answers 0 wq-empty job
}

@test "rediswq sees a queue as not empty while a wq lease is live, and as empty after" {
    rediswq job empty
    wq-push job apple banana
    answers 1 rediswq job empty
    first=$(lease job)
    second=$(lease job)
    answers 1 rediswq job empty
    wq-complete job "$first"
    answers 1 rediswq job empty
    wq-complete job "$second"
    answers 0 rediswq job empty
}

@test "rediswq sees a queue as not empty while an item waits for its next attempt" {
    printf 'two\nlines\0' | wq-push -0q job
    answers 65 wq-lease job
    is "$(r zcard job:delayed)" 1
    answers 1 rediswq job empty
}

@test "rediswq sees a queue as not empty while a wq lease has run out, until the item is done" {
    wq-push job apple
    wq-lease -l 1ms job
    answers 1 rediswq job empty
    is "$(reads job -w)" apple
    answers 0 rediswq job empty
}

@test "wq sees what rediswq holds as not drained, and as drained after" {
    wq-push job apple
    spawn_rediswq holder job hold after-setex 60
    holder=$PID
    eventually 10 grep -q there "$BOX/holder.out"
    answers 1 wq-empty job
    answers 1 wq-lease job
    spawn waiter wq-lease --until-drained job
    kill -CONT "$holder"
    ends 3 "$PID"
    answers 0 wq-empty job
}

@test "the reaper of rediswq leaves the guard and wq's leases alone" {
    wq-push job apple
    lease=$(lease job)
    for _ in 1 2 3 4; do
        rediswq job reap
    done
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r exists job job:retries)" 0
    answers 0 wq-complete job "$lease"
    answers 0 rediswq job empty
}

@test "a rediswq worker does not end while wq holds a lease" {
    wq-push job apple
    lease=$(lease job)
    spawn_rediswq worker job work
    eventually 10 blocked 1
    rediswq job push banana
    eventually 10 grep -qx banana "$BOX/worker.out"
    kill -0 "$PID"
    wq-complete job "$lease"
    ends 0 "$PID"
}

@test "wq-reap brings back what a rediswq worker held that was killed before it had a lease" {
    rediswq job push apple
    answers 137 rediswq job die before-setex
    is "$(r lrange job:processing 0 -1)" apple
    answers 1 wq-lease job
    answers 0 wq-reap --orphan-after 50ms job
    says "orphans${TAB}1"
    is "$(reads job)" apple
    answers 0 rediswq job empty
}

@test "wq-reap brings back what a killed rediswq worker held, when its lease has run out" {
    rediswq job push apple
    answers 137 rediswq job die after-setex 1
    answers 0 wq-reap --orphan-after 50ms job
    silent
    is "$(r lrange job:processing 0 -1)" apple
    eventually 5 yields 0 r exists "$(lease_key job apple)"
    answers 0 wq-reap --orphan-after 50ms job
    says "orphans${TAB}1"
    is "$(reads job)" apple
}

@test "wq-reap does not touch what a live rediswq worker holds" {
    wq-push job apple
    spawn_rediswq holder job hold after-setex 60
    eventually 10 grep -q there "$BOX/holder.out"
    answers 0 wq-reap --orphan-after 50ms job
    silent
    is "$(r lrange job:processing 0 -1)" apple
    kill -CONT "$PID"
    ends 0 "$PID"
    answers 0 wq-empty job
}

@test "wq-reap does not touch what a rediswq worker is about to lease" {
    wq-push job apple
    spawn_rediswq holder job hold before-setex 60
    holder=$PID
    eventually 10 grep -q there "$BOX/holder.out"
    spawn reap wq-reap --orphan-after 2s job
    looked() { r info commandstats | grep -q eval; }
    eventually 5 looked
    kill -CONT "$holder"
    ends 0 "$PID"
    is "$(cat "$BOX/reap.out")" ''
    is "$(r llen job)" 0
}

@test "an item that kills rediswq workers dies at last" {
    r hset job:config max-attempts 2
    rediswq job push apple
    rediswq job die before-setex || true
    answers 0 wq-reap --orphan-after 10ms job
    says "orphans${TAB}1"
    rediswq job die before-setex || true
    answers 0 wq-reap --orphan-after 10ms job
    says "dead${TAB}1"
    is "$(r zcard job:dead)" 1
    answers 0 wq-empty job
    rediswq job empty
}

@test "workers of both kinds do two hundred items of both, each once" {
    cat >"$BOX/worker.sh" <<'END'
while lease=$(wq-lease --until-drained job); status=$?; [ "$status" -eq 0 ]; do
    sleep 0.01
    wq-complete job "${lease%%	*}" && echo "${lease#*	}"
done
[ "$status" -eq 3 ]
END
    wq-push -q job first
    lease=$(lease job)
    for n in 1 2 3; do
        spawn_rediswq "python$n" job work
        spawn "shell$n" sh "$BOX/worker.sh"
    done
    eventually 20 blocked 6
    seq 1 2 199 | wq-push -q job
    # shellcheck disable=SC2046 # a list
    rediswq job push $(seq 2 2 200)
    wq-complete job "$lease"
    for pid in "${STARTED[@]:1}"; do
        ends 0 "$pid" 30
    done
    sort -n "$BOX"/python?.out "$BOX"/shell?.out | diff - <(seq 200)
    [ -n "$(cat "$BOX"/python?.out)" ]
    [ -n "$(cat "$BOX"/shell?.out)" ]
    answers 0 wq-empty job
    rediswq job empty
    is "$(r exists job job:processing job:items job:leased)" 0
}
