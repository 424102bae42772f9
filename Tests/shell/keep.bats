#!/usr/bin/env bats
# wq-renew QUEUE LEASE -- COMMAND: a lease that is held while a command runs, and a command that is stopped with it.

# shellcheck disable=SC2153 # it is set in keep.bash

load helper
load more
load keep

@test "the command's status is the answer" {
    for status in 0 1 7 69 255; do
        answers "$status" wq-renew job "$LEASE" -- sh -c "exit $status"
        silent
    done
    answers 143 wq-renew job "$LEASE" -- sh -c 'kill -TERM $$'
    answers 137 wq-renew job "$LEASE" -- sh -c 'kill -KILL $$'
    silent
    answers 0 wq-complete job "$LEASE"
}

@test "what cannot be run is 127 or 126, with the reason, and the lease is held still" {
    answers 127 wq-renew job "$LEASE" -- wq-no-such-command
    says
    complains 'wq-renew: *wq-no-such-command: No such file or directory'
    answers 127 wq-renew job "$LEASE" -- "$BOX/none"
    echo exit >"$BOX/text"
    answers 126 wq-renew job "$LEASE" -- "$BOX/text"
    says
    complains "wq-renew: *$BOX/text: Permission denied"
    answers 126 wq-renew job "$LEASE" -- "$BOX"
    holds 50000 60000 job "$LEASE"
}

@test "the words of the command are its own, options and empty words too" {
    answers 0 wq-renew -q job "$LEASE" -- printf '<%s>' -l --max-time -- '' 'a b' $'\xff'
    is "$(<"$BOX/out")" $'<-l><--max-time><--><><a b><\xff>'
    answers 0 env POSIXLY_CORRECT=1 wq-renew -q job "$LEASE" -- printf '<%s>' -l --
    is "$(<"$BOX/out")" '<-l><-->'
    answers 0 wq-renew job "$LEASE" -- echo -- --help
    says '-- --help'
}

@test "stdin, stdout and stderr pass through, no other descriptor does" {
    echo some text >"$BOX/in"
    answers 3 wq-renew job "$LEASE" -- sh -c 'cat; echo oops >&2; exit 3' <"$BOX/in"
    says 'some text'
    is "$(<"$BOX/err")" oops
    answers 0 ls /proc/self/fd
    cp "$BOX/out" "$BOX/expected"
    answers 0 wq-renew job "$LEASE" -- ls /proc/self/fd
    cmp "$BOX/expected" "$BOX/out"
}

@test "signals are as they were, in the mask and in what is ignored" {
    standard_signals >"$BOX/expected"
    standard_signals wq-renew job "$LEASE" -- | cmp "$BOX/expected" -
    # shellcheck disable=SC2016 # the command expands it
    # A pipe that is closed is a signal again, 141, and not an error to be reported.
    answers 0 wq-renew job "$LEASE" -- bash -c 'yes | head -n 1; [ "${PIPESTATUS[0]}" = 141 ]'
    says y
}

# standard_signals [COMMAND...]: the first 31 signals, blocked and ignored, as bits, in what the command runs.
standard_signals() {
    "$@" sed -n 's/^Sig\(Blk\|Ign\):\t/0x/p' /proc/self/status | while read -r bits; do
        printf '%x\n' $((bits & 0x7fffffff))
    done
}

@test "the lease is renewed while the command runs, however long" {
    wq-renew -l 300ms job "$LEASE"
    answers 0 wq-renew -l 300ms job "$LEASE" -- sleep 1
    silent
    answers 0 wq-reap job
    silent
    answers 0 wq-complete job "$LEASE"
    silent
    is "$(r hget job:stats expired)" ''
}

@test "a short command of a long lease does not wait" {
    spawn renew wq-renew -l 1h job "$LEASE" -- true
    ends 0 "$PID" 5
    holds 3590000 3600000 job "$LEASE"
}

@test "the command is not started if the lease is not held" {
    taken_away job "$LEASE"
    answers 1 wq-renew job "$LEASE" -- touch "$BOX/ran"
    says
    complains "wq-renew: *$LEASE*lost*"
    answers 1 wq-renew job 9.0123456789ab -- touch "$BOX/ran"
    says
    complains 'wq-renew: *9.0123456789ab*'
    [ ! -e "$BOX/ran" ]
}

@test "a lost lease stops the command: TERM, and 1 with the reason" {
    patiently -l 300ms
    taken_away job "$LEASE"
    ends 1 "$RENEW"
    all_gone work
    is "$(<"$BOX/signals")" TERM
    matches "$(<"$BOX/renew.err")" "wq-renew: *$LEASE*lost*stopped*"
}

@test "a completed lease stops the command as well" {
    patiently -l 300ms
    wq-complete job "$LEASE"
    ends 1 "$RENEW"
    is "$(<"$BOX/signals")" TERM
    matches "$(<"$BOX/renew.err")" "wq-renew: *$LEASE*"
}

