#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A password is shown nowhere: neither in messages nor in the list of processes.

load ../shell/helper
load servers
load password

@test "an address with a password that cannot be used is not shown whole" {
    for rest in "$HOST:x" "$HOST/x" "127.0.0.1:99999" "[::1" "$HOST/1/2"; do
        answers 78 wq-empty -u "redis://worker:drow-ssap@$rest" job
        complains 'wq-empty: *'
        secretive
        WQ_URL=redis://:$SECRET@$rest answers 78 wq-empty job
        secretive
    done
    for wrong in "http://x:$SECRET@h" "redis://:$SECRET/x@$HOST" "redis://:%zz$SECRET@$HOST" "redis://:$SECRET%@$HOST" \
        "redis://:$SECRET%4@$HOST" "unix://:$SECRET@/s" "redis+sentinel://:$SECRET@$HOST" " redis://:$SECRET@$HOST"; do
        WQ_CONNECT_TIMEOUT=20ms answers 78 wq-empty -u "$wrong" job
        complains 'wq-empty: *'
        secretive
    done
}

@test "the address in use is shown, without the password" {
    for program in $PROGRAMS; do
        answers 0 "$program" -u "redis://worker:drow-ssap@$HOST/3" -V
        grep -q "$HOST/3" "$BOX/out"
        secretive
        WQ_URL=redis://:$SECRET@$HOST answers 0 "$program" -V
        grep -q "$HOST" "$BOX/out"
        secretive
        WQ_PASSWORD=$SECRET answers 0 "$program" -V
        grep -q localhost:6379 "$BOX/out"
        secretive
    done
    answer wq-doctor -u "redis://:$SECRET@$HOST"
    grep -q "^server.*$HOST" "$BOX/out"
    secretive
}

@test "messages about a server with a password do not show it" {
    free_ports 1
    WQ_CONNECT_TIMEOUT=20ms answers 69 wq-empty -u "redis://worker:drow-ssap@127.0.0.1:${FREE[0]}" job
    complains "wq-empty: *127.0.0.1:${FREE[0]}*"
    secretive
    r config set maxmemory 1
    answers 75 wq-push -u "redis://worker:drow-ssap@$HOST" job apple
    secretive
    r config set maxmemory 0
    answers 78 wq-empty -u "redis://:$SECRET@$HOST/99" job
    secretive
}

# What everybody sees of a process.
command_line() {
    tr '\0' ' ' <"/proc/$1/cmdline"
}

@test "a password that was given with -u is not in the list of processes" {
    long=$(printf '%0100d' 0)
    for option in '-u ' -u --url= '--url '; do
        # shellcheck disable=SC2086 # one word or two
        spawn wait wq-lease -w ${option}redis://worker:drow-ssap@$HOST "job$long"
        eventually 5 waits 1
        line=$(command_line "$PID")
        [[ $line == *wq-lease*-w*"job$long"* && $line != *drow* && $line != *ssap* ]] || fail "$line"
        slay "$PID"
        eventually 5 waits 0
    done
    # Nor while a command runs.
    wq-push -q -u "redis://:$SECRET@$HOST" job apple
    lease=$(lease -u "redis://:$SECRET@$HOST" job)
    spawn renew wq-renew -u "redis://:$SECRET@$HOST" job "$lease" -- sh -c 'echo up; exec sleep 100'
    eventually 5 grep -q up "$BOX/renew.out"
    line=$(command_line "$PID")
    [[ $line == *wq-renew*sleep* && $line != *rect* ]] || fail "$line"
}
