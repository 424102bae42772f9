#!/usr/bin/env bats
# Items that are removed for good: wq-drop.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load drop

## By IDs.

@test "a dead, a delayed and a leased item go by their IDs, and are counted" {
    dead job apple
    delayed job banana
    wq-push job cherry date
    held=$(lease job)
    answers 0 wq-drop job "$(r zrange job:dead 0 0)" "$(r zrange job:delayed 0 0)" "$held"
    says 3
    complains ''
    is "$(held job)" date
    is "$(r exists job:dead job:delayed job:leased job:items job:processing)" 0
    is "$(count_of job)" 3
    sound job
    answers 1 wq-complete job "$held"
    says "unknown${TAB}$held"
}

@test "a suspect goes by its ID" {
    wq-push job apple
    id=$(lapsed job)
    wq-reap -q job
    is "$(r zcard job:suspects)" 1
    answers 0 wq-drop job "$id"
    says 1
    is "$(r exists job:suspects job:items job:processing)" 0
    sound job
}

@test "IDs of no item are named, 1, and the others go" {
    dead job apple
    dead job banana
    mapfile -t ids < <(r zrange job:dead 0 -1)
    wq-push job cherry
    gone=$(lapsed job)
    wq-reap -q job
    lease job
    answers 1 wq-drop job 9.0123456789ab "${ids[0]}" "$gone" '*' "${ids[1]}"
    says 2 "unknown${TAB}9.0123456789ab" "lost${TAB}$gone" "unknown${TAB}*"
    complains ''
    answers 1 wq-drop -q job "${ids[0]}"
    silent
    answers 1 wq-drop --json job "${ids[0]}"
    says '{"dropped":0}' "{\"answer\":\"unknown\",\"id\":\"${ids[0]}\"}"
    is "$(r zcard job:leased)" 1
    sound job
}

@test "an ID given twice counts once, however far apart" {
    seq 300 | wq-push -q job
    wq-lease -n 300 job | wq-release --dead job -
    mapfile -t ids < <(r zrange job:dead 0 -1)
    answers 0 wq-drop job "${ids[@]:0:250}" "${ids[@]:0:250}"
    says 250
    is "$(count_of job)" 250
    sound job
}

@test "the ID - alone stands for those on stdin, of which there may be none" {
    seq 500 | wq-push -q job
    wq-lease -n 1000 job | wq-release --dead job -
    wq-list --dead job | awk '$7 % 2' | wq-drop job - >"$BOX/out"
    says 250
    wq-retry -q --all job
    is "$(held job | sort -n)" "$(seq 2 2 500)"
    answers 0 wq-drop job - </dev/null
    says 0
    sound job
}

@test "a command whose item is dropped is stopped within two seconds, and the worker goes on" {
    wq-push -q job 83.1 83.2
    spawn work wq-work -l 1h -j 2 --until-idle 1s job -- \
        sh -c 'trap "echo TERM >>\"$BOX/ended\"; exit 1" TERM; echo "$WQ_LEASE" >"$BOX/$1"; sleep "$1" & wait' x
    eventually 5 written 83.1
    eventually 5 written 83.2
    answers 0 wq-drop job "$(<"$BOX/83.1")"
    says 1
    eventually 2 written ended
    answers 0 wq-drop job "$(<"$BOX/83.2")"
    both_ended() { [ "$(grep -c TERM "$BOX/ended")" = 2 ]; }
    eventually 2 both_ended
    ends 0 "$PID"
    is "$(held job)" ''
    is "$(r hget job:stats completed)" ''
    sound job
}

@test "what a worker leased ahead and somebody dropped is never begun" {
    wq-push -q job 84.1 b c
    spawn work wq-work -l 1h --prefetch 2 job -- sh -c 'echo "$1" >>"$BOX/began"; [ "$1" = c ] || exec sleep "$1"' x
    three() { [ "$(r zcard job:leased)" = 3 ]; }
    eventually 5 three
    id_of() { wq-list --leased job | awk -v item="$1" '$NF == item { print $1 }'; }
    wq-drop -q job "$(id_of b)"
    sleep 1.2
    wq-drop -q job "$(id_of 84.1)"
    ends 0 "$PID"
    is "$(<"$BOX/began")" $'84.1\nc'
    sound job
}

## What it comes to.

@test "what only rpush filled is dropped, too" {
    r rpush job apple banana >/dev/null
    answers 0 wq-drop --ready --match app job
    says 1
    is "$(held job)" banana
}

@test "a full Redis drops, and so makes room" {
    seq 500 | wq-push -q job
    wq-push -q --delay 1h job late
    dead job early
    r config set maxmemory 1 >/dev/null
    answers 75 wq-push job more
    answers 0 wq-drop --dead --delayed --ready job
    says 502
    r config set maxmemory 0 >/dev/null
    sound job
}

@test "the counts tell what was dropped" {
    wq-push -q job apple banana
    wq-drop -q --ready --match apple job
    wq-stat --totals job | grep -x "total dropped${TAB}1"
    wq-stat --prometheus job | grep -x 'wq_items_dropped_total{queue="job"} 1'
    is "$(wq-stat --json job | jq .totals.dropped)" 1
    wq-stat --audit job | grep -x "dropped${TAB}1"
    r hset job:stats dropped 0 >/dev/null
    answers 1 wq-stat --audit job
}

@test "a queue is drained by a drop, and who waits for that hears it" {
    wq-push -q job apple
    id=$(lease job)
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    wq-drop -q job "$id"
    ends 3 "$PID"
}

## What is refused.

@test "a wrong command line is 64 and drops nothing" {
    dead job apple
    id=$(r zrange job:dead 0 0)
    refuses wq-drop
    refuses wq-drop job
    refuses wq-drop --dead job "$id"
    refuses wq-drop --match apple job
    refuses wq-drop --reason x job "$id"
    refuses wq-drop --leased job
    refuses wq-drop job - "$id" </dev/null
    refuses wq-drop --dead job - </dev/null
    is "$(r zcard job:dead)" 1
}

@test "no server is 69, a key of the wrong type 65, an answer that cannot be printed 74" {
    unreachable wq-drop --dead job
    unreachable wq-drop job 1.0123456789ab
    dead job apple
    id=$(r zrange job:dead 0 0)
    r set job:leased spoiled
    answers 65 wq-drop job "$id"
    complains 'wq-drop: *'
    r del job:leased
    r set job spoiled
    answers 65 wq-drop --ready job
    r del job
    is "$(r zcard job:dead)" 1
    answers 74 bash -c 'wq-drop --dead job >/dev/full'
    complains 'wq-drop: *: No space left on device'
    is "$(r exists job:dead)" 0
    answers 74 into_dead_pipe wq-drop --dead job
}

@test "a queue of another format is 78, and stays as it is" {
    dead job apple
    r hset job:config format 99 >/dev/null
    for words in --dead '--dry-run --dead' --ready "$(r zrange job:dead 0 0)"; do
        # shellcheck disable=SC2086 # several
        answers 78 wq-drop job $words
    done
    is "$(r zcard job:dead)" 1
}
