#!/usr/bin/env bats
# wq-renew LEASE -- COMMAND at a terminal: who has the keyboard, and Ctrl-C and Ctrl-Z.

load helper
load more
load keep

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

# state PROCESS LETTERS
state() {
    grep -q "^State:.$2" "/proc/$1/status"
}

# counts_under OPTION...: a command that writes a line every 10 ms runs under the lease, as $PID; it is $COMMAND.
counts_under() {
    # shellcheck disable=SC2016 # for the shell inside
    spawn renew env --default-signal wq-renew "$@" job "$LEASE" -- \
        sh -c 'echo $$ >"$BOX/work"; until [ -e "$BOX/go" ]; do echo >>"$BOX/log"; sleep 0.01; done; exit 5'
    eventually 5 written log
    # shellcheck disable=SC2034 # below
    COMMAND=$(<"$BOX/work")
}

# What the command was about to write has come, and nothing more does.
stands_still() {
    local size
    size=$(wc -l <"$BOX/log")
    sleep 0.3
    [ "$size" -eq "$(wc -l <"$BOX/log")" ]
}

@test "TSTP that wq-renew alone gets stops the command, too, and CONT has both go on" {
    export BOX
    counts_under -l 2s
    kill -TSTP "$PID"
    eventually 5 state "$PID" T
    eventually 5 stands_still
    eventually 10 past "$(r zscore job:leased "$LEASE")"
    kill -CONT "$PID"
    eventually 5 state "$COMMAND" '[SRD]'
    : >"$BOX/go"
    ends 5 "$PID"
}

@test "... unless somebody else has the item by then: the command does nothing more" {
    export BOX
    counts_under -l 400ms
    kill -TSTP "$PID"
    eventually 5 stands_still
    size=$(wc -l <"$BOX/log")
    taken_away job "$LEASE"
    other=$(lease job -l 1h)
    kill -CONT "$PID"
    ends 1 "$PID"
    eventually 5 lifeless "$COMMAND"
    [ $(($(wc -l <"$BOX/log") - size)) -le 1 ]
    wq-complete job "$other"
}

@test "Ctrl-Z where no shell would have it go on stops nothing" {
    answers 6 terminal 80 "wq-renew job $LEASE -- sh -c 'echo up; sleep 0.5; exit 6'; s=\$?; echo then; exit \$s" \
        up '\x1a' 'then' ''
}

@test "what reads from a terminal in the background, where no shell would have it go on, fails as without wq-renew" {
    # The second shell ends before its child reads.
    cat >"$BOX/orphan" <<END
(until [ -e "$BOX/go" ]; do sleep 0.02; done
    wq-renew job "$LEASE" -- sh -c 'read -r word </dev/tty; echo \$? >>"$BOX/read"') 2>/dev/null &
END
    answers 0 terminal 80 "PS1=: bash --norc --noprofile -i" \
        ':' "sh $BOX/orphan; echo le''ft; touch $BOX/go\n" left '' \
        ':' "until [ -s $BOX/read ]; do sleep 0.02; done; echo rea''d\n" read 'exit 0\n'
    [ "$(<"$BOX/read")" -ne 0 ]
}
