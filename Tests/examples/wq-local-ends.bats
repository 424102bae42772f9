#!/usr/bin/env bats
# bin/wq-local: whatever ends it, its command or its server, nothing is left.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper
load local

ask='redis-cli -s "${WQ_URL#unix://}"'

@test "kill -9 of wq-local ends the server and the command" {
    spawn local "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -KILL "$PID"
    eventually 10 lifeless "$(<server)"
    eventually 10 lifeless "$(<process)"
}

@test "kill -9 of its whole process group ends the server" {
    spawn local setsid "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -KILL -- "-$PID"
    eventually 10 lifeless "$(<server)"
}

@test "a signal before the server is ready leaves nothing" {
    printf '#!/bin/sh\necho $$ >server\nexec env --default-signal=TERM sleep 1000\n' >mine
    chmod +x mine
    spawn local "$LOCAL" --server "$BOX/mine" echo never
    started() { cp "$TMPDIR"/wq-local.??????/data/server . 2>/dev/null && [ -s server ]; }
    eventually 10 started
    kill -TERM "$PID"
    ends 143 "$PID"
    eventually 10 lifeless "$(<server)"
}

@test "SIGTERM goes to the command, which ends in its own time with its Redis there" {
    spawn local "$LOCAL" sh -c "trap '$ask ping; exit 5' TERM; $(stays); while :; do sleep 0.05; done"
    eventually 10 test -s process
    kill -TERM "$PID"
    ends 5 "$PID"
    is "$(<local.out)" PONG
    gone "$(<server)"
}

@test "a command ended by SIGTERM ends wq-local by it" {
    spawn local "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -TERM "$PID"
    ends 143 "$PID"
    gone "$(<process)"
    gone "$(<server)"
}

# A terminal sends Ctrl-C to the whole group. A shell has what it runs in the background ignore it,
# which env undoes here.
@test "Ctrl-C reaches the command and not the server" {
    spawn local env --default-signal=INT setsid \
        "$LOCAL" sh -c "trap '$ask ping; exit 5' INT; $(stays); while :; do sleep 0.05; done"
    eventually 10 test -s process
    kill -INT -- "-$PID"
    ends 5 "$PID"
    is "$(<local.out)" PONG
}

@test "Ctrl-C ends wq-local by that signal when it ends the command" {
    spawn local env --default-signal=INT setsid "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -INT -- "-$PID"
    ends 130 "$PID"
    gone "$(<server)"
}

@test "on a terminal the command has the terminal" {
    cat >program <<'END'
        stty size
        read -r line
        echo "got $line"
        exit 3
END
    mkfifo keys
    spawn terminal sh -c 'exec script -qec "$1 sh program" /dev/null <keys' sh "$LOCAL"
    exec 8>keys
    eventually 10 test -s terminal.out
    printf 'apple\r' >&8
    ends 3 "$PID"
    exec 8>&-
    grep -q 'got apple' terminal.out
}

@test "what the command leaves running does not keep the server" {
    answers 0 "$LOCAL" sh -c "$(stays); sleep 1000 >/dev/null 2>&1 & echo \$! >left"
    slay "$(<left)"
    gone "$(<server)"
}

@test "a server that ended before the command is no trouble" {
    answers 4 "$LOCAL" sh -c "$ask shutdown; exit 4"
    complains ''
}

@test "a temporary folder that someone removed is no trouble" {
    spawn local "$LOCAL" sh -c "$(stays); rm -r '$TMPDIR'/*; exit 4"
    ends 4 "$PID"
    gone "$(<server)"
}

@test "an odd or long TMPDIR is not used for the socket" {
    for odd in "$BOX/a b" "$BOX/50%" "$BOX/$(printf 'x%.0s' {1..90})" relative; do
        mkdir -p "$odd"
        TMPDIR=$odd answers 0 "$LOCAL" sh -c 'echo "$WQ_URL"; wq-push job apple'
        matches "$(<out)" $'unix:///tmp/wq-local.*\n1'
        folder=$(sed -n '1s,^unix://\(.*\)/.*,\1,p' out)
        [ ! -e "$folder" ]
    done
}
