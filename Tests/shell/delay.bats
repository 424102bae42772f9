#!/usr/bin/env bats
# wq-push: items for later, and items that go first.

load helper
load more

## --delay

@test "--delay keeps items back for so long, each counted from the push" {
    answers 0 wq-push --delay 10m job apple banana
    says 2
    complains ''
    is "$(r exists job),$(r zcard job:delayed)" 0,2
    r zrange job:delayed 0 -1 withscores | paste - - | while read -r id due; do
        is $((${due%.*} - $(field job "$id" 3))) 600000
        is "$(field job "$id" 1,2,4)" "0${TAB}${TAB}"
    done
    is "$(held job)" $'apple\nbanana'
    is "$(r hget job:stats pushed)" 2
}

@test "delayed items are nothing to be had yet, and something left to do" {
    wq-push --delay 1h job apple
    answers 1 wq-lease job
    answers 1 wq-lease --until-drained -t 20ms job
    answers 1 wq-empty job
    is "$(r lrange job:processing 0 -1)" wq:busy
}

@test "a delayed item is leased like any other when its time has come, its first attempt" {
    wq-push --delay 20ms job apple
    answers 0 wq-lease -w --sh job
    eval "$(<"$BOX/out")"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,1
    wq-complete job "$WQ_LEASE"
    answers 0 wq-empty job
    is "$(r exists job:delayed job:items job:processing)" 0
    answers 0 wq-stat --audit job
}

@test "--delay 0 is no delay" {
    answers 0 wq-push --delay 0 job apple
    is "$(items job)" apple
}

@test "items that are due at different times are leased in that order, one by one" {
    for item in apple banana cherry date; do
        wq-push -q --delay 1h job "$item"
    done
    local due=1
    r zrange job:delayed 0 -1 | while read -r id; do
        r zadd job:delayed xx "$((due++))" "$id"
    done
    for item in apple banana cherry date; do
        is "$(reads job)" "$item"
    done
}

# woken QUEUE LEASE DUE: it was leased within 100 ms of the time when it was due.
woken() {
    local late=$(($(field "$1" "$2" 3) - $3))
    between 0 "$late" 100
}

@test "who waits is woken within 100 ms of the due time" {
    wq-push --delay 250ms job apple
    due=$(r zrange job:delayed 0 0 withscores | tail -n 1)
    answers 0 wq-lease -w job
    woken job "$(cut -f1 "$BOX/out")" "$due"
}

@test "so is who waited before the item was pushed, or released" {
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-push --delay 250ms job apple
    due=$(r zrange job:delayed 0 0 withscores | tail -n 1)
    ends 0 "$PID"
    lease=$(cut -f1 "$BOX/wait.out")
    woken job "$lease" "$due"
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-release --delay 250ms job "$lease"
    due=$(r zrange job:delayed 0 0 withscores | tail -n 1)
    ends 0 "$PID"
    woken job "$(cut -f1 "$BOX/wait.out")" "$due"
}

@test "each of several waiters gets one of the items that are due together" {
    for n in 1 2 3; do
        spawn "wait$n" wq-lease -w job
    done
    eventually 5 blocked 3
    wq-push --delay 50ms job a b c
    for pid in "${STARTED[@]:1}"; do
        ends 0 "$pid"
    done
    is "$(cut -f2 "$BOX"/wait?.out | sort | paste -sd' ')" 'a b c'
}

@test "on an idle queue wq-reap makes the items ready that are due, and no others" {
    wq-push --delay 1ms job apple
    wq-push --delay 1h job banana
    eventually 5 promoted
    is "$(items job)" apple
    is "$(r zcard job:delayed)" 1
    is "$(r lrange job:processing 0 -1)" wq:busy
}

promoted() {
    wq-reap -q job && [ "$(r llen job)" = 1 ]
}

@test "delayed items come in the order of their time, and of the push" {
    wq-push --delay 1500ms job late
    seq 12 | wq-push -q --delay 500ms job
    wq-push --delay 1ms job early
    eventually 5 past "$(r zrange job:delayed -1 -1 withscores | tail -n 1)"
    is "$(wq-lease -n 20 job | cut -f2)" "$(printf '%s\n' early {1..12} late)"
}

@test "a long list can be delayed, from stdin too" {
    seq 2500 | wq-push --delay 1h job >"$BOX/out"
    says 2500
    is "$(r zcard job:delayed),$(r hlen job:items)" 2500,2500
}

@test "--delay takes any bytes as items" {
    printf 'two\nlines\tand a tab\0\0' | wq-push -0 -q --keep-blank --delay 1ms job
    answers 0 wq-lease -0 -w job
    is "$(cut -z -f2- "$BOX/out" | tr '\0' .)" $'two\nlines\tand a tab.'
    answers 0 wq-lease -0 -w job
    is "$(cut -z -f2- "$BOX/out" | tr '\0' .)" .
}

## --front

@test "--front goes before all others, the last one first" {
    wq-push -q job apple banana
    answers 0 wq-push --front job cherry date
    says 2
    is "$(items job)" $'date\ncherry\napple\nbanana'
}

@test "--front of a long input turns all of it round" {
    wq-push -q job last
    seq 2500 | wq-push -q --front job
    items job | cmp - <(seq 2500 | tac && echo last)
}

@test "a wrong command line is 64 and adds nothing" {
    refuses wq-push --delay soon job apple
    refuses wq-push --delay -1 job apple
    refuses wq-push --front --delay 1s job apple
    refuses wq-push --later job apple
}

@test "no server is 69, a key of the wrong type 65" {
    unreachable wq-push --delay 1h job apple
    for key in job:delayed job:items job:producers job:config; do
        r set "$key" spoiled >/dev/null
        answers 65 wq-push --delay 1h job apple
        says
        complains "wq-push: *$key*"
        r del "$key" >/dev/null
        is "$(held job)" ''
    done
    answers 0 wq-push --delay 1h job apple
    is "$(held job)" apple
}

@test "delayed items that cannot be kept, since a key has another type, are not counted either: 65" {
    for key in items delayed; do
        r set "job:$key" text
        answers 65 wq-push --delay 1h job apple
        complains "wq-push: *job:$key*"
        is "$(r exists job:seq job:stats)" 0
        r del "job:$key"
    done
}
