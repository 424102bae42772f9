#!/usr/bin/env bats
# wq-renew LEASE -- COMMAND, when the server goes, comes back, or forgets.

load helper
load more
load keep

@test "a server that comes back in time is nothing to the command" {
    keep_on_disk
    wq-renew -l 5s job "$LEASE"
    patiently -l 2s
    slay "$REDIS"
    # It is missed for at least one renewal.
    sleep 0.8
    start_redis --appendonly yes
    before=$(r zscore job:leased "$LEASE")
    eventually 5 renewed "$before"
    touch "$BOX/go"
    kill -TERM "$RENEW"
    ends 9 "$RENEW"
    is "$(<"$BOX/renew.err")" ''
    answers 0 wq-complete job "$LEASE"
}

renewed() {
    [ "$(r zscore job:leased "$LEASE")" -gt "$1" ]
}

@test "a server that forgets its scripts is nothing to the command" {
    patiently -l 300ms
    before=$(r zscore job:leased "$LEASE")
    r script flush
    r client kill type normal skipme yes
    eventually 5 renewed $((before + 400))
    kill -TERM "$RENEW"
    ends 9 "$RENEW"
}

@test "a server that stays away past the lease stops the command, 69" {
    patiently -l 500ms
    slay "$REDIS"
    ends 69 "$RENEW"
    all_gone work
    is "$(<"$BOX/signals")" TERM
    matches "$(<"$BOX/renew.err")" "wq-renew: *Redis*stopped*"
}

@test "cut off from a Redis that lives, the command is stopped before another worker has its item" {
    proxy mute "$BOX/mute"
    WQ_URL=unix://$BOX/p patiently -l 2100ms
    touch "$BOX/mute"
    answers 0 wq-lease -w job
    # There and then, give or take what it takes to be noticed on a busy machine.
    for _ in $(seq 20); do
        ! all_gone work || break
        sleep 0.01
    done
    all_gone work
    ends 69 "$RENEW"
    is "$(<"$BOX/signals")" TERM
}

@test "a server that loses its data stops the command, 1" {
    patiently -l 300ms
    r flushall
    ends 1 "$RENEW"
    is "$(<"$BOX/signals")" TERM
}

@test "a command that ended as its lease was lost has been stopped: 1" {
    patient
    spawn renew wq-renew -l 300ms job "$LEASE" -- sh -c "trap 'exit 0' TERM; echo >$BOX/work; while :; do sleep 0.01; done"
    eventually 5 written work
    taken_away job "$LEASE"
    ends 1 "$PID"
}
