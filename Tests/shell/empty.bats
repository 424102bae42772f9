#!/usr/bin/env bats
# wq-empty: is there anything left to do?

load helper
load more

@test "a queue that never was is drained, and its name is doubted" {
    answers 0 wq-empty job
    says
    complains 'wq-empty: *nothing was ever pushed to job*'
    answers 0 wq-empty -q job
    silent
    is "$(r dbsize)" 0
}

@test "anything ready, leased, delayed or arriving is something left to do" {
    wq-push job apple
    answers 1 wq-empty job
    silent
    lease=$(lease job)
    answers 1 wq-empty job
    silent
    wq-complete job "$lease"
    answers 0 wq-empty job
    silent

    r lpush arrives:arriving apple
    answers 1 wq-empty arrives

    printf 'two\nlines\0' | wq-push -0q late
    wq-lease late || is $? 65
    is "$(r zcard late:delayed)" 1
    answers 1 wq-empty late
}

@test "what a rediswq client holds is something left to do" {
    r lpush job:processing apple
    answers 1 wq-empty job
}

@test "an expired lease is something left to do" {
    wq-push job apple
    wq-lease -l 1ms job
    eventually 5 yields 1 r eval "local t = redis.call('time')
        return redis.call('zcount', 'job:leased', '-inf', t[1] * 1000 + math.floor(t[2] / 1000))" 0
    answers 1 wq-empty job
}

@test "a producer holds the queue open until its hold ends" {
    wq-push -q job </dev/null
    r zadd job:producers $(($(date +%s%3N) + 60000)) someone
    answers 1 wq-empty job
    answers 1 wq-lease job
    r zadd job:producers $(($(date +%s%3N) - 1)) someone
    answers 0 wq-empty job
    answers 3 wq-lease job
}

# A queue of which nothing is left but one dead item.
dead_queue() {
    r hset job:config max-attempts 1
    wq-push job apple
    wq-lease -l 1ms job
    eventually 5 yields "dead${TAB}1" wq-reap job
}

@test "dead items do not count, unless --strict" {
    dead_queue
    answers 0 wq-empty job
    silent
    answers 4 wq-empty --strict job
    silent
    wq-push job banana
    answers 1 wq-empty --strict job
}

@test "--strict without dead items answers as ever" {
    answers 0 wq-empty --strict job
    wq-push job apple
    answers 1 wq-empty --strict job
}

@test "-v prints how many are in each state" {
    dead_queue
    r hdel job:config max-attempts
    printf '%s\0' apple banana $'two\nlines' cherry | wq-push -0q job
    wq-lease -n 3 job || is $? 65
    r lpush job:arriving pear
    r lpush job:processing kiwi
    r zadd job:producers $(($(date +%s%3N) + 60000)) someone
    for option in -v --verbose; do
        answers 1 wq-empty "$option" job
        complains ''
        says "ready${TAB}1" "arriving${TAB}1" "leased${TAB}2" "delayed${TAB}1" "dead${TAB}1" "rediswq${TAB}1" \
            "producers${TAB}1"
    done
}

@test "-v on a drained queue says so in zeros" {
    answers 0 wq-empty -v job
    is "$(cut -f2 "$BOX/out" | uniq)" 0
    is "$(wc -l <"$BOX/out")" 7
}

@test "-q says nothing" {
    wq-push job apple
    answers 1 wq-empty -q job
    silent
}

@test "-v that cannot be printed is 74, never an answer" {
    answers 74 bash -c 'wq-empty -v job >/dev/full'
    complains 'wq-empty: *: No space left on device'
    answers 74 bash -c 'wq-empty -v job >&-'
    answers 141 into_dead_pipe wq-empty -v job
    silent
}

@test "it changes nothing" {
    wq-push job apple banana
    wq-lease -l 1ms job
    before=$(r debug digest 2>/dev/null || true)
    writes=$(r info persistence | grep rdb_changes)
    wq-empty job || true
    wq-empty -v job || true
    is "$(r debug digest 2>/dev/null || true)" "$before"
    is "$(r info persistence | grep rdb_changes)" "$writes"
}

@test "whatever lies in two states at once, the queue is not drained" {
    wq-push -q job apple
    lease=$(lease job)
    wq-complete job "$lease"
    for one in 'lpush job a' 'lpush job:arriving a' 'zadd job:leased 1 1.a' 'zadd job:delayed 1 2.a' \
        'lpush job:processing a' 'zadd job:producers inf a'; do
        for other in 'lpush job a' 'lpush job:arriving a' 'zadd job:leased 1 1.a' 'zadd job:delayed 1 2.a' \
            'lpush job:processing a' 'zadd job:producers inf a'; do
            # shellcheck disable=SC2086 # words
            r $one >/dev/null && r $other >/dev/null
            answers 1 wq-empty job
            r del job job:arriving job:leased job:delayed job:processing job:producers >/dev/null
        done
    done
    answers 0 wq-empty job
}

## Waiting.

# waits NAME COMMAND...: starts it, and has it look at the queue once.
waits() {
    r config resetstat >/dev/null
    spawn "$@"
    eventually 5 looked
}

looked() {
    r info commandstats | grep -q cmdstat_hgetall
}

@test "--wait ends when the last item is done, and --strict tells of the dead" {
    wq-push -q job apple banana
    waits wait wq-empty --wait job
    wait=$PID
    waits strict wq-empty --wait --strict job
    strict=$PID
    wq-lease job | wq-complete job -
    kill -0 "$wait"
    wq-release --dead --reason 'no such fruit' job "$(lease job)"
    ends 4 "$strict"
    ends 0 "$wait"
    is "$(<"$BOX/wait.err")$(<"$BOX/strict.err")" ''
}

@test "-t answers 1 when the time is up" {
    wq-push -q job apple
    answers 1 wq-empty -t 100ms job
    silent
    is "$(wq-empty --wait -v -t 0 job | head -n 1)" "ready${TAB}1"
}

@test "waiting for a queue that was never used, or that goes away, is 66" {
    answers 66 wq-empty --wait job
    complains 'wq-empty: *nothing was ever pushed to job*'
    wq-push -q job apple
    waits wait wq-empty --wait job
    wq-purge job
    ends 66 "$PID"
    matches "$(<"$BOX/wait.err")" '*job is gone*'
}

@test "whoever waits for the end of a list that others filled waits" {
    r rpush job apple banana
    waits wait wq-empty --wait job
    wq-lease -n 2 job | wq-complete job -
    ends 0 "$PID"
}

@test "a wait goes on after the server was away" {
    keep_on_disk
    wq-push -q job apple
    WQ_CONNECT_TIMEOUT=30s waits wait wq-empty --wait job
    slay "$REDIS"
    start_redis --appendonly yes
    reads job
    ends 0 "$PID"
}
