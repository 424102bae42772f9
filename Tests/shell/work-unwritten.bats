#!/usr/bin/env bats
# wq-work: output that is late, or that nobody takes. What was completed was handed over, and no item is charged.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2030,SC2031,SC2317

load helper
load more
load work

@test "an item is completed when its output was handed over: of which the pipe takes half, that is later" {
    wq-push -q job a
    mkfifo "$BOX/pipe"
    exec {pipe}<>"$BOX/pipe"
    # A pipe has 64 KiB.
    spawn work sh -c 'exec wq-work --group -l 300ms job -- sh -c "yes | head -c 131072; echo >\$BOX/began" >"$BOX/pipe"'
    worker=$PID
    eventually 5 written began
    # It has nothing else to do, and neither loses patience nor the lease.
    if eventually 3 gone "$worker" 2>/dev/null; then fail 'it ended'; fi
    is "$(r hget job:stats completed)" ''
    is "$(r zcard job:leased)" 1
    spawn reader cat "$BOX/pipe" {pipe}>&-
    exec {pipe}>&-
    ends 0 "$worker"
    ends 0 "$PID"
    is "$(wc -c <"$BOX/reader.out")" 131072
    is "$(r hget job:stats completed)" 1
    is "$(r hget job:stats leased)" 1
}

@test "kill -9 beside a slow reader: what was completed was printed" {
    seq 300 | wq-push -q job
    mkfifo "$BOX/pipe"
    exec {pipe}<>"$BOX/pipe"
    spawn work sh -c 'exec wq-work -j 4 --group job -- sh -c "echo \$1; head -c 5000 /dev/zero" x >"$BOX/pipe"'
    worker=$PID
    some() { [ "0$(r hget job:stats completed)" -ge 8 ]; }
    eventually 10 some
    slay "$worker"
    exec {reader}<"$BOX/pipe"
    exec {pipe}>&-
    printed=$(timeout 10 tr -d '\0' <&"$reader" | grep -c .)
    exec {reader}>&-
    [ "$printed" -ge "$(r hget job:stats completed)" ] || fail "only $printed are there"
}

@test "output that no disk has room for is 74, and its items are as they were" {
    for options in --group --tag; do
        wq-push -q job a b c d e
        seen=0
        wq-work -j 4 "$options" job echo >/dev/full 2>"$BOX/err" || seen=$?
        is "$seen" 74
        complains '*wq-work: cannot write the output: No space left on device*'
        is "$(held job)" $'a\nb\nc\nd\ne'
        is "$(r llen job)" 5
        is "$(r exists job:attempts job:dead)" 0
        is "$(r hget job:stats completed)" ''
        wq-purge job
    done
    # The commands themselves write there.
    wq-push -q job a b
    seen=0
    wq-work job echo >/dev/full 2>"$BOX/err" || seen=$?
    is "$seen" 74
    is "$(r llen job)" 2
    is "$(r exists job:attempts)" 0
}

# on_small_disk COMMAND: runs it in sh, with a disk of 64 kB at $BOX/disk that nobody else sees.
on_small_disk() {
    unshare -rm true 2>/dev/null || skip 'no namespaces here'
    mkdir -p "$BOX/disk"
    unshare -rm sh -c "mount -t tmpfs -o size=64k none '$BOX/disk' && { $1; }"
}

@test "a full disk is 74 for the job log, with no half line left; what was done is done" {
    yes 'an item' | head -n 3000 | wq-push -q job
    status=0
    on_small_disk "wq-work -q --joblog '$BOX/disk/log' job true; s=\$?; cp '$BOX/disk/log' '$BOX/log'; exit \$s" \
        2>"$BOX/err" || status=$?
    is "$status" 74
    complains 'wq-work: cannot write the job log: No space left on device'
    is "$(tail -c 1 "$BOX/log" | od -An -tx1)" ' 0a'
    is "$(sed 1d "$BOX/log" | grep -cv "${TAB}an item\$")" 0
    completed=$(r hget job:stats completed)
    between 0 $((completed + 1 - $(wc -l <"$BOX/log"))) 1
    is "$(r llen job)" $((3000 - completed))
    is "$(r exists job:attempts)" 0
}

@test "a full disk is 74 for output that the commands write themselves" {
    yes 'an item of some length' | head -n 3000 | wq-push -q job
    status=0
    on_small_disk "wq-work -q job -- sh -c 'printf %1000s x || exit 1' >'$BOX/disk/out'" 2>"$BOX/err" || status=$?
    is "$status" 74
    is "$(r exists job:attempts job:dead)" 0
    is "$(r llen job)" $((3000 - $(r hget job:stats completed)))
}

@test "wq-work | head ends with 74 at once, with all other items ready and uncharged" {
    for options in '' '-j 4' --tag --group --stdin; do
        seq 300 | wq-push -q job
        # shellcheck disable=SC2086
        (
            status=0
            wq-work $options job -- sh -c 'sleep 0.01; echo "$1"; exit 0' x 2>"$BOX/err" || status=$?
            echo "$status" >"$BOX/status"
        ) | head -n 3 >"$BOX/out"
        is "$(wc -l <"$BOX/out")" 3
        is "$(<"$BOX/status")" 74
        complains '*wq-work: cannot write the output: Broken pipe*'
        is "$(r exists job:attempts job:delayed job:dead job:leased)" 0
        is "$(r llen job)" $((300 - $(r hget job:stats completed)))
        [ "$(r hget job:stats completed)" -lt 150 ]
        wq-purge job
    done
}

