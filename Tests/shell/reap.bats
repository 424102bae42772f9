#!/usr/bin/env bats
# wq-reap: expired leases and orphans go back to the queue.

load helper
load more

# expired QUEUE N [LEASE]: leases so many items and waits until the leases have run out.
# Each call to Redis within wq-lease returns what has expired by then: many need a longer lease.
expired() {
    wq-lease -n "$2" -l "${3:-1ms}" "$1" >/dev/null
    run_out "$1" "$2"
}

# run_out QUEUE N: waits until so many leases have run out.
run_out() {
    eventually 5 yields "$2" r eval "local t = redis.call('time')
        return redis.call('zcount', KEYS[1], '-inf', '(' .. t[1] * 1000 + math.floor(t[2] / 1000))" 1 "$1:leased"
}

next() {
    wq-lease job | cut -f2
}

@test "nothing to do is silent" {
    answers 0 wq-reap job
    silent
    wq-push job apple banana
    wq-lease job
    answers 0 wq-reap job
    silent
    is "$(r zcard job:leased),$(r llen job)" 1,1
}

@test "items whose leases expired lie apart as suspects, the number is printed" {
    wq-push job apple banana cherry
    expired job 2
    answers 0 wq-reap job
    says "requeued${TAB}2"
    complains ''
    is "$(r llen job),$(r zcard job:suspects),$(r hlen job:items),$(r lrange job:processing 0 -1)" 1,2,2,wq:busy
    is "$(next),$(next),$(next)" apple,banana,cherry
    is "$(r exists job:suspects)" 0
}

@test "each goes back with an attempt charged" {
    wq-push job apple
    expired job 1
    wq-reap job
    is "$(r hvals job:items | cut -f1,4-)" "1${TAB}lease expired${TAB}apple"
    eval "$(wq-lease --sh job)"
    is "$WQ_ATTEMPT" 2
    is "$(r hlen job:items)" 1
}

@test "items at their last attempt die, the number is printed" {
    r hset job:config max-attempts 1
    wq-push job apple banana
    expired job 2
    answers 0 wq-reap job
    says "dead${TAB}2"
    is "$(r zcard job:dead),$(r llen job)" 2,0
    is "$(held job)" $'apple\nbanana'
}

@test "no records are looked through while each is in some state" {
    wq-push -q job apple banana cherry damson
    wq-push -q --delay 1h job elder
    wq-complete job "$(lease job)"
    wq-release --dead job "$(lease job)"
    wq-lease job
    r config resetstat
    answers 0 wq-reap job
    answers 0 wq-reap job
    r info commandstats >"$BOX/calls"
    is "$(grep -c 'cmdstat_hscan' "$BOX/calls")" 0
}

@test "one call reaps thousands" {
    seq 1100 | wq-push -q job
    expired job 1100 500ms
    answers 0 wq-reap job
    says "requeued${TAB}1100"
    is "$(r zcard job:suspects),$(r zcard job:leased)" 1100,0
}

@test "one call reaps more than a page of them, also if something is due later" {
    wq-push -q --delay 1h job later
    seq 150 | wq-push -q job
    expired job 150 500ms
    answers 0 wq-reap job
    says "requeued${TAB}150"
    is "$(r zcard job:suspects),$(r zcard job:leased),$(r zcard job:delayed)" 150,0,1
    is "$(wq-list --delayed job | wc -l)" 151
    is "$(wq-empty -v job | sed -n 's/^delayed.//p')" 151
}

@test "a push that is over for long holds nothing open" {
    wq-push -q job apple
    reads job
    r zadd job:producers 1 x
    answers 3 wq-lease job
    r zadd job:producers 1 x
    wq-reap job
    is "$(r exists job:producers)" 0
}

@test "ten thousand lost leases are remembered, the last ones" {
    wq-push -q job apple
    r eval 'for i = 1, 10050 do redis.call("zadd", KEYS[1], i, i) end' 1 job:lost
    lease=$(lapsed job)
    wq-reap job >/dev/null
    is "$(r zcard job:lost)" 10000
    answers 1 wq-complete job "$lease"
    says "lost${TAB}$lease"
}

@test "a lease that is still good is not touched" {
    wq-push job apple banana
    expired job 1
    lease=$(lease other || lease job -l 1h)
    wq-reap job
    answers 0 wq-complete job "$lease"
}

