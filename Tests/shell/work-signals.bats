#!/usr/bin/env bats
# wq-work: signals, time limits, and what becomes of processes.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more

setup() {
    make_box
    start_redis
    export BOX SOCKET
}

# begins COMMAND...: a worker with that command, which has begun its item: it writes $BOX/began.
begins() {
    spawn work wq-work "$@"
    eventually 5 written began
}

# The worker takes the signals that come.
caught() {
    grep -q '^SigBlk:.*[1-9a-f]' "/proc/$PID/status"
}

@test "TERM: what runs is finished and completed, nothing new is begun, 143" {
    wq-push -q job a b
    begins job -- sh -c 'echo >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done; echo "$1"' x
    kill "$PID"
    sleep 0.1
    kill -0 "$PID"
    : >"$BOX/go"
    ends 143 "$PID"
    is "$(<"$BOX/work.out")" a
    is "$(held job)" b
    is "$(r hget job:stats completed)" 1
}

@test "TERM: after --grace commands get TERM; their items go back uncharged and at once" {
    wq-push -q job a b c
    begins -j 2 --grace 100ms job -- sh -c 'echo >>"$BOX/began"; exec sleep 73.1' x
    kill "$PID"
    ends 143 "$PID" 5
    is "$(held job)" $'a\nb\nc'
    is "$(r llen job)" 3
    is "$(r exists job:attempts job:delayed)" 0
    eventually 1 nobody_sleeps 73.1
}

@test "TERM: a command that ends well when it is stopped has done its work" {
    wq-push -q job a
    begins --grace 0s job -- sh -c 'trap "echo saved; exit 0" TERM; echo >"$BOX/began"; sleep 73.2 & wait' x
    kill "$PID"
    ends 143 "$PID" 5
    is "$(<"$BOX/work.out")" saved
    is "$(r hget job:stats completed)" 1
    eventually 1 nobody_sleeps 73.2
}

@test "TERM, then KILL, for the whole process group" {
    wq-push -q job a
    begins --grace 0s --kill-after 100ms job -- \
        sh -c 'trap "" TERM; sleep 73.3 & echo >"$BOX/began"; while :; do sleep 73.3; done' x
    kill "$PID"
    ends 143 "$PID" 5
    nobody_sleeps 73.3
    is "$(r llen job)" 1
    is "$(r exists job:attempts)" 0
}

@test "INT is the same with 130; a second signal hurries, and so does a third" {
    wq-push -q job a
    begins --kill-after 1h job -- sh -c 'trap "" TERM; echo >"$BOX/began"; while :; do sleep 73.4; done' x
    for _ in 1 2; do
        # Twice within a moment is once.
        kill -INT "$PID"
        kill -INT "$PID"
        sleep 0.3
        kill -0 "$PID"
    done
    kill -INT "$PID"
    ends 130 "$PID" 5
    nobody_sleeps 73.4
    is "$(r llen job)" 1
}

