#!/usr/bin/env bats
# shellcheck disable=SC2016 # the words are for a command
# wq-work --also: which queue comes first, what is told of it, and when all of them are drained.

load helper
load more
load work

@test "a queue that is named twice is a mistake" {
    answers 64 wq-lease job job
    complains 'wq-lease: the queue job is named twice*'
    answers 64 wq-work --also job job true
    complains 'wq-work: the queue job is named twice*'
    answers 64 wq-lease job ''
    complains "wq-lease: the queue's name is empty*"
}

@test "a name to which nothing was pushed is told, and all such are no answer" {
    answers 66 wq-lease high low
    complains 'wq-lease: nothing was ever pushed to high: is this its name?'
    wq-push -q low </dev/null
    answers 3 wq-lease high low
    complains 'wq-lease: warning: nothing was ever pushed to high: is this its name?'
    answers 66 wq-work --also other high true
    complains 'wq-work: nothing was ever pushed to high: is this its name?'
    answers 0 wq-work --also low high true
    complains 'wq-work: nothing was ever pushed to high: is this its name?'
}

@test "a worker of both hears of an item in any, and ends when both are drained" {
    wq-push -q high </dev/null
    wq-push -q low hold
    lease=$(lease low)
    spawn worker wq-work --also low high echo
    eventually 5 blocked 1
    wq-push -q low later
    eventually 2 written worker.out
    wq-push -q high urgent
    eventually 2 lines worker.out 2
    is "$(<"$BOX/worker.out")" $'later\nurgent'
    gone "$PID" && fail 'an item is leased still'
    wq-complete low "$lease"
    ends 0 "$PID" 3
    for queue in high low; do answers 0 wq-stat --audit "$queue"; done
}

@test "wq-work: the first comes first, and each command knows its queue" {
    wq-push -q low 1 2
    wq-push -q high 3 4
    answers 0 wq-work -q --prefetch 0 --also low high sh -c 'echo "$WQ_QUEUE $WQ_ITEM"; [ "$WQ_ITEM" != 3 ] || wq-push -q high 5'
    says 'high 3' 'high 4' 'high 5' 'low 1' 'low 2'
    is "$(r hget high:stats completed) $(r hget low:stats completed)" '3 2'
}

@test "wq-work --fair: the queues have their turns" {
    for queue in a b c; do wq-push -q "$queue" "$queue"{1..4}; done
    answers 0 wq-work -q --prefetch 0 --fair --also b --also c a sh -c 'echo "$WQ_QUEUE"'
    is "$(tr -d '\n' <"$BOX/out" | fold -w 3 | sort -u | wc -l)" 1
    is "$(sort "$BOX/out" | uniq -c | tr -s ' \n' ' ')" ' 4 a 4 b 4 c '
}

@test "wq-work: what becomes of an item is told to its own queue, with -j, --batch and leasing ahead" {
    for how in '-j 4' '-j 2 --batch 7' '-j 3 --prefetch 20' '-j 2 --fair --batch 3'; do
        seq 1 60 | wq-push -q high
        seq 101 160 | wq-push -q low
        wq-config low max-attempts=1
        # shellcheck disable=SC2086 # these are words
        answers 0 wq-work -q $how --also low high sh -c 'for item do [ "$item" != 130 ] || exit 3; done' x
        is "$(wq-list low --dead | cut -f7)" 130
        is "$(r hget high:stats completed) $(r hget low:stats completed)" '60 59'
        for queue in high low; do
            answers 0 wq-stat --audit "$queue"
            wq-purge --force "$queue"
        done
    done
}

@test "wq-work --batch: no command has items of two queues" {
    seq 10 | wq-push -q a
    seq 11 20 | wq-push -q b
    answers 0 wq-work -q --batch 8 --also b a sh -c 'echo "$WQ_QUEUE $*"' x
    is "$(grep '^a' "$BOX/out" | tr ' ' '\n' | grep -cv a)" 10
    is "$(grep '^b' "$BOX/out" | tr ' ' '\n' | grep -cv b)" 10
}

@test "wq-work: messages, the job log and --json tell the queue" {
    wq-push -q high a
    wq-push -q low b
    answers 0 wq-work --joblog "$BOX/log" --also low high sh -c '[ "$WQ_QUEUE" = high ] || exit 65'
    complains "wq-work: low: 1.* (attempt 1) is dead: sh: status 65*"
    is "$(tail -n +2 "$BOX/log" | cut -f9,10)" "high${TAB}a"$'\n'"low${TAB}b"
    wq-retry -q --all low
    answers 0 wq-work --json --dead-on 1 --also high low false
    is "$(grep -c '"queue":"low".*"item":"b"' "$BOX/err")" 1
}