@test "-q prints nothing" {
    wq-push job apple
    expired job 1
    answers 0 wq-reap -q job
    silent
    is "$(r zcard job:suspects)" 1
}

@test "what a rediswq client left without a lease goes back after the grace" {
    r lpush job:processing apple banana apple
    answers 0 wq-reap --orphan-after 100ms job
    says "orphans${TAB}3"
    complains ''
    is "$(r lrange job 0 -1 | sort)" $'apple\napple\nbanana'
    is "$(r exists job:processing)" 0
}

@test "what a rediswq client leases is left alone" {
    r lpush job:processing apple banana
    r set "$(lease_key job apple)" session ex 60
    answers 0 wq-reap --orphan-after 50ms job
    says "orphans${TAB}1"
    is "$(r lrange job:processing 0 -1)" apple
    is "$(r lrange job 0 -1)" banana
}

@test "what is leased or completed during the grace is left alone" {
    r lpush job:processing apple banana
    spawn reap wq-reap --orphan-after 1s job
    looked() { r info commandstats | grep -q eval; }
    eventually 5 looked
    r set "$(lease_key job apple)" session ex 60
    r lrem job:processing 0 banana
    ends 0 "$PID"
    is "$(cat "$BOX/reap.out" "$BOX/reap.err")" ''
    is "$(r lrange job:processing 0 -1)" apple
    is "$(r exists job)" 0
}

@test "one call returns thousands of orphans, in the middle of live ones" {
    seq 900 | xargs -n 300 redis-cli -s "$SOCKET" rpush job:processing >/dev/null
    for item in 1 450 900; do
        r set "$(lease_key job "$item")" session ex 60
    done
    answers 0 wq-reap --orphan-after 50ms job
    says "orphans${TAB}897"
    is "$(r lrange job:processing 0 -1 | sort -n)" $'1\n450\n900'
    is "$(r llen job)" 897
}

@test "a clock that was set back does not keep what a waiter left" {
    r lpush job:arriving apple >/dev/null
    wq-reap job
    read -r digest since count <<<"$(r hget job:stats arriving)"
    r hset job:stats arriving "$digest $((since + 3600000)) $count" >/dev/null
    wq-reap job
    between "$since" "$(r hget job:stats arriving | cut -d ' ' -f 2)" $((since + 60000))
    r hset job:stats arriving "$digest $((since - 6000)) $count" >/dev/null
    answers 0 wq-reap job
    says "requeued${TAB}1"
}

@test "the guard is no orphan" {
    wq-push job apple
    wq-lease job
    r lpush job:processing kiwi
    answers 0 wq-reap --orphan-after 50ms job
    says "orphans${TAB}1"
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r lrange job 0 -1)" kiwi
}

@test "a guard that stayed behind without work goes" {
    r lpush job:processing wq:busy
    r set "$(lease_key job wq:busy)" wq
    answers 0 wq-reap --orphan-after 50ms job
    answers 0 wq-empty job
}

@test "all three numbers are printed, a line each" {
    r hset job:config max-attempts 2
    wq-push job apple
    expired job 1
    wq-reap -q job
    wq-push job banana
    wq-lease -l 500ms job
    wq-lease -l 500ms job
    run_out job 2
    r lpush job:processing kiwi
    answers 0 wq-reap --orphan-after 50ms job
    says "requeued${TAB}1" "dead${TAB}1" "orphans${TAB}1"
}

@test "a number that cannot be printed is 74, the items are back all the same" {
    wq-push job apple
    expired job 1
    answers 74 bash -c 'wq-reap job >/dev/full'
    complains 'wq-reap: *: No space left on device'
    is "$(next)" apple
}

@test "two reapers at once return each item once" {
    seq 400 | wq-push -q job
    expired job 400 500ms
    r rpush job:processing kiwi melon
    spawn one wq-reap --orphan-after 100ms job
    one=$PID
    spawn two wq-reap --orphan-after 100ms job
    ends 0 "$one"
    ends 0 "$PID"
    is "$(cat "$BOX/one.out" "$BOX/two.out" | awk '{ sum[$1] += $2 } END { print sum["requeued"], sum["orphans"] }')" '400 2'
    is "$(r llen job),$(r zcard job:suspects)" 2,400
    is "$(held job | sort -u | wc -l)" 402
}
