#!/usr/bin/env bats
# wq-complete: the end of a lease, and what is said of leases that are no more.

load helper

@test "a lease is completed in silence, and the queue drained" {
    wq-push job apple
    lease=$(lease job)
    answers 0 wq-complete job "$lease"
    silent
    answers 3 wq-lease job
    answers 0 wq-empty job
}

@test "several leases are completed at once" {
    wq-push job apple banana cherry
    mapfile -t leases < <(lease job && lease job && lease job)
    answers 0 wq-complete job "${leases[@]:0:2}"
    silent
    answers 1 wq-empty job
    answers 0 wq-complete job "${leases[2]}"
    answers 0 wq-empty job
}

@test "only the lease that is named ends, though items are equal" {
    wq-push job apple apple
    first=$(lease job)
    second=$(lease job)
    wq-complete job "$second"
    answers 1 wq-empty job
    answers 0 wq-complete job "$first"
}

@test "a lease that was completed before is unknown" {
    wq-push job apple
    lease=$(lease job)
    wq-complete job "$lease"
    answers 1 wq-complete job "$lease"
    says "unknown${TAB}$lease"
    complains ''
}

@test "a lease named twice is completed once" {
    wq-push job apple
    lease=$(lease job)
    wq-complete job "$lease" "$lease" || is $? 1
    is "$(r hget job:stats completed)" 1
}

@test "leases that never were are unknown, whatever they look like" {
    wq-push job apple
    lease=$(lease job)
    for other in "${lease%.*}.000000000000" "2.${lease#*.}" "${lease%?}" "${lease}0" "0$lease" 1 x ' ' '*' $'\xff'; do
        answers 1 wq-complete job "$other"
        says "unknown${TAB}$other"
    done
    is "$(r zcard job:leased)" 1
    answers 0 wq-complete job "$lease"
}

@test "a lease of another queue is unknown" {
    wq-push job apple
    wq-push other pear
    lease=$(lease job)
    lease other
    answers 1 wq-complete other "$lease"
    says "unknown${TAB}$lease"
    answers 0 wq-complete job "$lease"
}

@test "a lease that ran out and went to someone else is lost, the new holder is not disturbed" {
    wq-push job apple
    stale=$(lease job -l 10ms)
    fresh=$(lease job -w)
    answers 1 wq-complete job "$stale"
    says "lost${TAB}$stale"
    complains ''
    is "$(r zrange job:leased 0 -1)" "$fresh"
    answers 0 wq-complete job "$fresh"
    is "$(r hget job:stats completed)" 1
}

@test "a lease that ran out and whose item waits again is lost" {
    wq-push job apple
    stale=$(lease job -l 10ms)
    eventually 5 yields "requeued${TAB}1" wq-reap job
    answers 1 wq-complete job "$stale"
    says "lost${TAB}$stale"
    is "$(r zrange job:suspects 0 -1)" "$stale"
    is "$(wq-lease job | cut -f2)" apple
}

@test "a lease whose item died is lost" {
    r hset job:config max-attempts 1
    wq-push job apple
    stale=$(lease job -l 10ms)
    eventually 5 yields "dead${TAB}1" wq-reap job
    answers 1 wq-complete job "$stale"
    says "lost${TAB}$stale"
    is "$(r zcard job:dead)" 1
}

@test "good leases are completed beside lost and unknown ones, in any order" {
    wq-push job apple
    stale=$(lease job -l 10ms)
    fresh=$(lease job -w)
    answers 1 wq-complete job 9.0123456789ab "$fresh" "$stale"
    is "$(sort "$BOX/out")" "lost${TAB}$stale"$'\n'"unknown${TAB}9.0123456789ab"
    answers 0 wq-empty job
}

@test "- reads leases from stdin, up to the first TAB of each line" {
    wq-push job $'apple\tpie' banana cherry
    wq-lease -n 3 job >"$BOX/leases"
    cut -f1 "$BOX/leases" | tail -n 1 >"$BOX/bare"
    answers 0 wq-complete job - < <(head -n 2 "$BOX/leases")
    silent
    answers 1 wq-empty job
    answers 0 wq-complete job - < <(tr -d '\n' <"$BOX/bare")
    answers 0 wq-empty job
}

@test "wq-lease can be piped into wq-complete, a thousand at a time" {
    seq 2500 | wq-push -q job
    for _ in 1 2 3; do
        wq-lease -n 1000 job | wq-complete job -
    done
    answers 0 wq-empty job
    is "$(r hget job:stats completed)" 2500
}

@test "-0 reads what wq-lease -0 prints" {
    printf '%s\0' $'two\nlines' $'3.x\tand\n4.y' | wq-push -0q job
    for option in -0 --null; do
        wq-lease -0 job >"$BOX/leases"
        answers 0 wq-complete "$option" job - <"$BOX/leases"
        silent
    done
    answers 0 wq-empty job
}

@test "- and operands go together" {
    wq-push job apple banana
    first=$(lease job)
    answers 0 wq-complete job "$first" - < <(wq-lease job)
    answers 0 wq-empty job
}

@test "- with no input completes nothing and is no error" {
    answers 0 wq-complete job - </dev/null
    silent
}

@test "- with lost leases among thousands names exactly those" {
    seq 700 | wq-push -q job
    wq-lease -n 700 job >"$BOX/leases"
    sed -n '1p;350p;700p' "$BOX/leases" >"$BOX/gone"
    wq-complete job - <"$BOX/gone"
    answers 1 wq-complete job - <"$BOX/leases"
    is "$(cut -f2 "$BOX/out")" "$(cut -f1 "$BOX/gone")"
    is "$(cut -f1 "$BOX/out" | uniq)" unknown
    answers 0 wq-empty job
}

@test "an unreadable stdin is 74" {
    answers 74 bash -c 'wq-complete job - <&-'
    complains 'wq-complete: *: Bad file descriptor'
    answers 74 wq-complete job - </
    complains 'wq-complete: *: Is a directory'
}

@test "-q answers by the exit code alone" {
    answers 1 wq-complete -q job 1.0123456789ab
    silent
}

@test "no lease is a usage error" {
    answers 64 wq-complete job
    says
    complains $'wq-complete: *\nusage: wq-complete *'
}

@test "a word on a lost lease that cannot be printed is 74" {
    answers 74 bash -c 'wq-complete job 1.0123456789ab >/dev/full'
    complains 'wq-complete: *: No space left on device'
    answers 74 bash -c 'wq-complete job 1.0123456789ab >&-'
    complains 'wq-complete: *: Bad file descriptor'
    answers 74 into_dead_pipe wq-complete job 1.0123456789ab
}

@test "every waiter hears of the last completion" {
    wq-push job apple
    lease=$(lease job)
    for n in 1 2 3 4 5; do
        spawn "wait$n" wq-lease --until-drained job
    done
    eventually 5 blocked 5
    wq-complete job "$lease"
    for pid in "${STARTED[@]:1}"; do
        ends 3 "$pid"
    done
}
