#!/usr/bin/env bats
# wq-push --unique: what is in the queue is not pushed again.

load helper
load more
load unique

@test "what is in the queue is not pushed again, and the number is that of the new ones" {
    answers 0 wq-push --unique job apple banana
    says 2
    answers 0 wq-push --unique job banana cherry apple
    says 1
    answers 0 wq-push --unique job apple
    says 0
    complains ''
    is "$(items job)" $'apple\nbanana\ncherry'
    is "$(r hget job:stats pushed)" 3
    answers 0 wq-stat --audit job
}

@test "what comes twice in one push is added once, wherever its batches end" {
    { seq 1000 && seq 900 1100 && echo 5 && echo 5; } >"$BOX/numbers"
    answers 0 wq-push --unique job <"$BOX/numbers"
    says 1100
    items job | cmp - <(seq 1100)
    answers 0 wq-push --unique more a b a b a
    says 2
    is "$(items more)" $'a\nb'
}

@test "items are their bytes, empty ones and large ones, too" {
    head -c 300000 /dev/zero | tr '\0' x >"$BOX/large"
    for n in 1 0; do
        answers 0 wq-push --unique job ''
        says "$n"
        answers 0 wq-push --unique -0 job < <(printf 'two\nlines\0\xff\xfe\0')
        says "$((n * 2))"
        answers 0 wq-push --unique --whole -f "$BOX/large" job
        says "$n"
    done
    is "$(r llen job)" 4
}

@test "in whatever state it is, it is in the queue" {
    wq-push -q --unique job apple
    lease=$(lease job)
    known apple
    wq-release --delay 1h job "$lease"
    known apple
    due_now job
    lease=$(lapsed job)
    wq-reap -q job
    is "$(r zcard job:suspects)" 1
    known apple
    wq-release --dead job "$(lease job)"
    is "$(r zcard job:dead)" 1
    known apple
    wq-retry -q --all job
    known apple
    r lmove job job:arriving right left
    known apple
    r lmove job:arriving job left right
    # A rediswq client has it.
    r rpoplpush job job:processing
    known apple
    is "$(r zcard job:known)" 1
}

@test "what was completed is new, in batches, too" {
    seq 900 | wq-push -q --unique job
    wq-lease -n 500 job | wq-complete job -
    is "$(r zcard job:known)" 400
    answers 0 wq-push --unique job < <(seq 900)
    says 500
    is "$(items job)" "$(seq 501 900 && seq 500)"
    # One lease whose time is over, one that is named twice, one that nobody knows.
    lease=$(lease job)
    answers 1 wq-complete job "$lease" "$lease" 1.0123456789ab
    new 501
    WQ_COMMAND_TIMEOUT=5s answers 0 wq-work -q job true
    is "$(r exists job:known)" 0
}

@test "what was dropped is new, wherever it was" {
    wq-push -q --unique job apple banana cherry date elder
    wq-release -q --dead --reason sick job "$(lease job)"
    wq-release -q --dead --reason sick job "$(lease job)"
    lease=$(lease job)
    wq-drop -q --dead --match apple job
    new apple
    answers 0 wq-drop job "$(r zrange job:dead 0 0)"
    new banana
    answers 0 wq-drop job "$lease"
    new cherry
    answers 0 wq-drop --ready --match date job
    new date
    wq-push -q --unique --delay 1h job fig
    wq-drop -q --delayed job
    new fig
    known elder
}

@test "what is shown by wq-drop --dry-run stays known" {
    wq-push -q --unique job apple banana
    wq-drop -q --dry-run --ready job
    known apple
}

@test "wq-purge forgets all marks" {
    wq-push -q --unique job apple
    wq-push -q --once 1h job pear
    wq-purge job
    is "$(r exists job:known)" 0
    new apple
    new pear
}

@test "what others pushed is not known; one copy that is completed makes it new" {
    wq-push -q job apple
    new apple
    is "$(items job)" $'apple\napple'
    known apple
    wq-complete job "$(lease job)"
    new apple
}

@test "a queue that nothing was pushed to so has no marks, and its old format" {
    wq-push -q job apple banana
    wq-complete job "$(lease job)"
    is "$(r exists job:known),$(r hget job:config format)" 0,1
    wq-push -q --unique job apple
    is "$(r exists job:known),$(r hget job:config format)" 1,2
    wq-config job max-attempts=3
    wq-complete job "$(lease job)"
    wq-drop -q --ready job
    is "$(r exists job:known),$(r hget job:config format)" 0,2
    keep_on_disk
    answers 0 wq-doctor job
}

## With the other options.

@test "--front, --delay, --json, --seal, --if-active" {
    answers 0 wq-push --unique --front job a b a c
    says 3
    is "$(items job)" $'c\nb\na'
    answers 0 wq-push --unique --json --delay 1h job b d e d
    says '{"pushed":2}'
    is "$(wq-list --delayed job | cut -f 7)" $'d\ne'
    is "$(r hget job:stats elsewhere)" 5
    answers 0 wq-push --unique --if-active job e f
    says 1
    answers 0 wq-push --unique --seal job f g
    says 1
    answers 1 wq-push --unique job g h
    complains 'wq-push: job is sealed: *'
    answers 1 wq-push --unique --if-active other a
    is "$(r exists other:known)" 0
}

@test "a time that is none is refused, and nothing is pushed" {
    for time in '' x -1 1y; do
        refuses wq-push --once "$time" job apple
    done
}

@test "an item that is too large is refused as ever" {
    wq-config job max-item-bytes=4
    answers 65 wq-push --unique job abcd abcde
    is "$(r exists job job:known)" 0
}