@test "wq-work --feed: JSON tells the queue, and a command has items of both" {
    wq-push -q high a
    wq-push -q low b
    answers 0 wq-work -q --feed --json --also low high sh -c \
        'while IFS= read -r line; do printf "%s\n" "$line" >>"$BOX/seen"; echo 0; done'
    is "$(sed 's/"lease":"[^"]*"/"lease":""/' "$BOX/seen")" \
        '{"queue":"high","lease":"","attempt":1,"item":"a"}'$'\n''{"queue":"low","lease":"","attempt":1,"item":"b"}'
}

@test "wq-work: leases of all queues are renewed, and a drop in any stops its command" {
    wq-push -q high a
    wq-push -q low b
    spawn worker wq-work -l 600ms -j 2 --also low high sh -c 'sleep 2; echo "$WQ_ITEM"'
    ends 0 "$PID" 8
    is "$(sort "$BOX/worker.out")" $'a\nb'
    is "$(r hget high:stats completed) $(r hget low:stats completed)" '1 1'
    wq-push -q high a
    wq-push -q low b
    spawn worker wq-work -l 1m -j 2 --also low high sh -c 'sleep 60'
    eventually 5 yields 1 r zcard low:leased
    wq-drop -q low "$(r zrange low:leased 0 0)"
    wq-drop -q high "$(r zrange high:leased 0 0)"
    ends 0 "$PID" 5
}

@test "wq-work --dry-run: in the order in which they would be taken" {
    wq-push -q low 1 2
    wq-push -q high 3
    answers 0 wq-work --dry-run --also low high echo
    says 'echo 3' 'echo 1' 'echo 2'
    answers 0 wq-work --dry-run --max-items 2 --also low high echo
    says 'echo 3' 'echo 1'
    answers 66 wq-work --dry-run --also other another echo
}

@test "wq-work --max-items ends with 0 if all are drained by then, else with 1" {
    wq-push -q high a
    wq-push -q low b
    answers 1 wq-work -q --max-items 1 --also low high true
    answers 0 wq-work -q --max-items 1 --also low high true
}

@test "workers that push into the other queue while they complete: drained is said at the end only" {
    wq-push -q a </dev/null
    wq-push -q b </dev/null
    # Each item goes from one queue to the other, eight times in all.
    cat >"$BOX/bounce" <<'END'
#!/bin/sh
n=${1#*:}
other=b
[ "$WQ_QUEUE" = a ] || other=a
[ "$n" -ge 8 ] || wq-push -q "$other" "${1%:*}:$((n + 1))"
END
    chmod +x "$BOX/bounce"
    for ((round = 1; round <= 6; round++)); do
        wq-push -q a "$round:1"
        spawn worker wq-work -q --prefetch 0 --also b a "$BOX/bounce"
        worker=$PID
        # This one sees the queues from the other side, and takes nothing.
        while :; do
            seen=0
            wq-lease -t 50ms --until-drained empty b a >"$BOX/taken" 2>"$BOX/taken.err" || seen=$?
            if [ "$seen" = 0 ]; then
                IFS=$TAB read -r queue lease _ <"$BOX/taken"
                wq-release --no-charge "$queue" "$lease" || true
            elif [ "$seen" = 3 ]; then
                break
            fi
        done
        is "$(r exists a b a:leased b:leased)" 0
        is "$(($(r hget a:stats completed) + $(r hget b:stats completed)))" "$((8 * round))"
        ends 0 "$worker"
    done
}

@test "kill -9 of workers of two queues: each item is done, the audits agree" {
    seq 100 | wq-push -q high
    seq 101 200 | wq-push -q low
    for ((i = 0; i < 12; i++)); do
        spawn "worker$i" wq-work -q -l 300ms -j 3 --also low high sh -c 'echo "$1" >>"$BOX/done"' x
        sleep "0.0$((RANDOM % 9 + 1))"
        slay "$PID"
    done
    answers 0 wq-work -q -l 300ms -j 3 --also low high sh -c 'echo "$1" >>"$BOX/done"' x
    is "$(sort -nu "$BOX/done" | wc -l)" 200
    for queue in high low; do answers 0 wq-stat --audit "$queue"; done
}

@test "connections that break while two queues are worked on: nothing is lost, and the end is true" {
    teach
    proxy choke 9000
    seq 60 | wq-push -q high
    seq 101 160 | wq-push -q low
    WQ_URL=unix://$BOX/p answers 0 wq-work -q -j 2 --also low high sh -c 'echo "$1" >>"$BOX/done"' x
    [ "$(grep -c cut "$BOX/proxy.out")" -ge 2 ]
    is "$(sort -nu "$BOX/done" | wc -l)" 120
    for queue in high low; do
        answers 3 wq-lease "$queue"
        answers 0 wq-stat --audit "$queue"
    done
}