@test "a lost lease stops all processes of the command" {
    cat >"$BOX/family" <<'END'
sh -c 'echo $$ >>work; while :; do sleep 0.01; done' &
(sh -c 'echo $$ >>work; sleep 100' &)
echo $$ >>work
wait
END
    cd "$BOX"
    spawn renew wq-renew -l 300ms job "$LEASE" -- sh family
    eventually 5 three_are_up
    taken_away job "$LEASE"
    ends 1 "$PID"
    eventually 1 all_gone work
}

three_are_up() {
    [ -e work ] && [ "$(wc -l <work)" -eq 3 ]
}

@test "a command that ignores TERM is killed after --kill-after, and its children" {
    cat >"$BOX/deaf" <<'END'
trap '' TERM
sh -c 'echo $$ >>work; while :; do sleep 0.01; done' &
sh -c 'echo $$ >>work; sleep 100' &
echo $$ >>work
while :; do sleep 0.01; done
END
    cd "$BOX"
    spawn renew wq-renew -l 300ms --kill-after 200ms job "$LEASE" -- sh deaf
    eventually 5 three_are_up
    taken_away job "$LEASE"
    ends 1 "$PID"
    eventually 1 all_gone work
}

@test "who ends before the grace is over is not waited for any longer" {
    patiently -l 300ms --kill-after 1h
    taken_away job "$LEASE"
    ends 1 "$RENEW" 5
}

@test "children of a command that ends at once on TERM have their grace, too" {
    # The shell dies of TERM at once, but what it runs has something to put away first.
    cat >"$BOX/child" <<'END'
trap 'sleep 0.1; echo tidy >>signals; exit' TERM
echo $$ >>work
while :; do sleep 0.01; done
END
    cd "$BOX"
    spawn renew wq-renew -l 300ms job "$LEASE" -- sh -c 'sh child; true'
    eventually 5 written work
    taken_away job "$LEASE"
    ends 1 "$PID"
    eventually 1 all_gone work
    is "$(cat signals)" tidy
}

@test "--max-time: a command that hangs holds its item no longer than that" {
    patiently -l 200ms --max-time 300ms
    ends 1 "$RENEW"
    all_gone work
    is "$(<"$BOX/signals")" TERM
    matches "$(<"$BOX/renew.err")" "wq-renew: *300ms*stopped*"
    # Another worker has it now.
    is "$(reads job -w)" apple
}

@test "--max-time: nobody else gets the item while the command has its grace" {
    cat >"$BOX/deaf" <<END
trap 'echo >>$BOX/signals' TERM
echo \$\$ >>$BOX/work
while :; do sleep 0.01; done
END
    spawn renew wq-renew -l 200ms --max-time 100ms --kill-after 500ms job "$LEASE" -- sh "$BOX/deaf"
    eventually 5 written signals
    # Until the item can be had, the command lives.
    answers 0 wq-lease -w job
    all_gone work
    ends 1 "$PID"
}

@test "--max-time does not disturb a command that ends before" {
    answers 5 wq-renew -l 200ms --max-time 10s job "$LEASE" -- sh -c 'sleep 0.3; exit 5'
    silent
}

@test "TERM, INT and HUP reach the command, which decides; its status is the answer" {
    for signal in TERM:9 INT:8 HUP:7; do
        rm -f "$BOX/signals" "$BOX/work"
        patiently
        kill "-${signal%:*}" "$RENEW"
        ends "${signal#*:}" "$RENEW"
        is "$(<"$BOX/signals")" "${signal%:*}"
    done
    holds 50000 60000 job "$LEASE"
}

@test "TERM ends a command that does nothing against it, 143, and all its processes" {
    cd "$BOX"
    spawn renew wq-renew job "$LEASE" -- sh -c 'sleep 100 & echo $! >>work; sleep 100 & echo $! >>work; wait'
    eventually 5 written work
    eventually 5 yields 2 grep -c . work
    kill -TERM "$PID"
    ends 143 "$PID"
    eventually 1 all_gone work
}

@test "a command that takes its time after TERM is renewed meanwhile" {
    cat >"$BOX/slow" <<'END'
trap 'echo >>signals; sleep 0.8; exit 4' TERM
echo $$ >>work
while :; do sleep 0.01; done
END
    cd "$BOX"
    spawn renew wq-renew -l 300ms job "$LEASE" -- sh slow
    eventually 5 written work
    kill -TERM "$PID"
    ends 4 "$PID"
    answers 0 wq-complete job "$LEASE"
}

@test "kill -9 of wq-renew ends the command with it" {
    wq-push job apple
    lease=$(lease job)
    # shellcheck disable=SC2016 # the command expands it
    spawn renew wq-renew job "$lease" -- sh -c 'echo $$ >"$1"; exec sleep 300' sh "$BOX/pid"
    eventually 10 test -s "$BOX/pid"
    command=$(<"$BOX/pid")
    kill -0 "$command"
    slay "$PID"
    eventually 5 gone "$command"
}
