#!/usr/bin/env bats
# wq-renew LEASE -- COMMAND: what the command started ends with it, whatever process groups it made, and with wq-renew.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2153,SC2317

load helper
load more
load keep
load escapes

# stops_all WAY...: --max-time stops everything, for each way to hide, where wq-renew is started so.
stops_all() {
    local hide
    for hide in "${HIDES[@]}"; do
        answers 1 "$@" "$WQ_BIN/wq-renew" --max-time 400ms --kill-after 300ms job "$LEASE" -- sh -c "$hide"
        nobody_sleeps "$NAP.1" || fail "left: $hide"
    done
}

@test "a stopped command leaves nothing: timeout, job control, Python's groups, deaf ones, ones that fork meanwhile" {
    stops_all env
}

@test "... under an ordinary user" {
    needs_nobody wq-renew
    stops_all "${AS_NOBODY[@]}"
}

@test "... in a container with a /proc of its own, not as its first process" {
    needs_namespaces --mount-proc
    stops_all unshare -rpf --mount-proc --kill-child sh -c '"$@"; s=$?; ! pgrep sleep >/dev/null || s=99; exit $s' x
}

@test "... in a container that sees the /proc of another" {
    needs_namespaces
    stops_all unshare -rpf --kill-child sh -c '"$@"; s=$?; ! pgrep -fx "sleep $NAP.1" >/dev/null || s=99; exit $s' x
}

@test "a command that ends leaves nothing in another group either; what has a session of its own stays" {
    answers 3 wq-renew --kill-after 200ms job "$LEASE" -- bash -c 'set -m; trap "" TERM; sleep $NAP.2 & setsid sleep $NAP.3 & until
        pgrep -fx "sleep $NAP.3" >"$1"; do sleep 0.01; done; exit 3' x "$BOX/daemon"
    nobody_sleeps "$NAP.2"
    kill "$(<"$BOX/daemon")"
}

@test "the end of the command hangs up nobody, whatever is stopped in the group of the script" {
    setsid -w sh -c 'trap "echo HUP >>\"$1/hung-up\"" HUP; sleep "$NAP.7" & kill -STOP $!
        "$WQ_BIN/wq-renew" job "$2" -- true; kill -KILL $!' x "$BOX" "$LEASE"
    [ ! -e "$BOX/hung-up" ] || fail "the script got $(xargs <"$BOX/hung-up")"
}

# The command has three sleeps in three groups, and one in a session of its own.
begins() {
    spawn renew "$@" "$WQ_BIN/wq-renew" job "$LEASE" -- bash -c 'set -m; setsid sleep $NAP.6 & (trap "" TERM; sleep $NAP.5; :) &
        timeout 100 sleep $NAP.5 & sleep $NAP.5'
    all() { [ "$(pgrep -fx "sleep $NAP.5" | wc -l)" = 3 ] && ! nobody_sleeps "$NAP.6"; }
    eventually 10 all
}

@test "kill -9 of wq-renew ends all that its command started within a second, but for what has a session of its own" {
    begins env
    slay "$PID"
    eventually 1 nobody_sleeps "$NAP.5"
    pkill -KILL -fx "sleep $NAP.6"
}

@test "kill -9 of wq-renew and all of its process group ends it all, too" {
    begins setsid
    kill -KILL -- "-$(pgrep -P "$PID" -x wq-renew || echo "$PID")"
    eventually 1 nobody_sleeps "$NAP.5"
    pkill -KILL -fx "sleep $NAP.6"
}

@test "kill -9 of the guard stops the command: 1, with the reason" {
    begins env
    kill -KILL "$(pgrep -P "$PID" -fx wq-guard)"
    ends 1 "$PID"
    nobody_sleeps "$NAP.5"
    matches "$(<"$BOX/renew.err")" '*wq-renew: the guard of the command was killed*'
    pkill -KILL -fx "sleep $NAP.6"
}

@test "signals reach all that the command started" {
    spawn renew wq-renew job "$LEASE" -- bash -c 'set -m; trap "" USR1; python3 -c "import signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(3))
print(file=open(sys.argv[1], \"w\"))
while True: signal.pause()" "$1"; exit $?' x "$BOX/log"
    eventually 5 written log
    kill -USR1 "$PID"
    ends 3 "$PID"
}

@test "a command that fails since nobody reads its output: 74" {
    answers 74 into_dead_pipe wq-renew job "$LEASE" -- sh -c 'echo much'
    complains 'wq-renew: the command could not write its output: Broken pipe'
    answers 74 into_dead_pipe wq-renew job "$LEASE" -- false
    answers 0 into_dead_pipe wq-renew job "$LEASE" -- true
    seen=0
    wq-renew job "$LEASE" -- echo much >/dev/full 2>"$BOX/err" || seen=$?
    is "$seen" 74
    answers 1 wq-renew job "$LEASE" -- false
}

@test "a lease that somebody completed, released or dropped stops the command within two seconds, however long it is" {
    for settle in 'wq-complete job' 'wq-release job' 'wq-release --dead job'; do
        lease=$(wq-push -q job apple && lease job -l 1h)
        spawn renew wq-renew -l 1h job "$lease" -- sleep "$NAP.8"
        eventually 5 somebody_sleeps
        sleep 1
        $settle "$lease" >/dev/null
        eventually 2 nobody_sleeps "$NAP.8"
        ends 1 "$PID"
    done
}

somebody_sleeps() {
    ! nobody_sleeps "$NAP.8"
}
