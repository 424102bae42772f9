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
