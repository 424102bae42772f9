#!/usr/bin/env bats
# wq-renew: more time for the holder of a lease.

load helper
load more

# An item, leased for a minute as $LEASE.
setup() {
    make_box
    start_redis
    LEASE=$(wq-push -q job apple && lease job)
}

@test "a lease is extended by a minute from now, in silence" {
    r zadd job:leased xx "$(($(now) + 2000))" "$LEASE"
    answers 0 wq-renew job "$LEASE"
    silent
    holds 55000 60000 job "$LEASE"
    is "$(field job "$LEASE" 1,5)" "1${TAB}apple"
}

@test "-l says by how much, also if that is less" {
    answers 0 wq-renew -l 2h job "$LEASE"
    holds 7195000 7200000 job "$LEASE"
    answers 0 wq-renew --lease=5s job "$LEASE"
    holds 0 5000 job "$LEASE"
}

@test "what was renewed is not reaped at its old time, and can be completed" {
    wq-renew -l 300ms job "$LEASE"
    old=$(r zscore job:leased "$LEASE")
    wq-renew job "$LEASE"
    eventually 5 past "$old"
    answers 0 wq-reap job
    silent
    answers 0 wq-complete job "$LEASE"
}

@test "an expired lease that nobody took yet is its holder's still" {
    wq-renew -l 1ms job "$LEASE"
    eventually 5 past "$(r zscore job:leased "$LEASE")"
    answers 0 wq-renew job "$LEASE"
    silent
    answers 1 wq-lease job
}

@test "lost and unknown leases are told apart, and the others renewed" {
    taken_away job "$LEASE"
    fresh=$(lease job -l 10s)
    answers 1 wq-renew job "$LEASE" "$fresh" 9.0123456789ab
    says "lost${TAB}$LEASE" "unknown${TAB}9.0123456789ab"
    complains ''
    holds 55000 60000 job "$fresh"
    answers 1 wq-renew -q job "$LEASE"
    silent
}

@test "a renewal brings nothing back: neither what was completed nor what is dead" {
    wq-release --dead job "$LEASE"
    answers 1 wq-renew job "$LEASE"
    says "unknown${TAB}$LEASE"
    is "$(r exists job:leased)" 0
}

@test "- reads leases from stdin, what wq-lease printed too" {
    seq 450 | wq-push -q job
    wq-lease -l 5s -n 450 job >"$BOX/leases"
    answers 0 wq-renew job - <"$BOX/leases"
    silent
    is "$(r zcount job:leased "$(($(now) + 50000))" +inf)" 451
    answers 0 wq-renew -0 job - < <(cut -f1 "$BOX/leases" | tr '\n' '\0')
    answers 1 wq-renew job "$LEASE" - < <(echo 9.0123456789ab)
    says "unknown${TAB}9.0123456789ab"
}

@test "a wrong command line is 64 and renews nothing" {
    r zadd job:leased xx "$(($(now) + 2000))" "$LEASE"
    refuses wq-renew
    refuses wq-renew job
    refuses wq-renew -l soon job "$LEASE"
    refuses wq-renew -l 0 job "$LEASE"
    refuses wq-renew --max-time 1h job "$LEASE"
    refuses wq-renew --kill-after 1s job "$LEASE"
    refuses wq-renew job -- touch "$BOX/ran"
    refuses wq-renew job "$LEASE" 2.0123456789ab -- touch "$BOX/ran"
    refuses wq-renew job - -- touch "$BOX/ran"
    refuses wq-renew --max-time soon job "$LEASE" -- touch "$BOX/ran"
    refuses wq-renew --kill-after -1 job "$LEASE" -- touch "$BOX/ran"
    refuses wq-renew --jobs 2 job "$LEASE" -- touch "$BOX/ran"
    [ ! -e "$BOX/ran" ]
    holds 0 2000 job "$LEASE"
}

@test "no server is 69, a key of the wrong type 65, a lost lease that cannot be told 74" {
    unreachable wq-renew job "$LEASE"
    unreachable wq-renew job "$LEASE" -- touch "$BOX/ran"
    answers 74 bash -c 'wq-renew job 9.0123456789ab >/dev/full'
    complains 'wq-renew: *: No space left on device'
    answers 74 bash -c 'wq-renew job 9.0123456789ab >&-'
    answers 74 into_dead_pipe wq-renew job 9.0123456789ab
    r set job:leased spoiled
    answers 65 wq-renew job "$LEASE"
    says
    complains 'wq-renew: *job:leased*'
    answers 65 wq-renew job "$LEASE" -- touch "$BOX/ran"
    [ ! -e "$BOX/ran" ]
}
