#!/usr/bin/env bats
# How wq-renew and wq-work start and stop a command, which they do in one way.

load helper

setup() {
    make_box
    start_redis
    LEASE=$(wq-push -q job apple && lease job)
}

@test "a script without #! is run by sh, under wq-renew and under wq-work" {
    # shellcheck disable=SC2016 # the script expands it
    echo 'echo "ran $1"' >"$BOX/script"
    chmod +x "$BOX/script"
    answers 0 wq-renew job "$LEASE" -- "$BOX/script" it
    says 'ran it'
    wq-release -q job "$LEASE"
    answers 0 wq-work job "$BOX/script"
    says 'ran apple'
}

@test "HUP is ignored under nohup, by wq-renew and by its command" {
    # shellcheck disable=SC2016 # the command expands it
    spawn renew env --ignore-signal=HUP wq-renew job "$LEASE" -- \
        sh -c 'echo $$ >"$1.new"; mv "$1.new" "$1"; while [ ! -e "$1.end" ]; do sleep .01; done; exit 5' sh "$BOX/pid"
    eventually 10 test -e "$BOX/pid"
    kill -HUP "$PID"
    kill -HUP "$(<"$BOX/pid")"
    touch "$BOX/pid.end"
    wait "$PID" && status=0 || status=$?
    is "$status" 5
}

@test "a command that stopped itself hears TERM all the same" {
    # shellcheck disable=SC2016 # the command expands it
    answers 1 wq-renew --max-time 200ms --kill-after 20s job "$LEASE" -- \
        sh -c 'trap "echo heard; exit 0" TERM; kill -STOP $$; while :; do sleep .01; done'
    says heard
}

@test "a command that ignores TERM is killed more than once, until nothing of it is left" {
    # It starts another process again and again, which KILL may miss once.
    # shellcheck disable=SC2016 # the command expands it
    answers 1 wq-renew --max-time 200ms --kill-after 0 job "$LEASE" -- \
        sh -c 'trap "" TERM; f() { sh -c "exec sleep 300" & echo $! >>"$1"; }; while :; do f "$1"; done' sh "$BOX/pids"
    none_left() { while read -r process; do gone "$process" || return 1; done <"$BOX/pids"; }
    eventually 5 none_left
}
