#!/usr/bin/env bats
# Suspects: items whose leases ran out, which may have killed their workers. They lie apart, and are given out with care.

load helper
load more

# expire N [OPTION...]: leases so many items, and waits until their leases have run out.
expire() {
    wq-lease -n "$1" -l 300ms "${@:2}" job >/dev/null
    eventually 5 past "$(r zrange job:leased -1 -1 withscores | tail -n 1)"
    wq-reap -q job
}

# gets OPTION...: the items that a wq-lease gets, and the attempt that this is of each.
gets() {
    wq-lease --json "$@" job | jq -r '"\(.item) \(.attempt)"' | paste -sd,
}

@test "an item whose lease ran out lies apart with its record, and the queue is not drained" {
    wq-push job apple
    lease=$(lapsed job)
    wq-reap -q job
    is "$(r zrange job:suspects 0 -1)" "$lease"
    is "$(field job "$lease" 1,4,5)" "1${TAB}lease expired${TAB}apple"
    is "$(r exists job job:leased job:delayed)" 0
    is "$(r lrange job:processing 0 -1)" wq:busy
    answers 1 wq-empty -v job
    grep -qx "delayed${TAB}1" "$BOX/out"
    is "$(wq-list --delayed --json job | jq -r '.id + " " + .reason')" "$lease lease expired"
    answers 0 wq-stat --audit job
    answers 1 wq-push --if-active --id x missing pear
    answers 0 wq-push -q --if-active job pear
    answers 1 wq-complete job "$lease"
    says "lost${TAB}$lease"
}

@test "it is given first, beside others only some" {
    seq 20 | wq-push -q job
    expire 10
    is "$(gets -n 8)" '1 2,2 2,11 1,12 1,13 1,14 1,15 1,16 1'
    is "$(gets)" '3 2'
    is "$(gets -n 4)" '4 2,17 1,18 1,19 1'
    # Nothing else is ready then.
    is "$(gets -n 1)" '5 2'
    wq-complete job "$(r zrange job:leased -1 -1)"
    wq-lease job >/dev/null
    wq-lease job >/dev/null
    is "$(r llen job)" 1
    wq-push -q job 21
    r ltrim job 1 0
    is "$(gets -n 4)" '8 2,9 2,10 2'
}

@test "one whose leases ran out twice comes later, and alone" {
    wq-config job retry-delay=400ms
    seq 5 | wq-push -q job
    expire 1
    wq-lease -l 1ms job | grep -q "${TAB}1\$"
    eventually 5 yields "requeued${TAB}1" wq-reap job
    is "$(r hvals job:items | cut -f1,4-)" "2${TAB}lease expired again${TAB}1"
    # 800 ms, or from half of that on.
    is "$(gets -n 2)" '2 1,3 1'
    eventually 5 past "$(r zrange job:suspects 0 0 withscores | tail -n 1 | cut -d. -f1)"
    is "$(gets -n 2)" '1 3'
    is "$(gets -n 2)" '4 1,5 1'
}

@test "one that has one attempt left is alone at once" {
    wq-config job max-attempts=2
    seq 5 | wq-push -q job
    expire 2
    is "$(gets -n 4)" '1 2'
    is "$(gets -n 4)" '2 2'
    is "$(gets -n 4)" '3 1,4 1,5 1'
}

@test "what is given back uncharged is a suspect again, what failed is not" {
    wq-push -q job apple
    lapsed job
    wq-reap -q job
    wq-release --no-charge --delay 0 job "$(lease job)"
    is "$(r hvals job:items | cut -f1,4-)" "1${TAB}lease expired${TAB}apple"
    is "$(r zcard job:suspects)" 1
    # A call whose answer is lost gives it back, too.
    proxy lose 1 1
    WQ_URL=unix://$BOX/p answers 0 wq-lease job
    is "$(r hvals job:items | cut -f1,4-)" "2${TAB}lease expired${TAB}apple"
    wq-release --delay 0 job "$(r zrange job:leased 0 0)"
    is "$(r exists job:suspects),$(r lrange job 0 -1),$(r hvals job:attempts)" 0,apple,2
}

