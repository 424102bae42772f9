#!/usr/bin/env bats
# wq-release: leased items given back unfinished, to be tried later, at once, or never again.

load helper
load more

@test "a released item is kept back for a second, with the attempt charged and by whom" {
    WQ_OWNER=me wq-push job apple
    lease=$(WQ_OWNER=me lease job)
    answers 0 wq-release job "$lease"
    silent
    is "$(r zrange job:delayed 0 -1)" "$lease"
    between 500 "$(delay job)" 1000
    is "$(field job "$lease" 1,2,4,5)" "1${TAB}me${TAB}${TAB}apple"
    is "$(r exists job job:leased)" 0
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r hget job:stats released)" 1
}

@test "nobody gets it before its time, and nobody takes the queue for drained" {
    wq-push job apple
    wq-release --delay 1h job "$(lease job)"
    answers 1 wq-lease job
    silent
    answers 1 wq-lease --until-drained -t 20ms job
    answers 1 wq-empty job
}

@test "it comes back by itself, to whoever waits, as the next attempt" {
    wq-config job retry-delay=50ms
    wq-push job apple
    wq-release job "$(lease job)"
    answers 0 wq-lease --until-drained --sh job
    eval "$(<"$BOX/out")"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,2
    is "$(r exists job:delayed)" 0
}

@test "the delay doubles with each attempt, up to retry-delay-max" {
    wq-config job retry-delay=1m retry-delay-max=10m
    wq-push job apple
    for delay in 60000 120000 240000 480000 600000 600000; do
        wq-release job "$(lease job)"
        between $((delay / 2)) "$(delay job)" "$delay"
        due_now job
    done
}

@test "items that fail together do not come back together" {
    wq-config job retry-delay=1m
    seq 100 | wq-push -q job
    wq-lease -n 100 job | wq-release job -
    # They were released in a few ms, and lie in half a minute.
    [ "$(r zcount job:delayed -inf $(($(now) + 45000)))" -gt 20 ]
    [ "$(r zcount job:delayed $(($(now) + 45000)) +inf)" -gt 20 ]
}

@test "without settings it doubles from a second up to five minutes" {
    wq-config job max-attempts=0
    wq-push job apple
    for _ in 1 2 3 4 5 6 7 8; do
        wq-release --delay 0 job "$(lease job)"
    done
    wq-release job "$(lease job)"
    between 128000 "$(delay job)" 256000
    due_now job
    wq-release job "$(lease job)"
    between 150000 "$(delay job)" 300000
    # However many there were.
    due_now job
    lease=$(lease job)
    r hset job:items "$lease" "5000$(r hget job:items "$lease" | sed 's/^[0-9]*//')"
    wq-release job "$lease"
    between 150000 "$(delay job)" 300000
}

@test "--delay says how long instead" {
    wq-push job apple
    answers 0 wq-release --delay 90m job "$(lease job)"
    silent
    is "$(delay job)" 5400000
}

@test "--delay 0 puts it in front of all others at once, the attempt is charged" {
    wq-push job apple banana
    answers 0 wq-release --delay 0 job "$(lease job)"
    silent
    is "$(r lrange job 0 -1)" $'banana\napple'
    is "$(r exists job:delayed job:items job:processing)" 0
    eval "$(wq-lease --sh job)"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,2
}

@test "several come back in the order in which they were leased" {
    seq 12 | wq-push -q job
    wq-lease -n 12 job >"$BOX/leases"
    wq-release --delay 0 job - <"$BOX/leases"
    is "$(wq-lease -n 12 job | tee "$BOX/leases" | cut -f2)" "$(seq 12)"
    wq-release --delay 20ms job - <"$BOX/leases"
    for n in $(seq 12); do
        is "$(reads job -w)" "$n"
    done
}

@test "after the tenth attempt the item is dead, with the last reason" {
    wq-push job apple
    for n in 1 2 3 4 5 6 7 8 9 10; do
        is "$(r zcard job:dead)" 0
        eval "$(WQ_OWNER=worker$n wq-lease --sh job)"
        is "$WQ_ATTEMPT" "$n"
        answers 0 wq-release --delay 0 --reason "try $n" job "$WQ_LEASE"
        silent
    done
    is "$(field job "$(r zrange job:dead 0 -1)" 1,2,4,5)" "10${TAB}worker10${TAB}try 10${TAB}apple"
    is "$(r exists job job:attempts job:processing)" 0
    answers 3 wq-lease job
}

