#!/usr/bin/env bats
# wq-work: leases while commands run, and a Redis that is away, comes back, or forgets.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more

setup() {
    make_box
    start_redis
    export BOX SOCKET
}

# until_go OPTION...: a worker whose command writes $BOX/began, waits for $BOX/go and ends well.
until_go() {
    spawn work wq-work "$@" job -- \
        sh -c 'echo >>"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done; echo "$1"' x
    eventually 5 written began
}

# later QUEUE DEADLINE: the only lease ends later than that.
later() {
    [ "$(r zrange "$1:leased" 0 0 withscores | tail -n 1)" -gt "$2" ]
}

@test "leases are renewed while the command runs" {
    wq-push -q job apple
    until_go -l 300ms
    deadline=$(r zrange job:leased 0 0 withscores | tail -n 1)
    eventually 5 later job $((deadline + 400))
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(r hget job:stats leased),$(r hget job:stats completed)" 1,1
}

@test "a lease lasts 20 s unless asked otherwise: so soon a killed worker's item is with another" {
    wq-push -q job apple
    until_go
    holds 15000 20000 job "$(r zrange job:leased 0 0)"
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "what is leased ahead is renewed, too" {
    wq-push -q job a b c
    until_go -l 300ms --prefetch 2
    both() { [ "$(r zcard job:leased)" = 3 ]; }
    eventually 5 both
    deadline=$(r zrange job:leased 0 0 withscores | tail -n 1)
    eventually 5 later job $((deadline + 400))
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(r hget job:stats leased)" 3
    is "$(<"$BOX/work.out")" $'a\nb\nc'
}

@test "what was leased ahead and lost does not count for --max-items" {
    wq-push -q job 1 2 3 4 5
    spawn work wq-work -l 300ms --prefetch 2 --max-items 3 job -- sh -c 'echo >>"$BOX/began"
        until [ -e "$BOX/go" ]; do sleep 0.01; done; echo "$1"' x
    ahead() { [ "$(r zcard job:leased)" = 3 ]; }
    eventually 5 ahead
    for lease in $(r zrange job:leased 1 -1); do taken_away job "$lease"; done
    # It knows when it has leased others.
    eventually 5 ahead
    : >"$BOX/go"
    ends 1 "$PID"
    is "$(wc -l <"$BOX/work.out")" 3
    is "$(r hget job:stats completed)" 3
}

@test "a lost lease stops its command, and its item is someone else's" {
    wq-push -q job apple
    spawn work wq-work -l 300ms --forever job -- sh -c 'echo >>"$BOX/began"; exec sleep 74.1' x
    eventually 5 written began
    # It may renew the lease in between.
    stolen() { r zadd job:leased xx 1 "$(r zrange job:leased 0 0)" && wq-lease -l 1h job >"$BOX/other"; }
    eventually 5 stolen
    eventually 5 nobody_sleeps 74.1
    told() { grep -q 'was stopped: the lease was lost$' "$BOX/work.err"; }
    eventually 5 told
    is "$(r zrange job:leased 0 -1)" "$(cut -f1 "$BOX/other")"
    kill "$PID"
    ends 143 "$PID"
}

@test "a queue that is purged while a command runs stops it" {
    wq-push -q job apple
    spawn work wq-work -l 300ms job -- sh -c 'echo >>"$BOX/began"; exec sleep 74.2' x
    eventually 5 written began
    wq-purge --force job
    ends 66 "$PID"
    nobody_sleeps 74.2
}

@test "the connection is cut while the command runs: it is completed on a new one" {
    wq-push -q job apple
    until_go
    r client kill type normal skipme yes
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(r hget job:stats completed)" 1
}

@test "the connections are cut while it waits: it waits again" {
    wq-config job open=yes
    spawn work wq-work job echo
    eventually 5 blocked 1
    r client kill type normal skipme yes
    eventually 5 blocked 1
    wq-push -q job apple
    wq-config job open=no
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" apple
}

@test "no Redis for a while: the command goes on, and is completed when it is back" {
    keep_on_disk
    wq-push -q job apple banana
    until_go
    slay "$REDIS"
    : >"$BOX/go"
    told() { grep -q 'wq-work: .*Redis' "$BOX/work.err"; }
    eventually 5 told
    finished() { [ "$(<"$BOX/work.out")" = apple ]; }
    eventually 5 finished
    start_redis --appendonly yes
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" $'apple\nbanana'
    is "$(r hget job:stats completed)" 2
}

@test "no Redis until the lease has run out: the command is stopped; then 69" {
    wq-push -q job apple
    WQ_CONNECT_TIMEOUT=300ms spawn work wq-work -l 600ms job -- sh -c 'echo >>"$BOX/began"; exec sleep 74.3' x
    eventually 5 written began
    slay "$REDIS"
    ends 69 "$PID" 10
    nobody_sleeps 74.3
    grep -q 'was stopped: the lease could not be renewed in time' "$BOX/work.err"
    tail -n 2 "$BOX/work.err" | grep -q '^wq-work: cannot reach Redis at '
}

@test "a Redis that hangs is taken for one that is away" {
    wq-push -q job apple
    spawn work wq-work -l 1s --grace 0s job -- sh -c 'echo >>"$BOX/began"; exec sleep 74.4' x
    eventually 5 written began
    kill -STOP "$REDIS"
    eventually 10 nobody_sleeps 74.4
    kill -CONT "$REDIS"
    # It had lost the item, and has it again.
    twice() { [ "$(wc -l <"$BOX/began")" = 2 ]; }
    eventually 10 twice
    kill "$PID"
    ends 143 "$PID"
}

@test "nothing runs and Redis is away: 69 after WQ_CONNECT_TIMEOUT, not before" {
    wq-config job open=yes
    WQ_CONNECT_TIMEOUT=10s spawn work wq-work job echo
    eventually 5 blocked 1
    slay "$REDIS"
    told() { grep -q 'wq-work: ' "$BOX/work.err"; }
    eventually 5 told
    start_redis
    eventually 5 blocked 0
    # Its settings were lost, and nothing was ever pushed.
    ends 66 "$PID"

    wq-config job open=yes
    WQ_CONNECT_TIMEOUT=100ms spawn work wq-work job echo
    eventually 5 blocked 1
    slay "$REDIS"
    ends 69 "$PID" 5
}

@test "TERM while Redis is away: the command has its grace, and the worker ends" {
    wq-push -q job apple
    spawn work wq-work --grace 100ms job -- sh -c 'echo >>"$BOX/began"; exec sleep 74.5' x
    eventually 5 written began
    slay "$REDIS"
    kill "$PID"
    ends 143 "$PID" 8
    nobody_sleeps 74.5
}

@test "TERM while Redis is away: what was done is told within the grace, or it is said that it was not" {
    keep_on_disk
    wq-push -q job apple
    until_go
    slay "$REDIS"
    kill "$PID"
    : >"$BOX/go"
    finished() { [ "$(<"$BOX/work.out")" = apple ]; }
    eventually 5 finished
    # Longer than one that has nothing to tell would wait.
    if eventually 3 gone "$PID" 2>/dev/null; then fail 'it ended'; fi
    start_redis --appendonly yes
    ends 143 "$PID"
    is "$(r hget job:stats completed)" 1

    rm "$BOX/began" "$BOX/go"
    wq-push -q job banana
    until_go
    kill -STOP "$REDIS"
    kill "$PID"
    : >"$BOX/go"
    finished() { [ "$(<"$BOX/work.out")" = banana ]; }
    eventually 5 finished
    # A signal that follows at once is the same.
    sleep 0.3
    kill "$PID"
    ends 143 "$PID" 5
    grep -q '^wq-work: Redis could not be told what became of every item' "$BOX/work.err"
}

@test "a server that forgets its scripts is told them again" {
    wq-push -q job a b c
    # shellcheck disable=SC2016
    answers 0 wq-work job -- sh -c 'redis-cli -s "$1" script flush >/dev/null; echo "$2"' x "$SOCKET"
    says a b c
    is "$(r hget job:stats completed)" 3
}

@test "a key of another type, a foreign format: told, and no loop" {
    r set job:leased text
    r rpush job apple
    answers 65 wq-work job echo
    says
    complains 'wq-work: *job*'
    r del job:leased
    r hset job:config format 9
    answers 78 wq-work job echo
    complains 'wq-work: *use a newer wq*'
}

@test "with rediswq's item in work it waits, and ends when that is done" {
    wq-push -q job </dev/null
    r rpush job:processing apple
    r set "$(lease_key job apple)" somebody
    spawn work wq-work job true
    eventually 5 blocked 1
    r lrem job:processing 1 apple
    ends 0 "$PID" 3
}

# asked: how often workers asked whether leases are held, since watch_questions.
asked() {
    # The script that settles asks as well, inside Redis.
    grep -v ' lua\] ' "$BOX/monitor.out" | grep -c '"ZMSCORE"' || :
}

watch_questions() {
    spawn monitor redis-cli -s "$SOCKET" monitor
    eventually 5 written monitor.out
}

@test "a lease that somebody completed, released or dropped stops the command within two seconds, however long it is" {
    watch_questions
    wq-push -q job 74.4 74.5 74.6
    spawn work wq-work -l 1h -j 3 --forever job -- \
        sh -c 'echo "$WQ_LEASE" >"$BOX/$1"; echo >>"$BOX/began"; exec sleep "$1"' x
    three() { [ -e "$BOX/began" ] && [ "$(wc -l <"$BOX/began")" = 3 ]; }
    eventually 5 three
    start=$(now)
    for n in 4 5 6; do
        lease=$(<"$BOX/74.$n")
        case $n in
            4) wq-complete job "$lease" ;;
            5) wq-release --delay 1h job "$lease" ;;
            6) wq-release --dead job "$lease" ;;
        esac
        eventually 2 nobody_sleeps "74.$n"
    done
    [ "$(asked)" -le $((($(now) - start) / 1000 + 1)) ]
    told() { [ "$(grep -c 'was stopped: the lease was lost$' "$BOX/work.err")" = 3 ]; }
    eventually 5 told
    # While nothing runs, nothing is asked.
    before=$(asked)
    sleep 2.2
    is "$(asked)" "$before"
}

@test "short commands, and leases that are renewed as often, cost no question" {
    watch_questions
    seq 40 | wq-push -q job
    answers 0 wq-work -q job -- sh -c 'sleep 0.02' x
    wq-push -q job a
    answers 0 wq-work -q -l 2s job -- sh -c 'sleep 1.5'
    is "$(asked)" 0
}
