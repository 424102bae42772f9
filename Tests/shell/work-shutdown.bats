#!/usr/bin/env bats
# wq-work: ends that come from outside, for the worker and its commands at once, cost no item an attempt.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work

# The worker's commands and what they started.
family() {
    local child
    for child in $(pgrep -P "$1"); do
        [ "$(<"/proc/$child/comm")" = wq-guard ] || echo "$child"
        family "$child"
    done
}

# Items whose commands end by a signal in their own ways.
COMMANDS=(
    'echo >>"$BOX/began"; sleep 76.1; :'
    'echo >>"$BOX/began"; exec sleep 76.1'
    'echo >>"$BOX/began"; exec python3 -c "import time; time.sleep(76.1)"'
    'trap "exit 143" TERM; echo >>"$BOX/began"; sleep 76.1 & wait'
)

# A worker in its own session, with all of these at once.
begins() {
    rm -f "$BOX/began"
    wq-push -q job "${COMMANDS[@]}"
    spawn work setsid "$WQ_BIN/wq-work" -j 4 job -- sh -c
    four() { [ -e "$BOX/began" ] && [ "$(grep -c '' "$BOX/began")" = 4 ]; }
    eventually 5 four
}

# Nothing was charged, and all is back.
as_before() {
    is "$(r exists job:attempts job:delayed job:dead job:leased)" 0
    is "$(r llen job)" "${1:-4}"
    eventually 1 nobody_sleeps 76.1
}

@test "TERM to all processes at once, in whatever order, charges no attempt" {
    for order in together worker-last worker-first; do
        begins
        commands=$(family "$PID")
        # shellcheck disable=SC2086 # they are many
        case $order in
            together) kill "$PID" $commands ;;
            worker-last) kill $commands && sleep 0.1 && kill "$PID" ;;
            worker-first) kill "$PID" && sleep 0.1 && kill $commands ;;
        esac
        ends 143 "$PID"
        as_before
        r del job >/dev/null
    done
}

@test "TERM to a command alone is a failed attempt, as any signal is" {
    wq-config job max-attempts=1
    wq-push -q job a
    answers 0 wq-work job -- sh -c 'kill $$; sleep 1' x
    is "$(wq-list job --dead | cut -f6)" 'sh: signal TERM'
}

@test "timeout, which signals twice, leaves commands their grace" {
    wq-push -q job a b
    answers 124 timeout 1 wq-work job -- \
        sh -c 'trap "" TERM; sleep 1.5; echo "$1"' x
    says a
    is "$(held job)" b
    is "$(r exists job:attempts)" 0
}

@test "QUIT, and any other signal that ends programs, is like TERM" {
    for signal in QUIT:131 USR1:138 ALRM:142 USR2:140 XCPU:152 RTMIN+3:165; do
        wq-push -q job a b
        rm -f "$BOX/began"
        spawn work env --default-signal wq-work --grace 100ms job -- sh -c 'echo >"$BOX/began"; sleep 76.2; :' x
        eventually 5 written began
        kill -s "${signal%:*}" "$PID"
        ends "${signal#*:}" "$PID"
        as_before 2
        eventually 1 nobody_sleeps 76.2
        r del job >/dev/null
    done
}

@test "a signal that was ignored when the worker began is ignored" {
    wq-push -q job a
    # shellcheck disable=SC2064 # only this one
    trap '' USR1
    spawn work wq-work job -- sh -c 'echo >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    trap - USR1
    eventually 5 written began
    kill -USR1 "$PID"
    : >"$BOX/go"
    ends 0 "$PID"
}

# at_terminal HOW COMMAND...: runs it on a terminal and, once $BOX/began is written, closes that, or types HOW.
at_terminal() {
    /usr/bin/python3 - "$BOX/began" "$@" <<'END2'
import os, pty, sys, time
began, how, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
while not (os.path.exists(began) and os.path.getsize(began)):
    time.sleep(0.01)
if how == "close":
    os.close(terminal)
else:
    os.write(terminal, how.encode().decode("unicode_escape").encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256)
END2
}