@test "a command that fails in its own way since nobody reads is not charged either" {
    wq-push -q job a b
    wq-config job max-attempts=1
    answers 74 into_dead_pipe wq-work job -- python3 -c 'import signal
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
print("much", flush=True)'
    is "$(r llen job)" 2
    is "$(r exists job:dead job:attempts)" 0
}

## A reader that takes nothing for a while, of what cannot be opened once more.

# Runs the command where nothing is below /proc.
without_proc() {
    unshare -rm true 2>/dev/null || skip 'no namespaces here'
    unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$@"' x "$@"
}

# to_socket COMMAND...: runs it with a socket as standard output, from which nothing is read until $BOX/go is there.
to_socket() {
    python - "$@" <<'END'
import os, socket, subprocess, sys, time
ours, theirs = socket.socketpair()
worker = subprocess.Popen(sys.argv[1:], stdout=theirs)
theirs.close()
box = os.environ["BOX"]
open(box + "/worker", "w").write(str(worker.pid))
while not os.path.exists(box + "/go") and worker.poll() is None:
    time.sleep(0.02)
while piece := ours.recv(65536):
    os.write(1, piece)
sys.exit(worker.wait())
END
}

# to_pipe COMMAND...: the same with a pipe.
to_pipe() {
    "$@" > >(until [ -e "$BOX/go" ]; do sleep 0.02; done && exec cat) &
    echo $! >"$BOX/worker"
    wait $!
}

# A command that prints more than a pipe or a socket holds, and one beside it that ends when it may.
PRINTS='case $1 in
    big) echo >"$BOX/began"; yes "$(printf %0999d 0)" | head -n 400 ;;
    *) until [ -e "$BOX/go" ]; do sleep 0.02; done; echo "went $WQ_ATTEMPT" ;;
esac'

# All leases that there are end later than that.
all_end_after() {
    [ "$(r zrange job:leased 0 0 withscores | tail -n 1)" -gt "$1" ]
}

@test "a slow reader of a socket, or of a pipe that cannot be opened again, costs no lease" {
    for to in to_socket 'without_proc to_pipe'; do
        rm -f "$BOX/go" "$BOX/began"
        wq-purge --force job 2>/dev/null || true
        wq-push -q job big small
        if [ "$to" = to_socket ]; then
            spawn work to_socket wq-work -q -l 1s -j 2 --tag job -- sh -c "$PRINTS" x
        else
            spawn work to_pipe without_proc "$WQ_BIN/wq-work" -q -l 1s -j 2 --tag job -- sh -c "$PRINTS" x
        fi
        eventually 5 written began
        eventually 10 all_end_after $(($(now) + 2500))
        : >"$BOX/go"
        ends 0 "$PID"
        grep -q "^small${TAB}went 1\$" "$BOX/work.out"
        is "$(wc -l <"$BOX/work.out")" 401
        is "$(r hget job:stats leased),$(r hget job:stats completed)" 2,2
    done
}

@test "... and no signal" {
    wq-push -q job big
    wq-config job max-attempts=1
    spawn work to_socket wq-work -q --grace 300ms --tag job -- sh -c "$PRINTS" x
    worker=$PID
    eventually 5 written began
    eventually 5 written worker
    kill "$(<"$BOX/worker")"
    ends 143 "$worker"
    is "$(r llen job),$(r exists job:dead job:attempts)" 1,0
}

@test "a terminal that is held (Ctrl-S) costs no lease, also if it cannot be opened again" {
    # One of two ends while the terminal is held.
    printf '%s\n' 'echo >$BOX/began; until [ -e "$BOX/$1" ]; do echo word; sleep 0.01; done; echo went $WQ_ATTEMPT' \
        '[ "$1" = early ] || echo end' >"$BOX/talk"
    for how in "sh $BOX/work" "unshare -rm sh -c 'mount -t tmpfs none /proc; exec sh $BOX/work'"; do
        echo 'exec wq-work -l 1s -j 2 job sh $BOX/talk' >"$BOX/work"
        rm -f "$BOX/early" "$BOX/late" "$BOX/began"
        wq-push -q job early late
        [ "${how%% *}" = sh ] || unshare -rm true 2>/dev/null || skip 'no namespaces here'
        TERM=xterm spawn terminal timeout -k 1 20 /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" 80 "exec $how" end ''
        worker=$PID
        eventually 5 written began
        terminal=$(pgrep -P "$(pgrep -P "$worker")")
        terminal=$(readlink "/proc/${terminal%%[!0-9]*}/fd/0")
        flow OOFF "$terminal"
        : >"$BOX/early"
        eventually 10 all_end_after $(($(now) + 2000))
        : >"$BOX/late"
        flow OON "$terminal"
        ends 0 "$worker"
        is "$(grep -ac 'went 1' "$BOX/terminal.out")" 2
    done
}

# flow OOFF|OON TERMINAL: holds it, as Ctrl-S does, or lets go of it.
flow() {
    python -c 'import os, sys, termios
termios.tcflow(os.open(sys.argv[2], os.O_RDWR | os.O_NOCTTY), getattr(termios, "TC" + sys.argv[1]))' "$@"
}
