#!/usr/bin/env bats
# Eight workers, two hundred items with duplicates among them, two reapers, and everything that can go
# wrong at random moments. WQ_SEED=N repeats the choices of a run.

load ../shell/helper

WORKERS=8

setup() {
    make_box
    # shellcheck disable=SC2034 # bash draws from it
    RANDOM=${WQ_SEED:=$RANDOM}
    echo "# WQ_SEED=$WQ_SEED" >&3
    start_redis --appendonly yes --appendfsync always
    seq 200 | awk '{ print "item" $1 % 120 }' >"$BOX/pushed"
    wq-push -q job <"$BOX/pushed"
    r hset job:config max-attempts 0 retry-delay 10 retry-delay-max 50
    : >"$BOX/ledger"
}

# start_worker N
start_worker() {
    spawn "worker$1" sh "$BATS_TEST_DIRNAME/worker.sh" job "$BOX/ledger" $((WQ_SEED + $1))
    # shellcheck disable=SC2153 # it is set by spawn
    PIDS[$1]=$PID
}

start_all() {
    for ((n = 0; n < WORKERS; n++)); do
        start_worker "$n"
    done
    for n in 1 2; do
        spawn "reaper$n" sh -c 'while sleep 0.05; do wq-reap -q job; done'
    done
}

# havoc TIMES COMMAND: runs it so many times, at random moments, as long as there is work.
havoc() {
    for ((times = 0; times < $1; times++)); do
        sleep "$(printf '0.%03d' $((RANDOM % 25 + 5)))"
        if wq-empty job; then break; fi
        "$2"
    done
    echo "# $2: $times times" >&3
    [ "$times" -ge $(($1 / 4)) ] || fail 'hardly any havoc'
}

# All workers end as they should, and the ledger and Redis agree that each item was done once.
reckon() {
    for pid in "${PIDS[@]}"; do
        ends 0 "$pid" 60
    done
    python "$BATS_TEST_DIRNAME/audit.py" "$BOX/ledger" "$BOX/pushed" | sed 's/^/# /' >&3
    is "${PIPESTATUS[0]}" 0
    is "$(r hget job:stats pushed)" 200
    is "$(r hget job:stats completed)" 200
    is "$(held job)" ''
    is "$(r exists job job:items job:leased job:delayed job:suspects job:dead job:attempts job:arriving job:processing)" 0
    answers 0 wq-empty --strict job
}

# kill -9 of a worker, or of the program that it runs at the moment; a worker is started again.
kill_someone() {
    local n=$((RANDOM % WORKERS)) child=
    if ((RANDOM % 2)); then
        slay "${PIDS[n]}"
        start_worker "$n"
    else
        read -r child _ 2>/dev/null <"/proc/${PIDS[n]}/task/${PIDS[n]}/children" || true
        [ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true
    fi
}

@test "workers and their programs are killed at random: every item is completed once" {
    start_all
    havoc 100 kill_someone
    reckon
    # Not a quiet run: some died in the middle of an item.
    [ "$(r hget job:stats expired)" -gt 0 ]
}

restart_redis() {
    slay "$REDIS"
    sleep "0.$((RANDOM % 3))"
    start_redis --appendonly yes --appendfsync always
    sleep "0.$((RANDOM % 3))"
}

@test "Redis is killed and started again from its append-only file: every item is completed once" {
    start_all
    havoc 4 restart_redis
    reckon
}

cut_connections() {
    r client kill type normal skipme yes >/dev/null
}

@test "connections are cut at random: every item is completed once" {
    start_all
    havoc 40 cut_connections
    reckon
}

@test "workers that are slower than their leases lose them, and every item is completed once" {
    # Work takes up to 60 ms; what runs out goes to someone else, who may be quicker.
    LEASE=40ms WORK_MS=60 start_all
    reckon
    [ "$(r hget job:stats expired)" -gt 0 ]
    grep -q '^answered 1 lost' "$BOX/ledger"
}