@test "a terminal that goes away: what runs is finished, and what fails for lack of it is not charged; 1" {
    wq-push -q job a b
    answers 1 at_terminal close wq-work -q job -- sh -c 'echo >"$BOX/began"; sleep 0.5; echo text || exit 7' x
    as_before 2
    rm "$BOX/began"
    answers 1 at_terminal close wq-work job -- sh -c 'echo >"$BOX/began"; sleep 0.5; echo text; exit 7' x
    as_before 2
    rm "$BOX/began"
    answers 1 at_terminal close wq-work job -- sh -c 'echo >"$BOX/began"; sleep 0.5' x
    is "$(held job)" b
    is "$(r hget job:stats completed)" 1
}

@test "a terminal that goes away: what was done is completed, with the line of status as without it, whatever signal comes" {
    for options in '' -q --json; do
        rm -f "$BOX/began"
        wq-push -q job a b
        # shellcheck disable=SC2086
        answers 1 at_terminal close wq-work $options job -- \
            sh -c 'echo >"$BOX/began"; sleep 0.5; echo text; echo text >&2; exit 0' x
        is "$(held job)" b
        wq-purge --force job
        rm -f "$BOX/began"
        wq-push -q job a b
        # shellcheck disable=SC2086
        answers 143 at_terminal close env --ignore-signal=HUP wq-work $options job -- \
            sh -c 'echo >"$BOX/began"; sleep 0.5; kill "$PPID"; echo text; sleep 0.3; exit 0' x
        is "$(held job)" b
        wq-purge --force job
    done
}

@test "Ctrl-C and Ctrl-\\ leave commands their grace, and charge nothing" {
    for key in '\x03:130' '\x1c:131'; do
        rm -f "$BOX/began"
        wq-push -q job a
        answers "${key#*:}" at_terminal "${key%:*}" wq-work --grace 300ms job -- \
            sh -c 'echo >"$BOX/began"; sleep 76.3; :' x
        eventually 1 nobody_sleeps 76.3
        as_before 1
        rm "$BOX/began"
        answers "${key#*:}" at_terminal "${key%:*}" wq-work --grace 10s job -- \
            sh -c 'echo >"$BOX/began"; sleep 0.3' x
        is "$(held job)" ''
    done
}

# state PROCESS LETTERS
state() {
    grep -q "^State:.$2" "/proc/$1/status"
}

@test "Ctrl-Z for longer than the lease: the command goes on if nobody else has its item by then" {
    wq-push -q job a
    spawn work env --default-signal wq-work -l 400ms job -- \
        sh -c 'echo $$ >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done; timeout 5 echo done' x
    eventually 5 written began
    kill -TSTP "$PID"
    eventually 5 state "$PID" T
    eventually 5 past "$(r zrange job:leased 0 0 withscores | tail -n 1)"
    kill -CONT "$PID"
    eventually 5 state "$(<"$BOX/began")" '[SR]'
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" 'done'
    is "$(r hget job:stats completed)$(r hget job:stats failed)" 1
}

@test "Ctrl-Z for longer than the lease: the command does nothing more if somebody else has its item" {
    wq-push -q job a
    spawn work env --default-signal wq-work -l 400ms --forever job -- \
        sh -c 'echo $$ >"$BOX/began"; while :; do echo >>"$BOX/log"; sleep 0.01; done' x
    eventually 5 written began
    kill -TSTP "$PID"
    eventually 5 state "$PID" T
    command=$(<"$BOX/began")
    eventually 5 state "$command" '[TD]'
    # What it was about to write may still come.
    size=-1
    while [ "$size" -ne "$(wc -l <"$BOX/log")" ]; do
        size=$(wc -l <"$BOX/log")
        sleep 0.1
    done
    taken_away job "$(r zrange job:leased 0 0)"
    other=$(lease job -l 1h)
    eventually 5 past "$(r time | head -n 1)500"
    kill -CONT "$PID"
    eventually 5 lifeless "$command"
    [ $(($(wc -l <"$BOX/log") - size)) -le 1 ]
    wq-complete job "$other"
}
