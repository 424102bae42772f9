#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A cluster whose slots move from node to node while the programs work.

load ../shell/helper
load servers
load cluster

# moves QUEUE FROM TO: all its keys.
moves() {
    eventually 10 moved "$@"
}

# Moves a few of them; there are no more.
moved() {
    local keys
    mapfile -t keys < <(at "$2" cluster getkeysinslot "$(slot "$1")" 5)
    [ -z "${keys[*]}" ] || { at "$2" migrate 127.0.0.1 "$3" '' 0 5000 keys "${keys[@]}" && false; }
}

# relocates QUEUE [SECONDS]: its slot moves from the node at $from to the one at $to, which then change places; all but the
# slot is there so long before.
relocates() {
    opens "$1" "$from" "$to"
    moves "$1" "$from" "$to"
    sleep "${2-0}"
    closes "$1" "$from" "$to"
    read -r from to <<<"$to $from"
}

@test "a slot that is moving is waited for, then 75, and nothing is lost" {
    from=${FREE[0]} to=${FREE[2]}
    wq-push -q -u "$(node 1)" '{job}' apple banana
    opens '{job}' "$from" "$to"
    export WQ_URL
    for n in 0 1 2; do
        WQ_URL=$(node "$n")
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-lease '{job}'
        says
        complains 'wq-lease: *'
    done
    at "$from" migrate 127.0.0.1 "$to" '' 0 5000 keys '{job}'
    for n in 0 1 2; do
        WQ_URL=$(node "$n")
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-push '{job}' cherry
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-empty '{job}'
    done
    spawn lease wq-lease '{job}'
    moves '{job}' "$from" "$to"
    # All is on the other side, but the slot: whoever asks is sent there (ASK), and there it is not yet.
    WQ_CONNECT_TIMEOUT=100ms answers 75 wq-lease '{job}'
    closes '{job}' "$from" "$to"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/lease.out")" apple
    for n in 0 1 2; do
        WQ_URL=$(node "$n") answers 1 wq-empty '{job}'
    done
    is "$(reads '{job}')" banana
    is "$(at "$to" zcard '{job}:leased')" 1
}

@test "wq-work waits for a slot that is moving, too" {
    from=${FREE[0]} to=${FREE[2]}
    wq-push -q -u "$(node 1)" '{job}' apple banana
    opens '{job}' "$from" "$to"
    moves '{job}' "$from" "$to"
    for n in 0 1 2; do
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-work -u "$(node "$n")" '{job}' echo
        says
    done
    WQ_CONNECT_TIMEOUT=20s spawn work wq-work -u "$(node 1)" '{job}' echo
    eventually 5 grep -q . "$BOX/work.err"
    closes '{job}' "$from" "$to"
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" $'apple\nbanana'
}

@test "a slot moves back and forth while workers run: every item is completed once" {
    seq 100 | sed s/^/item/ >"$BOX/pushed"
    : >"$BOX/ledger"
    wq-push -q -u "$(node 0)" '{job}' <"$BOX/pushed"
    for n in 0 1 2 3; do
        WQ_URL=$(node $((n % 3))) LEASE=10s spawn "worker$n" sh "$BATS_TEST_DIRNAME/../chaos/worker.sh" '{job}' \
            "$BOX/ledger" "$n"
        WORKERS[n]=$PID
    done
    # One who only waits.
    spawn wait wq-lease -w -u "$(node 0)" '{job}2'
    waiter=$PID
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 50; moved++)); do
        ! WQ_URL=$(node 0) wq-empty '{job}' || break
        relocates '{job}'
        sleep 0.05
    done >"$BOX/moves"
    echo "# moved $moved times" >&3
    [ "$moved" -ge 3 ]
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid"
    done
    python "$BATS_TEST_DIRNAME/../chaos/audit.py" "$BOX/ledger" "$BOX/pushed" | sed 's/^/# /' >&3
    is "${PIPESTATUS[0]}" 0
    # Nobody had to try again.
    is "$(grep -c '^failed' "$BOX/ledger")" 0
    wq-push -q -u "$(node 0)" '{job}2' late
    ends 0 "$waiter"
    is "$(cut -f2 "$BOX/wait.out")" late
}

@test "a slot moves back and forth while many lines are pushed: each is there once" {
    mkfifo "$BOX/feed"
    spawn push sh -c "exec wq-push -u '$(node 0)' '{job}' <'$BOX/feed'"
    producer=$PID
    exec {feed}>"$BOX/feed"
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 20; moved++)); do
        seq $((moved * 500 + 1)) $((moved * 500 + 500)) >&"$feed"
        relocates '{job}'
    done >"$BOX/moves"
    exec {feed}>&-
    ends 0 "$producer"
    at "$from" -c lrange '{job}' 0 -1 | tac | cmp - <(seq 10000)
}

@test "a slot moves back and forth while wq-work runs: every item is completed once" {
    seq 200 | wq-push -q -u "$(node 0)" '{job}'
    for n in 0 1 2; do
        # It has its chance only now and then, when the slot is not on the move.
        WQ_CONNECT_TIMEOUT=30s spawn "work$n" wq-work -u "$(node "$n")" -j 2 --joblog "$BOX/log" '{job}' -- sh -c 'sleep 0.05'
        WORKERS[n]=$PID
    done
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 50; moved++)); do
        ! WQ_URL=$(node 0) wq-empty '{job}' || break
        # For a while all is there but the slot, and whoever asks is sent on (ASK).
        relocates '{job}' 0.2
        sleep 0.05
    done >"$BOX/moves"
    echo "# moved $moved times" >&3
    [ "$moved" -ge 3 ]
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid" 20
    done
    is "$(sed 1d "$BOX/log" | cut -f10 | sort -n)" "$(seq 200)"
    is "$(at "$from" hget '{job}:stats' completed)" 200
}
