#!/usr/bin/env bats
# rate: no more items are leased in some time; who waits asks seldom, and what was possible was done.

load helper
load more

@test "nine tenths of a second's worth may be leased at once, and then so many a second" {
    seq 100 | wq-push -q job
    wq-config job rate=10/s
    answers 0 wq-lease -n 50 job
    is "$(wc -l <"$BOX/out")" 9
    answers 1 wq-lease job
    silent
    answers 0 wq-lease -t 5s job
    answers 0 wq-stat --audit job
}

@test "of a rate a minute or an hour one is leased at once" {
    seq 9 | wq-push -q job
    for rate in 30/m 9/h 1/h 1/s; do
        r del job:stats
        wq-config job "rate=$rate"
        answers 0 wq-lease -n 3 job
        is "$(wc -l <"$BOX/out")" 1
        answers 1 wq-lease job
    done
    wq-config job rate=0
    answers 0 wq-lease -n 2 job
    is "$(wc -l <"$BOX/out")" 2
}

@test "a rate that is no rate is refused; one that redis-cli set so is none" {
    for rate in 50 50/d /s 50/ 50/ss 0/s -1/s 1.5/s x/s 5\ /s 1234567890/s; do
        answers 64 wq-config job "rate=$rate"
        complains "wq-config: rate is a number a second, minute or hour: 50/s, 30/m, 9/h (0: no limit), not '$rate'*"
    done
    seq 9 | wq-push -q job
    r hset job:config rate 1/fortnight
    answers 0 wq-lease -n 5 job
    is "$(wc -l <"$BOX/out")" 5
    wq-config job rate=50/s
    answers 0 wq-config job
    grep -qx "rate${TAB}50/s" "$BOX/out"
}

@test "a clock that was set back, or a lower rate before, keeps nobody waiting for long" {
    seq 9 | wq-push -q job
    wq-config job rate=100/s
    r hset job:stats rate 99999999999999.000
    answers 0 wq-lease -t 5s job
}

@test "workers start no more than the rate in any second after the first, and hardly fewer" {
    seq 400 | wq-push -q job
    wq-config job rate=50/s
    start=$(now)
    for n in 1 2 3 4 5; do
        spawn "worker$n" wq-work -q -j 2 --joblog "$BOX/log$n" job true
        WORKERS[n]=$PID
    done
    for pid in "${WORKERS[@]}"; do ends 0 "$pid" 60; done
    took=$(($(now) - start))
    is "$(r hget job:stats completed)" 400
    # 45 at once, then 355 at 50 a second.
    [ "$took" -ge 6900 ]
    cat "$BOX"/log* | busiest >"$BOX/starts"
    read -r most _ <"$BOX/starts"
    [ "$most" -le 100 ]
}

@test "many that wait at a limited queue ask seldom" {
    seq 100 | wq-push -q job
    wq-config job rate=1/s
    r config resetstat
    for ((n = 0; n < 40; n++)); do spawn "waiter$n" wq-lease -t 4s job; done
    sleep 3
    count=$(script_calls)
    # Each asks once, and then about once in a second and a half.
    [ "$count" -le $((40 * 6)) ]
}

@test "a worker that waits for the rate ends when the queue is drained" {
    seq 4 | wq-push -q job
    wq-config job rate=2/s
    answers 0 wq-work -q -j 3 job true
    is "$(r hget job:stats completed)" 4
}
