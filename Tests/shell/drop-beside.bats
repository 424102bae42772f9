#!/usr/bin/env bats
# wq-drop beside others, when it is killed, and when an answer is lost.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load drop

## What happens meanwhile.

@test "what comes while it runs stays, also if it is the same or a front one" {
    seq 2000 | wq-push -q job
    halfway wq-drop --ready --match 1 job
    wq-push -q job 1 21 new1
    wq-push -q --front job front1 front2
    go_on
    is "$(<"$BOX/halfway.out")" "$(seq 2000 | grep -c 1)"
    is "$(held job | sort)" "$({
        seq 2000 | grep -v 1
        printf '%s\n' 1 21 new1 front1 front2
    } | sort)"
    sound job
}

# halfway COMMAND...: runs it in the background, and goes on when its fifth answer is held back; `go_on` lets it through.
halfway() {
    proxy hold 5 "$BOX/go"
    WQ_URL=unix://$BOX/p spawn halfway "$@"
    eventually 5 grep -q held "$BOX/proxy.out"
    [ "$(count_of job)" -gt 0 ]
}

go_on() {
    touch "$BOX/go"
    ends 0 "$PID"
}

@test "what dies or is delayed while it runs stays" {
    seq 600 | wq-push -q job
    wq-lease -n 600 job | wq-release --dead job -
    wq-push -q job late1
    halfway wq-drop --dead --match 1 job
    wq-release --dead job "$(lease job)"
    go_on
    is "$(<"$BOX/halfway.out")" "$(seq 600 | grep -c 1)"
    is "$(wq-list --dead job | cut -f7)" "$(
        seq 600 | grep -v 1
        echo late1
    )"
    sound job
}

@test "two at once share the items, beside a worker and a retry" {
    for state in dead ready; do
        r flushall >/dev/null
        seq 3000 | wq-push -q job
        [ "$state" = ready ] || wq-lease -n 3000 job | wq-release --dead job -
        spawn one wq-drop "--$state" --match 1 job
        one=$PID
        spawn two wq-drop "--$state" --match 1 job
        two=$PID
        if [ "$state" = dead ]; then
            spawn other wq-retry --match 11 job
        else
            spawn other sh -c 'wq-work -q --max-items 50 job true || [ $? = 1 ]'
        fi
        ends 0 "$PID"
        ends 0 "$one"
        ends 0 "$two"
        is $(($(<"$BOX/one.out") + $(<"$BOX/two.out"))) "$(count_of job)"
        sound job
        if [ "$state" = dead ]; then
            is "$(wq-list --dead job | cut -f7)" "$(seq 3000 | grep -v 1)"
        else
            is "$(wq-list --ready job | cut -f7 | grep -c 1)" 0
        fi
    done
}

@test "killed at any instant it loses and doubles nothing, and the next one ends its work" {
    for time in 0.000 0.004 0.008 0.012 0.016 0.02 0.03; do
        r flushall >/dev/null
        seq 9000 | wq-push -q job
        timeout -s KILL "$time" wq-drop -q --ready --match 99 job || :
        sound job
        wq-drop -q --ready --match 99 job
        wq-reap -q job
        sound job
        is "$(wq-list --ready job | cut -f7)" "$(seq 9000 | grep -v 99)"
    done
}

@test "a queue that took the place of the one that it began with keeps its items" {
    seq 2000 | wq-push -q job
    halfway wq-drop --ready job
    wq-purge job
    wq-push -q job new
    go_on
    is "$(held job)" new
    is "$(count_of job)" ''
}

## When an answer is lost.

# The server knows the scripts, so that their texts are not sent.
taught() {
    wq-push -q jobknown apple
    wq-drop -q --ready jobknown
    wq-drop -q jobknown 9.0123456789ab || is $? 1
    wq-purge jobknown
}

# loses N [COMMAND]: Redis does what it is asked, and the N-th answer does not arrive; before the next try COMMAND is run.
loses() {
    taught
    # The answer to a password comes before the others.
    proxy lose $(($1 + ${WQ_TEST_ACL:-0})) 1 "${2-:}"
    export WQ_URL=unix://$BOX/p
}

@test "a drop by IDs whose answer is lost is made once" {
    dead job apple
    dead job banana
    mapfile -t ids < <(r zrange job:dead 0 -1)
    loses 1
    answers 1 wq-drop job "${ids[0]}" 9.0123456789ab
    says 1 "unknown${TAB}9.0123456789ab"
    grep -q lost "$BOX/proxy.out"
    is "$(count_of job)" 1
    sound job
}

@test "a drop by IDs whose answer nobody knows any more is in doubt" {
    dead job apple
    id=$(r zrange job:dead 0 0)
    loses 1 "redis-cli -s '$SOCKET' del job:calls"
    answers 69 wq-drop job "$id"
    says 0 "doubtful${TAB}$id"
    complains "wq-drop: the connection broke, and Redis does not know any more whether these items were dropped: $id; *"
}

@test "a drop of a state whose answer is lost takes nothing that came later" {
    seq 100 | wq-push -q job
    loses 2 "WQ_URL=unix://$SOCKET wq-push -q job 7 17; WQ_URL=unix://$SOCKET wq-push -q --front job 27"
    answers 0 wq-drop --ready --match 7 job
    says 19
    grep -q lost "$BOX/proxy.out"
    export WQ_URL=unix://$SOCKET
    is "$(wq-list --ready job | cut -f7)" "$(
        echo 27
        seq 100 | grep -v 7
        printf '7\n17\n'
    )"
    sound job
}

@test "a drop of a state whose answer nobody knows any more is in doubt" {
    seq 9 | wq-push -q job
    loses 2 "redis-cli -s '$SOCKET' del job:calls"
    answers 69 wq-drop --ready --match 7 job
    says
    complains 'wq-drop: the connection broke, and Redis does not know any more whether the last step dropped items, *'
    is "$(count_of job)" 1
}

@test "a drop that broke before Redis heard of it is made after all" {
    seq 9 | wq-push -q job
    taught
    for bytes in 100 300 500 700 900 1100; do
        wq-push -q job 10
        proxy cut requests "$bytes"
        WQ_URL=unix://$BOX/p answers 0 wq-drop --ready --match 10 job
        says 1
        slay "$PROXY"
    done
    is "$(count_of job)" 6
}