@test "a lease that ran out and went to someone else is lost, and its holder is not disturbed" {
    wq-push job apple
    stale=$(lapsed job)
    fresh=$(lease job)
    answers 1 wq-release --dead job "$stale"
    says "lost${TAB}$stale"
    complains ''
    is "$(r zrange job:leased 0 -1)" "$fresh"
    is "$(r exists job:dead)" 0
    answers 1 wq-release -q job "$stale"
    silent
}

@test "what was completed, released or never leased is unknown; the others are released" {
    wq-push job apple banana cherry
    done=$(lease job)
    wq-complete job "$done"
    gone=$(lease job)
    wq-release --dead job "$gone"
    answers 1 wq-release --no-charge job "$done" "$gone" 9.0123456789ab "$(lease job)"
    says "unknown${TAB}$done" "unknown${TAB}$gone" "unknown${TAB}9.0123456789ab"
    is "$(r lrange job 0 -1)" cherry
}

@test "a lease named twice is released once" {
    for how in --dead --no-charge --delay=1ms '--no-charge --delay=1ms'; do
        r flushall >/dev/null
        wq-push -q job apple
        lease=$(lease job)
        # shellcheck disable=SC2086 # options
        wq-release $how job "$lease" "$lease" || is $? 1
        is "$(held job)" apple
        is "$(r hget job:stats released)" 1
        [ "$how" != --dead ] || is "$(r hget job:stats dead)" 1
        [ "$how" = --dead ] || is "$(reads job -w)" apple
    done
}

@test "- reads leases from stdin, what wq-lease printed too" {
    seq 450 | wq-push -q job
    wq-lease -n 450 job >"$BOX/leases"
    answers 0 wq-release --dead job - < <(head -n 225 "$BOX/leases")
    silent
    answers 0 wq-release --dead job "$(sed -n '226s/\t.*//p' "$BOX/leases")" - < <(tail -n +227 "$BOX/leases" | cut -f1)
    silent
    is "$(r zcard job:dead),$(r zcard job:leased)" 450,0
    answers 1 wq-release job - <"$BOX/leases"
    is "$(cut -f1 "$BOX/out" | uniq -c | tr -s ' ')" ' 450 unknown'
}

@test "-0 reads what wq-lease -0 prints" {
    printf '%s\0' $'two\nlines' $'3.x\tand\n4.y' | wq-push -0q job
    for option in -0 --null; do
        answers 0 wq-release "$option" --dead job - < <(wq-lease -0 job)
        silent
    done
    is "$(r zcard job:dead)" 2
}

@test "a waiting worker gets what another gives back" {
    wq-push job apple
    lease=$(lease job)
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    wq-release --no-charge job "$lease"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

@test "a sealed or paused queue takes back what it gave" {
    wq-push job apple banana
    first=$(lease job) second=$(lease job)
    wq-config job sealed=yes paused=yes
    answers 0 wq-release --no-charge job "$first"
    answers 0 wq-release job "$second"
    is "$(held job)" $'apple\nbanana'
}

@test "a wrong command line is 64 and gives nothing back" {
    wq-push job apple
    lease=$(lease job)
    refuses wq-release job
    refuses wq-release
    refuses wq-release --delay soon job "$lease"
    refuses wq-release --delay '' job "$lease"
    refuses wq-release --dead --delay 1s job "$lease"
    refuses wq-release --dead --no-charge job "$lease"
    refuses wq-release --charge job "$lease"
    is "$(r zrange job:leased 0 -1)" "$lease"
}

@test "no server is 69, a key of the wrong type 65, a lost lease that cannot be told 74" {
    unreachable wq-release job 1.0123456789ab
    answers 74 bash -c 'wq-release job 1.0123456789ab >/dev/full'
    complains 'wq-release: *: No space left on device'
    answers 74 bash -c 'wq-release job 1.0123456789ab >&-'
    answers 74 into_dead_pipe wq-release job 1.0123456789ab
    answers 74 bash -c 'wq-release job - <&-'
    wq-push -q job apple
    lease=$(lease job)
    for key in job:delayed job:dead job:stats; do
        r del "$key" >/dev/null
        r set "$key" spoiled >/dev/null
        case $key in
            job:dead) answers 65 wq-release --dead job "$lease" ;;
            *) answers 65 wq-release job "$lease" ;;
        esac
        says
        complains "wq-release: *$key*"
        is "$(r zrange job:leased 0 -1)" "$lease"
        is "$(field job "$lease" 5)" apple
        r del "$key" >/dev/null
    done
    answers 0 wq-release --no-charge job "$lease"
    is "$(r lrange job 0 -1)" apple
}

@test "what has nothing to tell needs no stdout" {
    wq-push job apple
    answers 0 bash -c "wq-release --dead job $(lease job) >&-"
    is "$(r zcard job:dead)" 1
}
