#!/usr/bin/env bats
# max-ready: a push waits while so many items are ready, loses nothing, and holds the queue open meanwhile.

load helper
load more

@test "a push waits while the queue is full, goes on when there is room, and the queue is not drained meanwhile" {
    wq-config job max-ready=3
    seq 3 | wq-push -q job
    spawn push wq-push job 4 5
    eventually 5 yields 1 r zcard job:producers
    push=$PID
    for _ in 1 2 3; do
        answers 0 wq-lease job
        wq-complete job "$(cut -f 1 "$BOX/out")"
    done
    ends 0 "$push"
    is "$(<"$BOX/push.out")" 2
    is "$(r zcard job:producers)" 0
    is "$(wq-lease -n 9 job | cut -f 2 | xargs)" '4 5'
    answers 0 wq-stat --audit job
}

@test "--no-wait ends with 1 and says how many were added, and a rerun with the same name goes on" {
    wq-config job max-ready=1000
    seq 2500 >"$BOX/list"
    answers 1 wq-push --no-wait --id night job <"$BOX/list"
    complains 'wq-push: job is full: as many items are ready as its setting max-ready permits (1000 items had been pushed)'
    is "$(r llen job)" 1000
    is "$(r zcard job:producers)" 0
    wq-lease -n 1000 job | wq-complete job -
    answers 1 wq-push --no-wait --id night job <"$BOX/list"
    wq-lease -n 1000 job | wq-complete job -
    answers 0 wq-push --no-wait --id night job <"$BOX/list"
    says 500
    is "$(r hget job:stats pushed)" 2500
    answers 0 wq-stat --audit job
}

@test "what is delayed needs no room; an empty push does not wait; a higher limit lets the push go on" {
    wq-config job max-ready=1
    wq-push -q job 1
    answers 0 wq-push --delay 1h job 2 3
    answers 0 wq-push job </dev/null
    answers 1 wq-push --no-wait --front job 4
    spawn push wq-push --front --seal job 4
    eventually 5 yields 1 r zcard job:producers
    is "$(r hget job:config sealed)" ''
    wq-config job max-ready=
    ends 0 "$PID"
    is "$(r hget job:config sealed)" yes
    is "$(r lrange job 0 -1 | xargs)" '1 4'
}

@test "--unique and --once wait as well, and push each once" {
    wq-config job max-ready=100
    seq 300 >"$BOX/list"
    spawn push wq-push --unique -f "$BOX/list" job
    push=$PID
    answers 0 wq-work -q --prefetch 0 --batch 50 job true
    ends 0 "$push"
    is "$(<"$BOX/push.out")" 300
    is "$(r hget job:stats completed)" 300
    answers 0 wq-stat --audit job
}

@test "a long stream never fills the queue far beyond the limit, and all of it is done, whatever is killed" {
    wq-config job max-ready=500
    seq 30000 >"$BOX/list"
    spawn push wq-push --id all -f "$BOX/list" job
    push=$PID
    eventually 5 yields 1 r zcard job:producers
    spawn work sh -c 'until wq-empty job; do wq-lease -n 200 job | wq-complete job -; done'
    work=$PID
    for _ in 1 2 3; do
        sleep 0.1
        slay "$push"
        [ "$(r llen job)" -lt 1500 ]
        spawn push wq-push --id all -f "$BOX/list" job
        push=$PID
    done
    while ! lifeless "$push"; do [ "$(r llen job)" -lt 1500 ]; done
    ends 0 "$push"
    ends 0 "$work" 20
    is "$(r hget job:stats completed)" 30000
    answers 0 wq-stat --audit job
}

@test "a worker whose command pushes to its own full queue does not wait for itself" {
    wq-config job max-ready=1
    seq 4 | WQ_LEASE=1 wq-push -q job
    is "$(r llen job)" 4
    # shellcheck disable=SC2016 # for the shell inside
    answers 0 wq-work -q -j 2 job sh -c 'case $1 in ?) wq-push -q job "$1$1" ;; esac' sh
    is "$(r hget job:stats completed)" 8
}

@test "several pushes wait side by side, and none is lost or starves" {
    wq-config job max-ready=10
    for n in 1 2 3 4; do
        spawn "push$n" sh -c 'seq 200 | wq-push -q job'
        PUSHES[n]=$PID
    done
    eventually 5 yields 3 r zcard job:producers
    answers 0 wq-work -q -j 4 job true
    for pid in "${PUSHES[@]}"; do ends 0 "$pid"; done
    is "$(r hget job:stats completed)" 800
}
