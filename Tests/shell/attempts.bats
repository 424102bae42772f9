#!/usr/bin/env bats
# How attempts are counted, and when an item is dead.

load helper
load more

## Attempts.

@test "a lease tells which attempt it is, in sh and in JSON" {
    wq-push job apple
    is "$(attempt job)" 1
    is "$(attempt job)" 2
    answers 0 wq-lease --format json job
    is "$(python -c 'import json, sys; print(json.load(sys.stdin)["attempt"])' <"$BOX/out")" 3
}

@test "a lease that runs out is an attempt, too" {
    wq-push job apple
    lapsed job
    is "$(attempt job)" 2
    lapsed job
    wq-reap -q job
    is "$(attempt job)" 4
}

@test "attempts are those of the item, not of its neighbours" {
    wq-push job apple banana
    is "$(attempt job)" 1
    is "$(attempt job)" 2
    wq-complete job "$(lease job)"
    is "$(attempt job)" 1
}

@test "with its completion the attempts of an item are forgotten" {
    wq-push job apple
    attempt job
    wq-complete job "$(lease job)"
    is "$(r exists job:attempts)" 0
    wq-push job apple
    is "$(attempt job)" 1
}

## Death.

@test "at max-attempts an item dies of its last release, with reason and owner" {
    wq-config job max-attempts=2
    wq-push job apple
    wq-release --delay 0 --reason first job "$(lease job)"
    is "$(r exists job:dead)" 0
    lease=$(WQ_OWNER=me lease job)
    wq-release --reason second job "$lease"
    is "$(field job "$lease" 1,2,4,5)" "2${TAB}me${TAB}second${TAB}apple"
    is "$(r zrange job:dead 0 -1)" "$lease"
    is "$(r exists job job:leased job:delayed job:attempts job:processing)" 0
    answers 3 wq-lease job
    answers 4 wq-empty --strict job
}

@test "at max-attempts an item dies of a lease that runs out, and that is the reason" {
    wq-config job max-attempts=2
    wq-push job apple banana
    lapsed job
    stale=$(WQ_OWNER=me lapsed job)
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" banana
    is "$(field job "$stale" 1,2,4,5)" "2${TAB}me${TAB}lease expired${TAB}apple"
    answers 1 wq-complete job "$stale"
    says "lost${TAB}$stale"
}

@test "max-attempts=0 lets an item be tried for ever" {
    wq-config job max-attempts=0
    wq-push job apple
    for n in {1..12}; do
        is "$(attempt job)" "$n"
    done
    lapsed job
    is "$(attempt job)" 14
}

@test "max-attempts=1 gives an item one chance" {
    wq-config job max-attempts=1
    wq-push job apple
    wq-release job "$(lease job)"
    is "$(r zcard job:dead)" 1
}

@test "a limit that is lowered holds at the next failure, one that is raised saves the item" {
    wq-push job apple
    attempt job
    attempt job
    wq-config job max-attempts=2
    eval "$(wq-lease --format sh job)"
    is "$WQ_ATTEMPT" 3
    wq-config job max-attempts=4
    wq-release --delay 0 job "$WQ_LEASE"
    wq-config job max-attempts=2
    wq-release --delay 0 job "$(lease job)"
    is "$(r zcard job:dead)" 1
}

@test "dead items lie apart: the others go on" {
    dead job apple
    wq-push job banana
    is "$(reads job)" banana
    answers 3 wq-lease job
    is "$(held job)" apple
    answers 0 wq-stat --audit job
}
