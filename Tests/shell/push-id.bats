#!/usr/bin/env bats
# wq-push --id: a push with a name that is run again adds what is missing.

load helper
load more

## --id

@test "a named push that is run again adds nothing, and says so" {
    seq 1500 >"$BOX/numbers"
    answers 0 wq-push --id night -f "$BOX/numbers" job
    says 1500
    answers 0 wq-push --id night -f "$BOX/numbers" job
    says 0
    complains ''
    items job | cmp - "$BOX/numbers"
    is "$(r hget job:stats pushed)" 1500
}

@test "a named push that was killed goes on where it stopped" {
    seq 3000 >"$BOX/numbers"
    feeds --id night job
    head -n 1300 "$BOX/numbers" >&9
    eventually 5 yields 1300 r llen job
    slay "$PUSH"
    end_feed
    # Workers were busy meanwhile.
    wq-lease -n 700 job | wq-complete job -
    answers 0 wq-push --id night job <"$BOX/numbers"
    says 1700
    items job | cmp - <(tail -n +701 "$BOX/numbers")
    is "$(r exists job:producers job:processing)" 0
}

@test "a named push that is killed again and again adds each item once" {
    seq 4000 >"$BOX/numbers"
    for n in 700 1900 2000 3500; do
        feeds --id night job
        head -n "$n" "$BOX/numbers" >&9
        eventually 5 yields "$n" r llen job
        slay "$PUSH"
        end_feed
    done
    answers 0 wq-push --id night -f "$BOX/numbers" job
    says 500
    items job | cmp - "$BOX/numbers"
}

@test "a rerun adds what the input has more than the last time" {
    answers 0 wq-push --id log job < <(seq 5)
    answers 0 wq-push --id log job < <(seq 8)
    says 3
    is "$(items job)" "$(seq 8)"
    # Less than the last time is nothing new.
    answers 0 wq-push --id log job < <(seq 3)
    says 0
}

@test "names keep pushes apart, and queues, and may be any text" {
    for name in night 'a b:c*' $'\xff\n' -; do
        answers 0 wq-push --id "$name" job apple
        says 1
        answers 0 wq-push --id "$name" job apple
        says 0
    done
    answers 0 wq-push --id night other apple
    says 1
    is "$(r llen job),$(r llen other)" 4,1
}

@test "the name of a push is remembered for a week" {
    wq-push --id night job apple
    ttl=$(r ttl job:push:night)
    between 604700 "$ttl" 604800
}

@test "--id with --delay and --front: a rerun adds nothing either" {
    seq 1200 >"$BOX/numbers"
    for option in --delay=1h --front; do
        wq-push --id "n$option" "$option" -f "$BOX/numbers" job >"$BOX/out"
        says 1200
        wq-push --id "n$option" "$option" -f "$BOX/numbers" job >"$BOX/out"
        says 0
    done
    is "$(r zcard job:delayed),$(r llen job)" 1200,1200
}
