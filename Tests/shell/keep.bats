#!/usr/bin/env bats
# wq-renew QUEUE LEASE -- COMMAND: a lease that is held while a command runs, and a command that is stopped with it.

load helper
load more

# An item, leased for a minute as $LEASE.
setup() {
    make_box
    start_redis
    LEASE=$(wq-push -q job apple && lease job)
}

# all_gone FILE: the processes whose IDs are in it, a line each, are gone.
all_gone() {
    while read -r process; do
        # What died and was not waited for by its parent is gone, too.
        case $(cut -d' ' -f3 "/proc/$process/stat" 2>/dev/null) in
            '' | Z) ;;
            *) return 1 ;;
        esac
    done <"$BOX/$1"
}

# A command that runs until it is stopped, tells its process ID, and what stopped it, in $BOX/work.
patient() {
    cat >"$BOX/patient" <<END
exec 2>/dev/null
sleep 100 &
trap 'echo TERM >>$BOX/signals; kill \$!; exit 9' TERM
trap 'echo INT >>$BOX/signals; kill \$!; exit 8' INT
trap 'echo HUP >>$BOX/signals; kill \$!; exit 7' HUP
trap 'echo goes on' CONT
echo \$\$ >>$BOX/work
echo has begun
while :; do wait; done
END
}

# patiently OPTION...: the patient command runs under the lease, beside the test, as $PID.
patiently() {
    patient
    spawn renew env --default-signal=INT,HUP wq-renew "$@" job "$LEASE" -- sh "$BOX/patient"
    RENEW=$PID
    eventually 5 written work
}

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
    answers 0 wq-renew -q job "$LEASE" -- printf '<%s>' -l --max -- '' 'a b' $'\xff'
    is "$(<"$BOX/out")" $'<-l><--max><--><><a b><\xff>'
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

@test "a command that ignores TERM is killed after --grace, and its children" {
    cat >"$BOX/deaf" <<'END'
trap '' TERM
sh -c 'echo $$ >>work; while :; do sleep 0.01; done' &
sh -c 'echo $$ >>work; sleep 100' &
echo $$ >>work
while :; do sleep 0.01; done
END
    cd "$BOX"
    spawn renew wq-renew -l 300ms --grace 200ms job "$LEASE" -- sh deaf
    eventually 5 three_are_up
    taken_away job "$LEASE"
    ends 1 "$PID"
    eventually 1 all_gone work
}

@test "who ends before the grace is over is not waited for any longer" {
    patiently -l 300ms --grace 1h
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

@test "--max: a command that hangs holds its item no longer than that" {
    patiently -l 200ms --max 300ms
    ends 1 "$RENEW"
    all_gone work
    is "$(<"$BOX/signals")" TERM
    matches "$(<"$BOX/renew.err")" "wq-renew: *300ms*stopped*"
    # Another worker has it now.
    is "$(reads job -w)" apple
}

@test "--max: nobody else gets the item while the command has its grace" {
    cat >"$BOX/deaf" <<END
trap 'echo >>$BOX/signals' TERM
echo \$\$ >>$BOX/work
while :; do sleep 0.01; done
END
    spawn renew wq-renew -l 200ms --max 100ms --grace 500ms job "$LEASE" -- sh "$BOX/deaf"
    eventually 5 written signals
    # Until the item can be had, the command lives.
    answers 0 wq-lease -w job
    all_gone work
    ends 1 "$PID"
}

@test "--max does not disturb a command that ends before" {
    answers 5 wq-renew -l 200ms --max 10s job "$LEASE" -- sh -c 'sleep 0.3; exit 5'
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

@test "at a terminal the command has the keyboard, Ctrl-C too" {
    answers 0 terminal 80 "wq-renew job $LEASE -- sh -c 'read -r word; echo got \$word'" '' 'hello\n'
    grep -q 'got hello' "$BOX/out"
    answers 130 terminal 80 "wq-renew job $LEASE -- sh -c 'echo up; exec sleep 100'" up '\3'
}

@test "after a command at a terminal, the shell has the keyboard again" {
    answers 0 terminal 80 "PS1=: bash --norc --noprofile -i" \
        ':' "wq-renew job $LEASE -- true; echo bac''k\n" back 'exit\n'
}

# At a terminal, in an interactive shell with the prompt ":": the patient command runs under the lease.
at_prompt() {
    patient
    answers "$1" terminal 80 "PS1=: bash --norc --noprofile -i" \
        ':' "wq-renew -l 5s job $LEASE -- sh $BOX/patient\n" 'has begun' "${@:2}"
}

@test "Ctrl-Z leads back to the shell, fg to the command" {
    at_prompt 8 '\x1a' Stopped 'fg\n' 'goes on' '\3' ':' 'exit $?\n'
    is "$(<"$BOX/signals")" INT
    holds 0 5000 job "$LEASE"
}

@test "after Ctrl-Z and bg the command goes on, and the shell keeps the keyboard" {
    at_prompt 9 '\x1a' Stopped 'bg\n' ':' 'echo fir''st\n' first 'kill %1; wait %1; echo las''t $?\n' 'last 9' 'exit 9\n'
    is "$(<"$BOX/signals")" TERM
}

@test "a script is stopped by Ctrl-C together with the command" {
    answers 130 terminal 80 "sh -c 'while :; do wq-renew job $LEASE -- sh -c \"echo up; exec sleep 100\" || :; done'" up '\3'
    is "$(grep -c up "$BOX/out")" 1
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