@test "HUP: what runs is finished, then 1; nohup is heeded" {
    wq-push -q job a b
    begins job -- sh -c 'echo >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    kill -HUP "$PID"
    : >"$BOX/go"
    ends 1 "$PID"
    is "$(held job)" b

    rm "$BOX/began" "$BOX/go"
    spawn work nohup "$WQ_BIN/wq-work" job -- \
        sh -c 'echo >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    eventually 5 written began
    kill -HUP "$PID"
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "signals while it waits end it at once, and nothing is left arriving" {
    wq-config job open=yes
    for signal in TERM:143 INT:130 HUP:1; do
        spawn work wq-work job true
        eventually 5 blocked 1
        kill "-${signal%:*}" "$PID"
        ends "${signal#*:}" "$PID" 3
        is "$(<"$BOX/work.err")" ''
    done
    is "$(r exists job:arriving)" 0
}

@test "a signal while Redis is not there yet ends it" {
    WQ_URL=unix://$BOX/none WQ_CONNECT_TIMEOUT=1h spawn work wq-work job true
    eventually 5 caught
    kill "$PID"
    ends 143 "$PID" 3
}

@test "a signal while a server lets it wait for a connection ends it soon" {
    # Its queue of clients is full, so that the kernel answers nothing.
    spawn full /usr/bin/python3 -c 'import socket, time
server = socket.create_server(("127.0.0.1", 0), backlog=0)
clients = [socket.socket() for n in range(4)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(server.getsockname())
print(server.getsockname()[1], flush=True)
time.sleep(60)'
    eventually 5 written full.out
    WQ_URL=redis://127.0.0.1:$(<"$BOX/full.out") WQ_CONNECT_TIMEOUT=1h spawn work wq-work job true
    eventually 5 caught
    kill "$PID"
    ends 143 "$PID" 5
}

@test "--max-time: TERM for the whole group, and a failed attempt with that reason" {
    wq-config job max-attempts=1
    wq-push -q job a
    answers 0 wq-work --max-time 100ms job -- sh -c 'sleep 73.5; exit 0' x
    is "$(wq-list job --dead | cut -f6)" 'sh: still running after 100ms'
    nobody_sleeps 73.5
}

@test "--max-time: KILL where TERM is not heeded, after --kill-after" {
    wq-config job max-attempts=1
    wq-push -q job a
    answers 0 wq-work --max-time 100ms --kill-after 100ms job -- \
        sh -c 'trap "" TERM; while :; do sleep 73.6; done' x
    is "$(wq-list job --dead | cut -f6)" 'sh: still running after 100ms'
    nobody_sleeps 73.6
}

@test "what a command leaves running in its process group ends with it" {
    wq-push -q job a
    answers 0 wq-work --kill-after 100ms job -- sh -c '(trap "" TERM; sleep 73.7; sleep 73.7) & exit 0' x
    nobody_sleeps 73.7
    is "$(r hget job:stats completed)" 1
}

@test "a zombie in the process group, whose parent left it, is not waited for" {
    wq-push -q job a
    spawn work wq-work --kill-after 50ms job -- sh -c '(sleep 0.05 & exec setsid sleep 73.71) &
        until pgrep -fx "sleep 73.71" >/dev/null; do sleep 0.01; done' x
    ends 0 "$PID" 6
    is "$(r hget job:stats completed)" 1
    pkill -fx 'sleep 73.71'
}

@test "a worker that is killed takes its commands with it" {
    wq-push -q job a
    begins job -- sh -c 'echo >"$BOX/began"; exec sleep 73.8' x
    kill -KILL "$PID"
    eventually 2 nobody_sleeps 73.8
}

@test "strays are reaped: nothing is left of what ran under it" {
    wq-push -q job a b
    # A process that left its group, and ends later.
    spawn work wq-work job -- sh -c '
        setsid sh -c ": >\"$BOX/left$1\"; sleep 0.1; echo >\"$BOX/stray$1\"" &
        until [ -e "$BOX/left$1" ]; do sleep 0.01; done
        [ "$1" = a ] || { echo >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done; }' x
    eventually 5 written straya
    eventually 5 written began
    no_zombies() { ! pgrep -P "$PID" -r Z >/dev/null; }
    eventually 5 no_zombies
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "as PID 1 it reaps what is not its own, and ends on TERM" {
    unshare -rpf --mount-proc true 2>/dev/null || skip 'no namespaces here'
    wq-push -q job a
    # shellcheck disable=SC2086
    spawn work unshare -rpf --mount-proc --kill-child "$WQ_BIN/wq-work" --forever job -- \
        sh -c 'setsid sh -c "setsid sleep 0.05 & exit" & sleep 0.2; ps -o stat= -A | grep -c Z >"$BOX/zombies"' x
    eventually 5 written zombies
    is "$(<"$BOX/zombies")" 0
    worker=$(pgrep -P "$PID")
    kill "$worker"
    ends 143 "$PID" 5
}

@test "the command has the signals as usual, and no descriptor but its three" {
    wq-push -q job a
    probe='grep -E "Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd | wc -l'
    answers 0 sh -c "$probe" x
    cp "$BOX/out" "$BOX/usual"
    answers 0 wq-work job -- sh -c "$probe" x
    cmp "$BOX/usual" "$BOX/out"
}

@test "Ctrl-Z stops the commands, too, and all go on together" {
    wq-push -q job a
    begins job -- sh -c 'echo $$ >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    child=$(<"$BOX/began")
    state() { grep -q "^State:.$2" "/proc/$1/status"; }
    kill -TSTP "$PID"
    eventually 5 state "$PID" T
    # A shell that is just about to start something waits for what was stopped (D).
    eventually 5 state "$child" '[TD]'
    kill -CONT "$PID"
    eventually 5 state "$child" '[SR]'
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "Ctrl-Z where no shell would have it go on stops nothing, neither while it works nor before" {
    wq-push -q job a
    answers 0 terminal 80 "exec wq-work job -- sh -c 'echo begun; sleep 0.5; echo over' x" begun '\x1a' over ''
    wq-push -q job a
    answers 7 terminal 80 "wq-work job -- sh -c 'echo begun; sleep 0.5; echo over' x; echo then; exit 7" begun '\x1a' 'then' ''
    WQ_CONNECT_TIMEOUT=1s WQ_URL=unix:///none answers 69 terminal 80 \
        "(sleep 0.4; echo begun) & exec wq-work job true" begun '\x1a'
}

@test "TSTP that somebody sends stops it there, too" {
    wq-push -q job a
    spawn work setsid "$WQ_BIN/wq-work" job -- sh -c 'echo $$ >"$BOX/began"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    eventually 5 written began
    state() { grep -q "^State:.$2" "/proc/$1/status"; }
    kill -TSTP "$PID"
    eventually 5 state "$PID" T
    eventually 5 state "$(<"$BOX/began")" '[TD]'
    kill -CONT "$PID"
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "Ctrl-C on a terminal: the command finishes, or is stopped after --grace, and the worker ends with 130" {
    wq-push -q job a b
    status=0
    terminal 80 "wq-work --grace 100ms job -- sh -c 'echo begun; sleep 73.9' x" begun '\3' >"$BOX/out" || status=$?
    is "$status" 130
    is "$(held job)" $'a\nb'
    is "$(r exists job:attempts)" 0
    nobody_sleeps 73.9
}
