#!/usr/bin/env bats
# wq-work, killed at random moments: four workers, five hundred items, started again as they die. WQ_SEED=N
# repeats the choices of a run.

load ../shell/helper

WORKERS=4
ITEMS=500

setup() {
    make_box
    # shellcheck disable=SC2034 # bash draws from it
    RANDOM=${WQ_SEED:=$RANDOM}
    echo "# WQ_SEED=$WQ_SEED" >&3
    start_redis
    seq "$ITEMS" | wq-push -q job
    r hset job:config max-attempts 0
    : >"$BOX/began"
    : >"$BOX/done"
    export BOX
}

# start_wq_work N: its commands write down each item, before and after.
start_wq_work() {
    # shellcheck disable=SC2016 # it is for the shell inside
    spawn "worker$1" wq-work -q -j 2 -l 300ms --prefetch "$(($1 % 2))" job -- sh -c '
        echo "$WQ_LEASE $1" >>"$BOX/began"
        sleep "0.0$(($1 % 4))"
        echo "$WQ_LEASE $1" >>"$BOX/done"' x
    # shellcheck disable=SC2153 # it is set by spawn
    PIDS[$1]=$PID
}

# start_feeding N: the same with commands that live.
start_feeding() {
    spawn "worker$1" wq-work -q -j 2 -l 300ms --feed --json job -- python3 -c '
import json, os, sys, time
began, done = (open(os.environ["BOX"] + "/" + name, "ab", buffering=0) for name in ("began", "done"))
for line in sys.stdin:
    lease = json.loads(line)
    text = "{lease} {item}\n".format(**lease).encode()
    began.write(text)
    time.sleep(int(lease["item"]) % 4 / 100)
    done.write(text)
    print(0, flush=True)'
    # shellcheck disable=SC2153 # it is set by spawn
    PIDS[$1]=$PID
}

# start_batching N: the same with up to eight items a command.
start_batching() {
    # shellcheck disable=SC2016 # it is for the shell inside
    spawn "worker$1" wq-work -q -j 2 -l 300ms --prefetch "$(($1 % 2))" --batch 8 job -- sh -c '
        for item; do set -- "$@" "${WQ_LEASE%% *} $item"; WQ_LEASE=${WQ_LEASE#* }; shift; done
        printf "%s\n" "$@" >>"$BOX/began"
        sleep "0.$(($# * 3 + 10))"
        printf "%s\n" "$@" >>"$BOX/done"' x
    # shellcheck disable=SC2153 # it is set by spawn
    PIDS[$1]=$PID
}

@test "kill -9 of the worker at random: each item is completed, and twice only where a lease ran out" {
    killed_at_random start_wq_work
}

@test "kill -9 of a worker that feeds, at random: the same" {
    killed_at_random start_feeding
}

@test "kill -9 of a worker whose commands have several items, at random: the same" {
    killed_at_random start_batching
}

killed_at_random() {
    for ((n = 0; n < WORKERS; n++)); do
        "$1" "$n"
    done
    for ((kills = 0; kills < 40; kills++)); do
        sleep "$(printf '0.%03d' $((RANDOM % 60 + 10)))"
        if wq-empty job; then break; fi
        n=$((RANDOM % WORKERS))
        slay "${PIDS[n]}"
        "$1" "$n"
    done
    for pid in "${PIDS[@]}"; do
        ends 0 "$pid" 60
    done
    [ "$kills" -ge 20 ] || fail "only $kills were killed"

    # Each item was done, and Redis counts each once.
    is "$(cut -d' ' -f2 "$BOX/done" | sort -nu)" "$(seq "$ITEMS")"
    is "$(r hget job:stats completed)" "$ITEMS"
    is "$(held job)" ''
    answers 0 wq-stat --audit job
    # No lease was worked on twice, and there was one more for each lease that ran out or was given back.
    is "$(cut -d' ' -f1 "$BOX/began" | sort | uniq -d)" ''
    expired=$(r hget job:stats expired)
    is "$(r hget job:stats leased)" $((ITEMS + expired))
    twice=$(($(wc -l <"$BOX/done") - ITEMS))
    [ "$twice" -le "$expired" ] || fail "$twice were done twice, but $expired leases ran out"
    [ "$expired" -gt 0 ] || fail 'nobody was killed in the middle of an item'
    echo "# $kills workers killed, $expired leases ran out, $twice of $ITEMS items done twice" >&3
}
