#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A server that is slow, silent or not ready.

load ../shell/helper
load servers

## Silence.

mute() {
    answers 69 "$@"
    says
    complains "$1: *$BOX/p*"
}

@test "a server that accepts and says nothing is 69 after WQ_COMMAND_TIMEOUT" {
    liar "$BOX/p" silent
    export WQ_URL=unix://$BOX/p WQ_COMMAND_TIMEOUT=50ms
    each mute
    mute wq-lease -w job
    mute wq-lease --until-drained job
}

@test "a server that was stopped is 69, and goes on with what it was sent" {
    wq-push -q job apple banana
    kill -STOP "$REDIS"
    WQ_COMMAND_TIMEOUT=1s answers 69 wq-push job cherry
    says
    complains "wq-push: *$SOCKET*"
    WQ_COMMAND_TIMEOUT=100ms answers 69 wq-empty job
    WQ_COMMAND_TIMEOUT=20s spawn lease wq-lease job
    kill -CONT "$REDIS"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/lease.out")" apple
    # The push that was given up may have come; once at most.
    fits "$(held job | paste -sd' ')" '^apple banana( cherry)?$'
}

@test "a server that pauses its clients is waited for as long as WQ_COMMAND_TIMEOUT says" {
    wq-push -q job apple
    r client pause 300
    answers 0 wq-lease job
    r client pause 1000
    WQ_COMMAND_TIMEOUT=100ms answers 69 wq-lease job
}

@test "a waiter waits longer than WQ_COMMAND_TIMEOUT" {
    wq-push -q job apple
    lease=$(lease job)
    WQ_COMMAND_TIMEOUT=100ms answers 1 wq-lease -t 500ms job
    WQ_COMMAND_TIMEOUT=100ms spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    # Past the wait in Redis, of a second at most, and the timeout.
    WQ_COMMAND_TIMEOUT=100ms answers 1 wq-lease -t 1500ms job
    wq-complete job "$lease"
    ends 3 "$PID"
}

@test "a waiter whose server falls silent is 69" {
    WQ_COMMAND_TIMEOUT=100ms spawn wait wq-lease -w job
    eventually 5 blocked 1
    kill -STOP "$REDIS"
    ends 69 "$PID" 15
    matches "$(<"$BOX/wait.err")" "wq-lease: *"
    kill -CONT "$REDIS"
}

@test "a worker whose server falls silent is 69, whether it waits or not" {
    WQ_COMMAND_TIMEOUT=100ms WQ_CONNECT_TIMEOUT=300ms spawn work wq-work --forever job true
    eventually 5 blocked 1
    kill -STOP "$REDIS"
    ends 69 "$PID" 5
    grep -q '^wq-work: Redis at .* does not answer' "$BOX/work.err"
    WQ_COMMAND_TIMEOUT=100ms WQ_CONNECT_TIMEOUT=300ms answers 69 wq-work job true
    kill -CONT "$REDIS"
}

@test "a wrong WQ_COMMAND_TIMEOUT is 78" {
    for timeout in x -1 5x; do
        WQ_COMMAND_TIMEOUT=$timeout answers 78 wq-empty job
        complains "wq-empty: *WQ_COMMAND_TIMEOUT*$timeout*"
    done
}

## Not ready.

# starts_loading MS: a Redis that needs so long to load its data, among which is an item.
starts_loading() {
    # It answers after every two megabytes.
    r config set rdbcompression no
    for n in {1..20}; do
        echo "setrange key$n 1000000 x"
    done | r >/dev/null
    wq-push -q job apple
    r save
    slay "$REDIS"
    launch_redis --save 3600 1 --key-load-delay $(($1 * 1000 / 20))
    eventually 10 loading
}

loading() {
    r ping 2>&1 | grep -q ^LOADING
}

not_yet() {
    answers 75 "$@"
    says
    complains "$1: *loading*"
}

@test "a server that loads is waited for, as long as WQ_CONNECT_TIMEOUT says, then 75" {
    starts_loading 3000
    spawn lease wq-lease job
    WQ_CONNECT_TIMEOUT=20ms PROGRAMS='wq-push wq-empty' each not_yet
    WQ_CONNECT_TIMEOUT=300ms not_yet wq-lease -w job
    loading
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/lease.out")" apple
}

@test "a server that loads keeps a push waiting, which comes once" {
    starts_loading 1000
    answers 0 wq-push job banana
    says 1
    is "$(held job)" $'apple\nbanana'
}

@test "a server that is out of memory is 75 at once, and what is there can be done" {
    wq-push -q job apple banana
    r config set maxmemory 1
    # Waiting would not help: this ends long before.
    WQ_CONNECT_TIMEOUT=1h answers 75 wq-push job cherry
    says
    complains 'wq-push: *memory*'
    proxy lose 1 1
    export WQ_URL=unix://$BOX/p
    is "$(reads job)" apple
    lease=$(lease job)
    answers 0 wq-renew job "$lease"
    answers 0 wq-release --delay 0 job "$lease"
    is "$(held job)" banana
}