@test "who waits gets it when it is due" {
    wq-config job retry-delay=200ms
    wq-push -q job apple
    lapsed job
    lapsed job
    answers 0 wq-lease --until-drained -t 10s job
    is "$(cut -f2 "$BOX/out")" apple
    wq-complete job "$(cut -f1 "$BOX/out")"
    answers 3 wq-lease job
}

@test "what nobody wants for ten minutes is there for rediswq clients, if somebody reaps" {
    wq-push -q job apple
    lapsed job
    wq-reap -q job
    r zadd job:suspects $(($(now) - 590000)) "$(r zrange job:suspects 0 0)"
    wq-reap -q job
    is "$(r llen job)" 0
    r zadd job:suspects $(($(now) - 600000)) "$(r zrange job:suspects 0 0)"
    wq-reap -q job
    is "$(r lrange job 0 -1),$(r exists job:suspects job:processing)" apple,0
    is "$(gets)" 'apple 2'
}

@test "what a worker leased ahead costs no attempt the first time, unless there is only one" {
    for most in 10 1; do
        r flushall >/dev/null
        wq-config job max-attempts=$most
        seq 3 | wq-push -q job
        spawn work wq-work -q --prefetch 2 -l 400ms job sleep 60
        eventually 5 yields 3 r zcard job:leased
        slay "$PID"
        eventually 5 past "$(r zrange job:leased -1 -1 withscores | tail -n 1)"
        wq-reap -q job
        if [ "$most" = 1 ]; then
            is "$(r zcard job:dead)" 3
        else
            is "$(r hvals job:items | cut -f1,4- | sort)" "0${TAB}lease expired${TAB}2
0${TAB}lease expired${TAB}3
1${TAB}lease expired${TAB}1"
        fi
    done
}

@test "a worker is alone with one that is to be alone, and makes room for it after a minute" {
    wq-config job max-attempts=2
    wq-push -q job suspect
    lapsed job
    wq-reap -q job
    seq 8 | wq-push -q job
    r zadd job:suspects "$(now).5" "$(r zrange job:suspects 0 0)"
    # It has nothing in hand at first: so it takes the suspect, and then the others.
    # shellcheck disable=SC2016 # it is for the shell inside
    answers 0 wq-work -q -j 2 --prefetch 2 job sh -c 'echo "begin $1"; sleep 0.1; echo "end $1"' sh
    is "$(head -n 2 "$BOX/out" | paste -sd,)" 'begin suspect,end suspect'
    # This one is due later, while the worker has others in hand.
    wq-push -q job suspect
    lapsed job
    wq-reap -q job
    id=$(r zrange job:suspects 0 0)
    seq 40 | wq-push -q job
    r zadd job:suspects $(($(now) + 500)).5 "$id"
    # shellcheck disable=SC2016 # it is for the shell inside
    spawn work wq-work -q -j 2 --prefetch 2 job sh -c 'echo "begin $1"; sleep 0.1; echo "end $1"' sh
    eventually 10 lines work.out 20
    # A minute is over.
    r zadd job:suspects $(($(now) - 60000)).5 "$id"
    ends 0 "$PID" 30
    line=$(grep -n 'begin suspect' "$BOX/work.out" | cut -d: -f1)
    between 20 "$line" 70
    # All before it had ended, and none began before its end.
    is "$(head -n $((line - 1)) "$BOX/work.out" | grep -c begin)" "$(head -n $((line - 1)) "$BOX/work.out" | grep -c end)"
    is "$(sed -n "$((line + 1))p" "$BOX/work.out")" 'end suspect'
    is "$(r hget job:stats completed)" 50
}

@test "one that has two attempts left is not alone, one that has a single one left is" {
    for limit in 3 2; do
        wq-config job max-attempts=$limit
        wq-push -q job apple
        expire 1
        # Half a ms less says that it is to be alone.
        score=$(r zrange job:suspects 0 0 withscores | tail -n 1)
        is "$limit ${score#*.}" "$([ $limit = 2 ] && echo "2 5" || echo "3 $score")"
        wq-purge job
    done
}
