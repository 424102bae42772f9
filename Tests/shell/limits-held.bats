#!/usr/bin/env bats
# max-leased: never more items are leased at once, whoever asks, and however it asks.

load helper
load more

# Makes $BOX/crowd, a command that notes how many of it run at once, and works for a moment.
crowd() {
    cat >"$BOX/crowd" <<'CROWD'
#!/bin/sh
# A file for each that runs; the most there ever are is what counts.
echo >"$1/in/$$"
ls "$1/in" | wc -l >>"$1/most"
sleep 0.03
rm "$1/in/$$"
CROWD
    chmod +x "$BOX/crowd"
    mkdir -p "$BOX/in"
}

# most: the most that ran at once.
most() {
    sort -n "$BOX/most" | tail -n 1
}

@test "lease gives no more than may be leased, and goes on when one is settled" {
    seq 5 | wq-push -q job
    wq-config job max-leased=3
    answers 0 wq-lease -n 10 job
    is "$(wc -l <"$BOX/out")" 3
    read -r id _ <"$BOX/out"
    answers 1 wq-lease job
    silent
    answers 1 wq-lease -t 100ms job
    answers 1 wq-lease -t 100ms --until-drained job
    wq-complete job "$id"
    answers 0 wq-lease -n 10 job
    is "$(wc -l <"$BOX/out")" 1
    is "$(r zcard job:leased)" 3
    answers 0 wq-stat --audit job
}

@test "0 is no limit, nor is what is no number; a lower limit takes no lease away" {
    seq 6 | wq-push -q job
    wq-config job max-leased=1
    answers 0 wq-lease job
    answers 1 wq-lease job
    wq-config job max-leased=0
    answers 0 wq-lease job
    r hset job:config max-leased many
    answers 0 wq-lease -n 2 job
    wq-config job max-leased=2
    answers 1 wq-lease job
    is "$(r zcard job:leased)" 4
    wq-config job max-leased=
    answers 0 wq-lease -n 2 job
}

@test "who waits at a limited queue takes nothing from the list, and has an item soon after a place is free" {
    seq 2 | wq-push -q job
    wq-config job max-leased=1
    lease=$(lease job)
    spawn waiter wq-lease -w job
    eventually 5 yields 1 r hget job:stats leased
    for _ in 1 2 3 4 5; do is "$(r exists job:arriving)$(r llen job)" 01; done
    wq-complete job "$lease"
    ends 0 "$PID"
    is "$(r hget job:stats leased)" 2
}

@test "an item that arrives at somebody who waits goes back to its place if the limit is reached meanwhile" {
    wq-config job max-leased=1 open=yes
    spawn first env WQ_DEBUG_STOP=adopt wq-lease -w job
    eventually 5 blocked 1
    first=$PID
    wq-push -q job a b c
    eventually 5 yields 1 r llen job:arriving
    lease job
    kill -CONT "$first"
    eventually 5 yields 0 r exists job:arriving
    is "$(r lrange job 0 -1)" "$(printf 'c\na')"
    is "$(r zcard job:leased)" 1
}

@test "workers are never more than may be, and do all" {
    crowd
    seq 60 | wq-push -q job
    wq-config job max-leased=3
    for n in 1 2 3 4; do
        spawn "worker$n" wq-work -q -j 2 job "$BOX/crowd" "$BOX"
        WORKERS[n]=$PID
    done
    for pid in "${WORKERS[@]}"; do ends 0 "$pid" 60; done
    is "$(most)" 3
    is "$(r hget job:stats completed)" 60
    answers 0 wq-stat --audit job
}

@test "kill -9 of workers frees their places when their leases run out, and never more run" {
    seq 40 | wq-push -q job
    wq-config job max-leased=3 max-attempts=0 retry-delay=10ms retry-delay-max=20ms
    for ((round = 0; round < 8; round++)); do
        spawn "worker$round" wq-work -q -l 300ms -j 2 --prefetch 0 job sh -c 'sleep 0.02' x
        sleep "0.$((RANDOM % 2 + 1))"
        [ "$(r zcard job:leased)" -le 3 ]
        slay "$PID"
    done
    spawn last wq-work -q -l 300ms -j 5 job sh -c 'sleep 0.01' x
    last=$PID
    while ! lifeless "$last"; do [ "$(r zcard job:leased)" -le 3 ]; done
    ends 0 "$last"
    is "$(r hget job:stats completed)" 40
    answers 0 wq-stat --audit job
}

@test "of two queues, one that is limited keeps nobody from the other" {
    wq-push -q high 1 2
    wq-push -q low 3
    wq-config high max-leased=1
    answers 0 wq-lease -n 5 high low
    is "$(cut -f 1 "$BOX/out" | paste -sd ' ')" 'high low'
    answers 1 wq-lease high low
    spawn waiter wq-lease -w high low
    eventually 5 blocked 1
    wq-push -q low 4
    ends 0 "$PID"
    is "$(cut -f 1,3 "$BOX/waiter.out")" "low${TAB}4"
}

@test "suspects and delayed items are not beyond the limit either" {
    wq-push -q job 1 2 3
    wq-config job max-leased=2
    wq-lease -l 10ms -n 2 job >"$BOX/leases"
    eventually 5 due_now job:leased
    wq-push -q --delay 1ms job 4
    for _ in 1 2 3 4; do
        answered=0
        wq-lease -n 4 job >>"$BOX/given" || answered=$?
        fits "$answered" '[01]'
        [ "$(r zcard job:leased)" -le 2 ]
    done
    # Two suspects, one beside the other at most, or one of them and the item behind.
    is "$(wc -l <"$BOX/given")" 2
}
