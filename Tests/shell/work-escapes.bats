#!/usr/bin/env bats
# wq-work: what a command started ends with it, whatever process groups it made, and with a worker that is killed.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load escapes

# ends_all WAY...: a command that runs for too long leaves nothing, for each way to hide, under a worker that is started so.
# The worker lives on, so that nothing ends only with it.
ends_all() {
    local hide number=0
    wq-config job max-attempts=1
    for hide in "${HIDES[@]}"; do
        number=$((number + 1))
        wq-push -q job "$hide"
        spawn work "$@" "$WQ_BIN/wq-work" --forever --max-time 400ms --kill-after 300ms job -- sh -c
        eventually 10 yields "$number" r zcard job:dead
        nobody_sleeps "$NAP.1" || fail "left: $hide"
        kill "$(worker "$PID")"
        ends 143 "$PID"
    done
}

# The worker, which unshare may have forked.
worker() {
    pgrep -P "$1" -x wq-work || echo "$1"
}

@test "a stopped command leaves nothing: timeout, job control, Python's groups, deaf ones, ones that fork meanwhile" {
    ends_all env
}

@test "... under an ordinary user" {
    needs_nobody wq-work
    ends_all "${AS_NOBODY[@]}"
}

@test "... as the first process of a container, with a /proc of its own" {
    needs_namespaces --mount-proc
    ends_all unshare -rpf --mount-proc --kill-child
}

@test "... as the first process of a container that sees the /proc of another" {
    needs_namespaces
    ends_all unshare -rpf --kill-child
}

@test "a command that ends leaves nothing in another group either; what has a session of its own stays" {
    wq-push -q job a
    answers 0 wq-work --kill-after 200ms job -- bash -c 'set -m; sleep $NAP.2 & setsid sleep $NAP.3 & until
        pgrep -fx "sleep $NAP.3" >"$BOX/daemon"; do sleep 0.01; done; exit 0' x
    nobody_sleeps "$NAP.2"
    kill "$(<"$BOX/daemon")"
    is "$(r hget job:stats completed)" 1
}

@test "no two attempts of one item are at work at once" {
    wq-push -q job a
    wq-config job retry-delay=10ms max-attempts=3
    answers 0 wq-work -q --max-time 300ms --kill-after 100ms job -- \
        sh -c 'timeout 100 sh -c "trap \"\" TERM; while :; do echo attempt \$WQ_ATTEMPT >>\$BOX/log; sleep .02; done"; true' x
    is "$(uniq "$BOX/log")" $'attempt 1\nattempt 2\nattempt 3'
}

@test "a lost lease stops all of its command" {
    wq-push -q job a
    spawn work wq-work -l 300ms --kill-after 100ms --forever job -- \
        sh -c '[ "$WQ_ATTEMPT" = 1 ] || exit 0; echo >"$BOX/began"; timeout 100 sh -c "sleep $NAP.4; :"; :' x
    eventually 5 written began
    taken_away job "$(r zrange job:leased 0 0)"
    eventually 5 nobody_sleeps "$NAP.4"
}

@test "kill -9 of the worker ends all that its commands started within a second, but for what has a session of its own" {
    wq-push -q job a b c
    spawn work wq-work -j 3 job -- bash -c 'set -m; setsid sleep $NAP.6 & (trap "" TERM; sleep $NAP.5; sleep $NAP.5) &
        timeout 100 sleep $NAP.5 | sleep $NAP.5 & python3 -c "import subprocess
subprocess.run([\"sleep\", \"$NAP.5\"], process_group=0)" & wait' x
    all() { [ "$(pgrep -fx "sleep $NAP.5" | wc -l)" = 12 ] && [ "$(pgrep -fx "sleep $NAP.6" | wc -l)" = 3 ]; }
    eventually 10 all
    slay "$PID"
    eventually 1 nobody_sleeps "$NAP.5"
    is "$(pgrep -fx "sleep $NAP.6" | wc -l)" 3
    pkill -KILL -fx "sleep $NAP.6"
}

@test "kill -9 of the worker and all of its process group and session ends them, too" {
    wq-push -q job a
    spawn work setsid "$WQ_BIN/wq-work" job -- sh -c 'sleep $NAP.7; :' x
    eventually 5 somebody_sleeps "$NAP.7"
    kill -KILL -- "-$(worker "$PID")"
    eventually 1 nobody_sleeps "$NAP.7"
}

somebody_sleeps() {
    ! nobody_sleeps "$1"
}

@test "the guard is found by no search for the worker, holds nothing open, ends with it, and is replaced" {
    wq-push -q job a
    mkfifo "$BOX/pipe"
    spawn work sh -c 'exec "$WQ_BIN/wq-work" job -- sh -c "echo >\$BOX/began; until [ -e \$BOX/go ]; do sleep 0.01; done" \
        >"$BOX/pipe"'
    spawn reader cat "$BOX/pipe"
    reader=$PID
    worker=${STARTED[-2]}
    eventually 5 written began
    guard=$(pgrep -P "$worker" -fx wq-guard)
    is "$(find "/proc/$guard/fd" -mindepth 1 | wc -l)" 1
    is "$(readlink "/proc/$guard/cwd")" /
    kill -KILL "$guard"
    replaced() { [ -n "$(pgrep -P "$worker" -fx wq-guard)" ]; }
    eventually 5 replaced
    slay "$worker"
    nobody_works() { ! pgrep -f "$BOX/go" >/dev/null; }
    eventually 2 nobody_works
    ends 0 "$reader"
    no_guard() { ! pgrep -s "$guard" >/dev/null; }
    eventually 2 no_guard
}

@test "a command that asks on the terminal fails at once" {
    wq-config job max-attempts=1
    wq-push -q job 'read x </dev/tty' 'read x <&1' 'read x <&2'
    answers 4 terminal 80 "wq-work --strict job sh -c"
    is "$(r zcard job:dead)" 3
    grep -q 'No such device or address' "$BOX/out"
}

@test "a worker that has less of the processor gives its commands no more" {
    [ "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null)" = 1 ] || skip 'no autogroups here'
    wq-push -q job a
    answers 0 nice -n 7 wq-work job -- sh -c 'cat /proc/self/autogroup' x
    fits "$(<"$BOX/out")" ' nice 7$'
}
