#!/usr/bin/env bats
# wq-lease with several queues: which gives, what is told of it, and when all of them are drained.

load helper
load more

@test "wq-lease: the first queue that has something gives it, and the record begins with its name" {
    wq-push -q low one
    wq-push -q high urgent
    answers 0 wq-lease high low
    fits "$(<"$BOX/out")" "^high${TAB}1\.[0-9a-f]{12}${TAB}urgent$"
    answers 0 wq-lease high low
    fits "$(<"$BOX/out")" "^low${TAB}1\.[0-9a-f]{12}${TAB}one$"
    is "$(r zcard high:leased) $(r zcard low:leased)" '1 1'
}

@test "wq-lease: the record of one queue is as it was" {
    wq-push -q job one
    answers 0 wq-lease --fair job
    fits "$(<"$BOX/out")" "^1\.[0-9a-f]{12}${TAB}one$"
}

@test "wq-lease --sh, --json, -0: they tell the queue, too" {
    wq-push -q "it's" a b c
    wq-push -q other </dev/null
    answers 0 wq-lease --sh other "it's"
    eval "$(<"$BOX/out")"
    is "$WQ_QUEUE,$WQ_ITEM,$WQ_ATTEMPT" "it's,a,1"
    answers 0 wq-lease --json other "it's"
    fits "$(<"$BOX/out")" '^\{"queue":"it'\''s","lease":"2\.[0-9a-f]{12}","attempt":1,"item":"b"\}$'
    answers 0 wq-lease -0 other "it's"
    fits "$(tr '\0' '|' <"$BOX/out")" "^it's${TAB}3\.[0-9a-f]{12}${TAB}c\|$"
}

@test "wq-lease: a name that would be cut is refused where it would be, before anything is leased" {
    wq-push -q $'a\tb' item
    answers 64 wq-lease job $'a\tb'
    complains 'wq-lease: a\\tb cannot begin a line: use --json or --sh*'
    is "$(r exists $'a\tb:leased')" 0
    answers 0 wq-lease --json job $'a\tb'
}

@test "wq-lease -n takes what the first lacks from the next" {
    wq-push -q high a b
    wq-push -q mid </dev/null
    seq 300 | wq-push -q low
    answers 0 wq-lease -n 5 high mid low
    is "$(cut -f1,3 "$BOX/out")" "high${TAB}a"$'\n'"high${TAB}b"$'\n'"low${TAB}1"$'\n'"low${TAB}2"$'\n'"low${TAB}3"
    answers 0 wq-lease -n 1000 high mid low
    is "$(wc -l <"$BOX/out")" 297
}

@test "wq-lease --fair: each queue has its turn, whoever asks" {
    for queue in a b c; do seq 40 | wq-push -q "$queue"; done
    for ((i = 0; i < 60; i++)); do wq-lease --fair a b c; done | cut -f1 | sort | uniq -c >"$BOX/counts"
    is "$(wc -l <"$BOX/counts")" 3
    while read -r count _; do between 6 "$count" 34; done <"$BOX/counts"
}

@test "nothing now is 1, drained is 3, and dead items of any are 4 with --strict" {
    wq-push -q high a
    wq-push -q low b
    answers 0 wq-lease -n 2 high low
    high=$(sed -n 's/^high\t\([^\t]*\).*/\1/p' "$BOX/out")
    low=$(sed -n 's/^low\t\([^\t]*\).*/\1/p' "$BOX/out")
    answers 1 wq-lease high low
    wq-complete high "$high"
    answers 1 wq-lease high low
    answers 1 wq-lease low high
    wq-release --dead low "$low"
    answers 3 wq-lease high low
    silent
    answers 4 wq-lease --strict high low
    answers 4 wq-lease --strict low high
}

@test "one that is open keeps all from being drained" {
    wq-push -q high </dev/null
    wq-config low open=yes
    answers 1 wq-lease high low
    answers 1 wq-lease low high
    wq-config low open=
    answers 3 wq-lease high low
}

@test "one that is paused gives nothing, and keeps no other back" {
    wq-push -q high a
    wq-push -q low b
    wq-config high paused=yes
    answers 0 wq-lease high low
    fits "$(<"$BOX/out")" '^low'
    answers 1 wq-lease high low
    spawn waiter wq-lease -w high low
    sleep 0.3
    wq-push -q low c
    ends 0 "$PID" 2
    fits "$(<"$BOX/waiter.out")" "^low${TAB}.*c$"
    spawn waiter wq-lease -w high low
    sleep 0.3
    wq-config high paused=
    ends 0 "$PID" 2
    fits "$(<"$BOX/waiter.out")" "^high${TAB}.*a$"
}

@test "a waiter hears soon of an item in any of the queues" {
    wq-push -q high </dev/null
    wq-push -q low </dev/null
    for queue in low high; do
        spawn waiter wq-lease --forever high low
        eventually 5 blocked 1
        wq-push -q "$queue" item
        ends 0 "$PID" 2
        fits "$(<"$BOX/waiter.out")" "^$queue${TAB}.*item$"
    done
}
