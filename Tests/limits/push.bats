#!/usr/bin/env bats
# The open queue: pushes whose connection is cut, that are killed, or slower than those who work.

load ../shell/helper

PRODUCERS=job:producers

# tells SCRIPT OPERAND: it succeeds, and what it says is shown; a seed decides what it does.
tells() {
    echo "# WQ_SEED=${WQ_SEED:=$RANDOM}" >&3
    answers 0 python -B "$BATS_TEST_DIRNAME/$1" "$SOCKET" "$2" "$WQ_SEED"
    grep '^#' "$BOX/out" >&3
}

@test "however often its connection is cut, a push adds each item once, or says that it cannot" {
    tells cuts.py "$BOX/cut"
}

@test "a push with a name that is killed in the middle is rerun until each item is there, once and in order" {
    seq 300000 >"$BOX/numbers"
    tells killed.py "$BOX/numbers"
}

# Items that come slowly; the file says that the last one is on its way.
trickle() {
    for ((n = 1; n <= 40; n++)); do
        sleep 0.03
        echo "item $n"
    done
    : >"$BOX/last"
}

# worker NAME: as in the design; it fails if it sees a drained queue too soon.
worker() {
    local lease status=0
    while lease=$(wq-lease --until-drained job) || ! status=$?; do
        echo "${lease#*"$TAB"}" >>"$BOX/done.$1"
        wq-complete job "${lease%%"$TAB"*}" || return 2
    done
    [ -e "$BOX/last" ] && [ "$status" -eq 3 ]
}

slow_push() {
    trickle | wq-push job
}

@test "eight fast workers of a slow producer do not see the queue drained before it has ended" {
    spawn producer slow_push
    producer=$PID
    eventually 5 yields 1 r zcard "$PRODUCERS"
    workers=()
    for n in 1 2 3 4 5 6 7 8; do
        spawn "worker$n" worker "$n"
        workers+=("$PID")
    done
    # All of them wait, again and again.
    eventually 5 blocked 8
    answers 1 wq-empty job
    ends 0 "$producer" 20
    is "$(<"$BOX/producer.out")" 40
    for pid in "${workers[@]}"; do
        ends 0 "$pid" 20
    done
    is "$(cat "$BOX"/done.* | sort -V)" "$(printf 'item %d\n' {1..40})"
    answers 0 wq-empty job
    is "$(r exists "$PRODUCERS" job:processing job)" 0
}

# For how many ms the producer holds the queue from now on.
holds_for() {
    local score now
    score=$(r zrange "$PRODUCERS" 0 0 withscores | tail -n 1)
    now=$(r eval "local t = redis.call('time') return t[1] * 1000 + math.floor(t[2] / 1000)" 0)
    echo $((score - now))
}

# The push that waits in the background, as $PRODUCER.
silent_producer() {
    mkfifo "$BOX/pipe"
    spawn producer wq-push -f "$BOX/pipe" job
    PRODUCER=$PID
    exec {WRITER}>"$BOX/pipe"
    eventually 5 yields 1 r zcard "$PRODUCERS"
}

@test "a killed producer holds the queue open for no more than 30 seconds" {
    silent_producer
    slay "$PRODUCER"
    span=$(holds_for)
    [ "$span" -gt 20000 ] && [ "$span" -le 30000 ]
    answers 1 wq-lease job
    answers 1 wq-empty job
    is "$(r lrange job:processing 0 -1)" wq:busy
    # As if that time had passed.
    r zadd "$PRODUCERS" XX 1 "$(r zrange "$PRODUCERS" 0 0)"
    answers 0 wq-empty job
    answers 3 wq-lease --until-drained job
    is "$(r exists "$PRODUCERS" job:processing)" 0
}

@test "a worker that waits ends when the time of a killed producer is over" {
    silent_producer
    spawn worker wq-lease --until-drained job
    worker=$PID
    slay "$PRODUCER"
    eventually 5 blocked 1
    r zadd "$PRODUCERS" XX 1 "$(r zrange "$PRODUCERS" 0 0)"
    ends 3 "$worker"
}

@test "a producer that is silent for long goes on holding the queue open" {
    silent_producer
    # It has 30 seconds each time, and says so anew every ten.
    first=$(r zrange "$PRODUCERS" 0 0 withscores)
    renewed() { [ "$(r zrange "$PRODUCERS" 0 0 withscores)" != "$first" ]; }
    eventually 15 renewed
    [ "$(holds_for)" -gt 20000 ]
    is "$(r zcard "$PRODUCERS")" 1
    echo late >&"$WRITER"
    exec {WRITER}>&-
    ends 0 "$PRODUCER"
    is "$(reads job)" late
    answers 0 wq-empty job
}

@test "three producers push the same 100,000 names, twice, are killed and go on: each name is there once" {
    echo "# WQ_SEED=${WQ_SEED:=$RANDOM}" >&3
    answers 0 timeout 300 python3 -B "$BATS_TEST_DIRNAME/producers.py" "$SOCKET" "$BOX" 100000 "$WQ_SEED"
    grep '^#' "$BOX/out" >&3
}
