#!/usr/bin/env bats
# The limits of a queue at their size: a minute of a rate, and a thousand that wait.

load ../shell/helper
load ../shell/more

@test "a minute of rate=50/s with twenty workers: no second has more than 100 starts, the minute 98 % of 3,000" {
    seq 3050 | wq-push -q job
    wq-config job rate=50/s
    for ((n = 0; n < 20; n++)); do
        spawn "worker$n" wq-work -q --joblog "$BOX/log$n" job true
        WORKERS[n]=$PID
    done
    for pid in "${WORKERS[@]}"; do ends 0 "$pid" 120; done
    cat "$BOX"/log* | busiest >"$BOX/starts"
    read -r most minute <"$BOX/starts"
    echo "# at most $most in a second, $minute in the minute" >&3
    [ "$most" -le 100 ]
    [ "$minute" -ge 2940 ]
    is "$(r hget job:stats completed)" 3050
}

@test "a thousand that wait at a limited queue make fewer than 3,000 calls a second" {
    seq 10 | wq-push -q job
    for limit in max-leased=1 rate=1/h; do
        wq-config job max-leased= rate= "$limit"
        wq-lease -l 1h job >"$BOX/first"
        for ((n = 0; n < 1000; n++)); do
            wq-lease -t 40s job >>"$BOX/given" 2>>"$BOX/said" 3>&- &
            STARTED+=("$!")
        done
        eventually 30 few 1000
        sleep 2
        r config resetstat
        sleep 5
        count=$(script_calls)
        echo "# $limit: $((count / 5)) calls a second" >&3
        [ "$count" -lt 15000 ]
        slay "${STARTED[@]:1}"
        STARTED=("${STARTED[0]}")
        wq-complete job - <"$BOX/first"
        r hdel job:stats rate
    done
    [ ! -s "$BOX/said" ]
}

# few N: so many clients are connected, or more.
few() {
    [ "$(r info clients | tr -d '\r' | sed -n 's/^connected_clients://p')" -ge "$1" ]
}
