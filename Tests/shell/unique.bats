#!/usr/bin/env bats
# wq-push --unique: what is in the queue is not pushed again. --once: nor what was pushed in that time.

load helper
load more

## --unique

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

# known ITEM: it is not pushed, since it is there.
known() {
    answers 0 wq-push --unique job "$1"
    says 0
}

# new ITEM: it is pushed.
new() {
    answers 0 wq-push --unique job "$1"
    says 1
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

## --once

# passes ITEM: its time is over.
passes() {
    r zadd job:known xx "$(r zscore job:known "$(printf %s "$1" | sha1sum | cut -d' ' -f1)" | sed 's/[0-9]\{13\}/1/')" \
        "$(printf %s "$1" | sha1sum | cut -d' ' -f1)" >/dev/null
}

@test "--once: what was pushed in that time is not pushed again, even if it is done" {
    answers 0 wq-push --once 1h job apple banana
    says 2
    wq-complete job "$(lease job)"
    wq-drop -q --ready job
    answers 0 wq-push --once 1h job apple banana cherry
    says 1
    passes apple
    answers 0 wq-push --once 1h job apple banana cherry
    says 1
    is "$(items job)" $'cherry\napple'
}

@test "the time counts from the push, and is that which it was pushed with" {
    wq-push -q --once 10s job apple
    score=$(r zrange job:known 0 0 withscores | tail -n 1)
    between 9000 "$((-score - $(now)))" 10000
    answers 0 wq-push --once 1h job apple
    says 0
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "$score"
    wq-complete job "$(lease job)"
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "${score#-}"
}

@test "an item that waits for longer than its time is in the queue all the same" {
    wq-push -q --once 1ms job apple
    eventually 5 past "$(($(now) + 1))"
    answers 0 wq-push --once 1ms job apple
    says 0
    known apple
    wq-complete job "$(lease job)"
    is "$(r exists job:known)" 0
}

@test "--unique asks for no time, and leaves the longer one" {
    wq-push -q --once 1h job apple
    until=$(r zrange job:known 0 0 withscores | tail -n 1)
    wq-complete job "$(lease job)"
    new apple
    is "$(r zrange job:known 0 0 withscores | tail -n 1)" "$until"
    known apple
    wq-complete job "$(lease job)"
    answers 0 wq-push --once 1h job apple
    says 0
    # --unique says nothing more beside it; and no time is none.
    answers 0 wq-push --once 1h --unique job apple
    says 0
    answers 0 wq-push --once 0 job apple
    says 1
}

@test "a shorter time does not take away the longer one" {
    wq-push -q --once 2h job apple
    wq-complete job "$(lease job)"
    passes apple
    wq-push -q --once 1h job apple
    between 3500000 "$((-$(r zrange job:known 0 0 withscores | tail -n 1) - $(now)))" 3600000
}

@test "marks whose time is over go by and by, some hundreds a push" {
    wq-push -q job pear
    r eval 'for n = 1, 1200 do redis.call("zadd", KEYS[1], n, redis.sha1hex("old" .. n)) end' 1 job:known
    r zadd job:known "$(($(now) + 100000))" "$(printf later | sha1sum | cut -d' ' -f1)"
    for left in 701 201 1 1; do
        wq-push -q --unique job pear
        is "$(r zcount job:known 0 +inf)" "$left"
    done
    wq-push -q --unique job later
    is "$(r zcount job:known 0 +inf)" 0
}

## Marks of items that are not there.

# forsaken N...: so many marks of items that somebody took without wq.
forsaken() {
    seq "$@" | wq-push -q --unique job
    r del job >/dev/null
}

@test "when the queue has no item in any state, no mark says that one is there" {
    forsaken 3
    new 2
    is "$(r zcard job:known)" 1
    known 2
    wq-complete job "$(lease job)"
    # While there is one, in whatever state, they count.
    forsaken 3
    for state in leased delayed dead ready processing; do
        r del job:items job:leased job:delayed job:dead job job:processing
        wq-push -q job pear
        case $state in
            leased) wq-lease -0 job ;;
            delayed) wq-release --delay 1h job "$(lease job)" ;;
            dead) wq-release --dead job "$(lease job)" ;;
            processing) r lmove job job:processing right left ;;
        esac
        known 2
    done
    r del job:processing
    new 2
}

@test "however many there are, they go, and what --once keeps stays" {
    seq 1700 | wq-push -q --once 1h job
    r del job
    forsaken 2001 3300
    seq 5000 >"$BOX/numbers"
    answers 0 wq-push --unique job <"$BOX/numbers"
    says 5000
    complains ''
    items job | cmp - "$BOX/numbers"
    is "$(r zcount job:known -1 -1),$(r zcount job:known -inf '(-1'),$(r zcount job:known 0 +inf)" 3300,1700,0
    r del job
    answers 0 wq-push --once 1h job <"$BOX/numbers"
    says 3300
    is "$(r zcount job:known -inf '(-1'),$(r zcount job:known 0 +inf)" 3300,1700
}

@test "a push that is killed while they go leaves that to the next one, whatever was pushed meanwhile" {
    forsaken 1200
    # The first of several steps.
    r eval 'for n = 1, 500 do redis.call("zrem", KEYS[1], redis.sha1hex(n)) end redis.call("zadd", KEYS[1], "+inf", "void")' 1 job:known
    wq-push -q job pear 700
    new 700
    is "$(r zcard job:known)" 1
    is "$(items job)" $'pear\n700\n700'
}

@test "the hold of a push goes on while they go" {
    forsaken 1200
    feeds --unique job
    eventually 5 yields 1 r zcard job:producers
    seq 3 >&9
    eventually 5 yields 3 r llen job
    is "$(r zcard job:producers)" 1
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.out"),$(<"$BOX/push.err")" 3,
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

## Once, whatever happens.

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
