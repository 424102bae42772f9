#!/usr/bin/env bats
# max-ready at its size: five million lines for a queue that takes ten thousand.

load ../shell/helper
load ../shell/more

@test "five million lines for a queue that takes ten thousand: it never has more than 11,000, and all are done" {
    wq-config job max-ready=10000
    # shellcheck disable=SC2016 # for the shell inside
    spawn push sh -c 'yes | head -n 5000000 | wq-push job'
    push=$PID
    eventually 5 yields 1 r zcard job:producers
    for n in 1 2; do
        spawn "drain$n" sh -c 'until wq-empty job; do wq-lease -n 1000 job | wq-complete job -; done'
        DRAINS[n]=$PID
    done
    most=0
    while ! lifeless "$push"; do
        ready=$(r llen job)
        [ "$ready" -le "$most" ] || most=$ready
    done
    ends 0 "$push"
    for pid in "${DRAINS[@]}"; do ends 0 "$pid" 60; done
    echo "# at most $most ready" >&3
    [ "$most" -le 11000 ]
    is "$(<"$BOX/push.out")" 5000000
    is "$(r hget job:stats completed)" 5000000
    answers 0 wq-stat --audit job
}
