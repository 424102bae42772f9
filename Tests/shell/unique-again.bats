#!/usr/bin/env bats
# wq-push --unique that is run again, or fails.

load helper
load more
load unique

@test "a rerun adds what is missing, and prints how many that were" {
    seq 3000 >"$BOX/numbers"
    seq 100 200 | wq-push -q --unique job
    feeds --unique --id night job
    head -n 1300 "$BOX/numbers" >&9
    eventually 5 yields 1300 r llen job
    slay "$PUSH"
    end_feed
    wq-lease -n 500 job | wq-complete job -
    answers 0 wq-push --unique --id night job <"$BOX/numbers"
    says 1700
    for options in '--unique --id night' '--id night'; do
        # shellcheck disable=SC2086 # words
        answers 0 wq-push $options job <"$BOX/numbers"
        says 0
    done
    # What comes after it, with the same name: one that is known, one that is not.
    answers 0 wq-push --unique --id night job < <(cat "$BOX/numbers" && echo 2000 && echo x)
    says 1
    matches "$(r get job:push:night)" '3002 ???????? 2900'
}

@test "an answer that is lost costs nothing: the number is right, and nothing is added twice" {
    wq-push -q --unique job apple
    proxy lose 1 1
    WQ_URL=unix://$BOX/p answers 0 wq-push --unique job apple pear pear fig
    says 2
    is "$(grep -c lost "$BOX/proxy.out")" 1
    is "$(r hget job:stats pushed)" 3
    slay "$PROXY"
    # Some of a long push.
    seq 2000 >"$BOX/numbers"
    proxy lose 3 1
    WQ_URL=unix://$BOX/p answers 0 wq-push --unique long <"$BOX/numbers"
    says 2000
    is "$(grep -c lost "$BOX/proxy.out")" 1
    items long | cmp - "$BOX/numbers"
}

@test "a completion whose answer was lost is one" {
    wq-push -q --unique job apple
    lease=$(lease job)
    proxy lose 1 1
    WQ_URL=unix://$BOX/p answers 0 wq-complete job "$lease"
    is "$(grep -c lost "$BOX/proxy.out")" 1
    new apple
}

@test "a push that is refused, and one that fails, say how many were new" {
    seq 500 | wq-push -q --unique job
    feeds --unique job
    seq 1100 >&9
    eventually 5 yields 1100 r llen job
    wq-config job sealed=yes
    echo late >&9
    ends 1 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" 'wq-push: job is sealed: * (600 items had been pushed)'
}

@test "a push whose memory was evicted says what is certain" {
    wq-push -q --unique --id old job apple
    feeds --unique --id night job
    seq 3 >&9
    echo apple >&9
    remembers() { matches "$(r get job:push:night)" '4 * 3'; }
    eventually 5 remembers
    r del job:push:night
    echo more >&9
    ends 75 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" '*the first 4 items are in the queue, or had been pushed before, the others are not*3 items had*'
}

@test "a full Redis refuses new items, and takes completions of marked ones" {
    wq-push -q --once 1h job apple banana
    lease=$(lease job)
    r config set maxmemory 1
    answers 75 wq-push --unique job cherry
    answers 75 wq-push --unique job apple
    answers 0 wq-complete job "$lease"
    r config set maxmemory 0
    is "$(r zcount job:known 0 +inf),$(r zcard job:known)" 1,2
    answers 0 wq-stat --audit job
}

@test "marks of a wrong type are told, and nothing is pushed, completed or dropped" {
    wq-push -q --unique job apple
    lease=$(lease job)
    r set job:known x
    for words in 'push --unique job pear' "complete job $lease" "drop job $lease" 'drop --ready job'; do
        # shellcheck disable=SC2086 # words
        answers 65 wq-$words
        complains '*job:known*'
    done
    is "$(r exists job),$(r zcard job:leased),$(r hget job:stats pushed)" 0,1,1
}
