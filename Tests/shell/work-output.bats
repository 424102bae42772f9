#!/usr/bin/env bats
# wq-work: what it prints and writes: the commands' output, the job log, messages, the heartbeat.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more

setup() {
    make_box
    start_redis
    export BOX SOCKET
}

# json_lines FILE EXPRESSION: in Python, over the list "lines".
json_lines() {
    python -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(eval(sys.argv[2]))' "$@"
}

@test "by default output is the commands' own, stdout and stderr" {
    wq-push -q job a
    answers 0 wq-work -q job -- sh -c 'echo "out $1"; echo "err $1" >&2' x
    says 'out a'
    is "$(<"$BOX/err")" 'err a'
}

@test "--tag: each line begins with the item, also one that does not end, and those of stderr" {
    wq-push -q job apple $'new\nline'
    answers 0 wq-work -q --tag job -- sh -c 'echo one; echo two >&2; printf three' x
    says "apple${TAB}one" "apple${TAB}three" "new\\nline${TAB}one" "new\\nline${TAB}three"
    is "$(<"$BOX/err")" "apple${TAB}two"$'\n'"new\\nline${TAB}two"
}

@test "--tag: lines of commands that run at once do not mix, and come as they are printed" {
    wq-push -q job a b
    spawn work wq-work -j 2 --tag job -- \
        sh -c 'printf begin; : >"$BOX/$1"; until [ -e "$BOX/a" ] && [ -e "$BOX/b" ]; do sleep 0.01; done
            echo " end"; until [ -e "$BOX/go" ]; do sleep 0.01; done' x
    both() { [ "$(sort "$BOX/work.out")" = "a${TAB}begin end"$'\n'"b${TAB}begin end" ]; }
    eventually 5 both
    : >"$BOX/go"
    ends 0 "$PID"
}

@test "--group: a command's output comes in one piece, after its end" {
    wq-push -q job a b
    answers 0 wq-work -q -j 2 --group job -- \
        sh -c 'echo "begin $1"; : >"$BOX/$1"; until [ -e "$BOX/a" ] && [ -e "$BOX/b" ]; do sleep 0.01; done
            sleep 0.0$((1 - WQ_SLOT % 2)); echo "end $1"; echo "err $1" >&2' x
    is "$(grep -A1 'begin a' "$BOX/out")" $'begin a\nend a'
    is "$(grep -A1 'begin b' "$BOX/out")" $'begin b\nend b'
    is "$(sort "$BOX/err")" $'err a\nerr b'
}

@test "--group: much output goes through a temporary file that nobody sees, byte for byte" {
    mkdir "$BOX/tmp"
    head -c 5000000 /dev/urandom >"$BOX/data"
    wq-push -q job a
    TMPDIR=$BOX/tmp answers 0 wq-work --group job -- sh -c 'cat "$BOX/data"; ls -A "$TMPDIR" >"$BOX/seen"' x
    cmp "$BOX/data" "$BOX/out"
    [ ! -s "$BOX/seen" ]
    # It does not stay in memory.
    wq-push -q job a
    (
        ulimit -v 60000
        TMPDIR=$BOX/tmp wq-work --group job -- sh -c 'ulimit -v unlimited 2>/dev/null; yes | head -c 100000000' x | cksum >"$BOX/sum"
    )
    is "$(<"$BOX/sum")" "$(yes | head -c 100000000 | cksum)"
}

@test "--group without a temporary folder: all is printed, if not in one piece" {
    head -c 1000000 /dev/urandom >"$BOX/data"
    wq-push -q job a
    TMPDIR=$BOX/none answers 0 wq-work --group job -- sh -c 'cat "$BOX/data"' x
    cmp "$BOX/data" "$BOX/out"
}

@test "--group in a folder that is full: all is printed in its order" {
    unshare -rm true 2>/dev/null || skip 'no namespaces here'
    mkdir "$BOX/tmp"
    seq 300000 >"$BOX/data"
    wq-push -q job a
    # shellcheck disable=SC2016
    answers 0 unshare -rm sh -c 'mount -t tmpfs -o size=600k none "$BOX/tmp" &&
        TMPDIR=$BOX/tmp exec wq-work --group job -- sh -c "cat \$BOX/data"'
    cmp "$BOX/data" "$BOX/out"
}

@test "a slow reader of the output does not hold up leases" {
    wq-push -q job a
    mkfifo "$BOX/pipe"
    exec {pipe}<>"$BOX/pipe"
    spawn work sh -c 'exec wq-work --tag -l 1s job -- sh -c "yes | head -c 1000000" >"$BOX/pipe"'
    worker=$PID
    later() { [ "$(r zcard job:leased)" = 1 ] && [ "$(r zrange job:leased 0 0 withscores | tail -n 1)" -gt "$1" ]; }
    eventually 5 later 0
    eventually 10 later $(($(r zrange job:leased 0 0 withscores | tail -n 1) + 1500))
    spawn reader cat "$BOX/pipe"
    exec {pipe}>&-
    ends 0 "$worker"
    is "$(r hget job:stats leased)" 1
}

@test "output that nobody reads ends the worker with 74" {
    seq 1000 | wq-push -q job
    answers 74 into_dead_pipe wq-work --tag job -- echo
    complains 'wq-work: cannot write the output: Broken pipe*'
    is "$(r zcard job:leased)" 0
    [ "$(r llen job)" -gt 0 ]
}

@test "--joblog: a heading, and a line for each item" {
    queue=$'j\tb'
    wq-config "$queue" max-attempts=1
    wq-push -q "$queue" good 3 KILL $'tab\there\\'
    printf 'nul\0' | wq-push -q --whole "$queue"
    before=$(date +%s)
    WQ_OWNER=me answers 0 wq-work -q --joblog "$BOX/log" "$queue" -- \
        sh -c 'case $1 in [0-9]) exit $1 ;; KILL) kill -KILL $$ ;; esac' x
    is "$(sed 1q "$BOX/log" | tr '\t' ' ')" 'start seconds attempt status signal lease slot owner queue item'
    sed 1d "$BOX/log" >"$BOX/lines"
    is "$(cut -f3-5 "$BOX/lines" | tr '\t' ' ')" "$(printf '1 %s\n' '0 0' '3 0' '137 9' '0 0' '- 0')"
    is "$(cut -f10- "$BOX/lines")" "$(printf '%s\n' good 3 KILL "tab\\there\\\\" 'nul\x00')"
    is "$(cut -f6 "$BOX/lines" | cut -d. -f1 | paste -sd' ')" '1 2 3 4 5'
    is "$(cut -f7-9 "$BOX/lines" | tr '\t' ' ' | sort | uniq -c | tr -s ' ')" $' 1 - me j\\tb\n 4 1 me j\\tb'
    grep -cE "^[0-9]{10}\.[0-9]{3}$TAB(-|[0-9]+\.[0-9]{3})$TAB" "$BOX/lines" | grep -qx 5
    between "$before" "$(sed -n '1s/\..*//p' "$BOX/lines")" "$(date +%s)"
}

@test "--joblog: of workers that begin at once, one writes the heading" {
    for _ in {1..10}; do
        wq-push -q job a b c d e f
        rm -f "$BOX/log"
        pids=()
        for worker in 1 2 3 4 5 6; do
            spawn "work$worker" wq-work -q --joblog "$BOX/log" job true
            pids+=("$PID")
        done
        for pid in "${pids[@]}"; do ends 0 "$pid"; done
        is "$(grep -c '^start' "$BOX/log")" 1
        is "$(sed 1q "$BOX/log" | cut -f1)" start
        is "$(wc -l <"$BOX/log")" 7
    done
}

@test "--joblog: a lock that others hold for longer does not keep it from beginning" {
    wq-push -q job a
    answers 0 flock "$BOX/log" wq-work -q --joblog "$BOX/log" job true
    is "$(cut -f 10 "$BOX/log")" $'item\na'
}

@test "--joblog: a FIFO waits for its reader, and hears signals meanwhile" {
    mkfifo "$BOX/log"
    wq-push -q job a b
    spawn work wq-work -q --joblog "$BOX/log" job true
    eventually 5 beyond_start "$PID"
    kill "$PID"
    ends 143 "$PID"
    is "$(r llen job)" 2
    spawn work wq-work -q --joblog "$BOX/log" job true
    is "$(cut -f 10 "$BOX/log")" $'item\na\nb'
    ends 0 "$PID"
}

# It has looked for its queue's server.
beyond_start() {
    grep -q '^SigBlk:.*[1-9a-f]' "/proc/$1/status" && [ "$(r client list | grep -c .)" -ge 2 ]
}

@test "--joblog: a slow reader of a FIFO costs no lease, and has all lines in the end" {
    mkfifo "$BOX/log"
    exec {log}<>"$BOX/log"
    for item in 1 2 3 4; do printf '%s%040000d\n' "$item" 0; done | wq-push -q job
    wq-push -q job last
    spawn work wq-work -q -l 1s --joblog "$BOX/log" job -- \
        sh -c '[ "$1" != last ] || until [ -e "$BOX/go" ]; do sleep 0.02; done' x {log}>&-
    last() { [ "$(r hget job:stats completed)" = 4 ] && [ "$(r zcard job:leased)" = 1 ]; }
    eventually 10 last
    later() { [ "$(r zrange job:leased 0 0 withscores | tail -n 1)" -gt "$1" ]; }
    eventually 10 later $(($(r zrange job:leased 0 0 withscores | tail -n 1) + 2000))
    : >"$BOX/go"
    worker=$PID
    spawn reader cat "$BOX/log" {log}>&-
    eventually 5 written reader.out
    exec {log}>&-
    ends 0 "$worker"
    ends 0 "$PID"
    is "$(cut -f 10 "$BOX/reader.out" | cut -c 1-4)" $'item\n1000\n2000\n3000\n4000\nlast'
    is "$(r hget job:stats leased),$(r hget job:stats completed)" 5,5
}

@test "--joblog: appends, also to one that others write" {
    echo before >"$BOX/log"
    seq 200 | wq-push -q job
    pids=()
    for worker in 1 2 3; do
        spawn "work$worker" wq-work -j 2 --joblog "$BOX/log" job true
        pids+=("$PID")
    done
    for pid in "${pids[@]}"; do ends 0 "$pid"; done
    is "$(sed -n 1p "$BOX/log")" before
    is "$(sed 1d "$BOX/log" | cut -f10 | sort -n)" "$(seq 200)"
    is "$(awk -F '\t' 'NR > 1 && NF != 10' "$BOX/log")" ''
    # A command that takes no time is not said to take more: 0.002 was the least that was ever shown.
    [ -n "$(awk -F '\t' 'NR > 1 && $2 < 0.002' "$BOX/log")" ] || fail "$(cut -f2 "$BOX/log" | sort | uniq -c)"
    answers 74 wq-work --joblog "$BOX" job true
    complains "wq-work: cannot open $BOX: Is a directory"
}

@test "--json: a line for each item, and for what happens to the worker" {
    wq-config job max-attempts=1
    wq-push -q job 'go"od' 3 65 75 TERM $'\xff'
    answers 1 wq-work --max-items 6 --json job -- \
        sh -c 'case $1 in [0-9]*) exit $1 ;; TERM) kill -TERM $$ ;; esac' x
    is "$(json_lines "$BOX/err" '[line["event"] for line in lines]')" \
        "['completed', 'failed', 'dead', 'released', 'failed', 'completed', 'ended']"
    is "$(json_lines "$BOX/err" '[lines[-1][name] for name in ["done", "failed", "dead", "queue"]]')" "[2, 3, 3, 'job']"
    json_lines "$BOX/err" '0 < lines.pop()["seconds"] < 10' | grep -qx True
    sed -i '$d' "$BOX/err"
    is "$(json_lines "$BOX/err" '[line.get("item", line.get("item_base64")) for line in lines]')" \
        "['go\"od', '3', '65', '75', 'TERM', '/w==']"
    is "$(json_lines "$BOX/err" '[line.get("reason") for line in lines]')" \
        "[None, 'sh: status 3', 'sh: status 65', 'sh: status 75', 'sh: signal TERM', None]"
    is "$(json_lines "$BOX/err" '[(line["exit"], line.get("signal")) for line in lines][3:5]')" '[(75, None), (143, 15)]'
    is "$(json_lines "$BOX/err" '{(line["queue"], line["attempt"], line["slot"], line["level"]) for line in lines[:1]}')" \
        "{('job', 1, 1, 'info')}"
    json_lines "$BOX/err" '[__import__("datetime").datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%S.%fZ") for line in lines]'
    r del job job:delayed job:items
    wq-push -q job a
    answers 78 wq-work --json job wq-no-such-program
    is "$(json_lines "$BOX/err" '[(line["event"], line["level"], line["message"]) for line in lines]')" \
        "[('worker', 'error', 'cannot run wq-no-such-program: No such file or directory')]"
}

@test "-q says nothing of single items" {
    wq-config job max-attempts=1
    wq-push -q job a
    answers 0 wq-work -q job false
    silent
}

@test "--heartbeat-file is touched while the loop lives, whether there is work or not" {
    wq-config job open=yes
    spawn work wq-work --heartbeat-file "$BOX/beat" job true
    eventually 5 test -e "$BOX/beat"
    touch -d '1 hour ago' "$BOX/beat"
    fresh() { [ -n "$(find "$BOX/beat" -mmin -1)" ]; }
    eventually 5 fresh
    # One that hangs does not touch it.
    kill -STOP "$PID"
    touch -d '1 hour ago' "$BOX/beat"
    if eventually 2 fresh 2>/dev/null; then fail 'it was touched'; fi
    kill -CONT "$PID"
    eventually 5 fresh
    kill "$PID"
    ends 143 "$PID"
    answers 74 wq-work --heartbeat-file "$BOX/none/beat" job true
    complains "wq-work: cannot touch $BOX/none/beat: No such file or directory"
}

@test "--heartbeat-file is touched while the server is not there yet" {
    WQ_URL=unix://$BOX/later WQ_CONNECT_TIMEOUT=60s spawn work wq-work --heartbeat-file "$BOX/beat" job true
    eventually 5 test -e "$BOX/beat"
    fresh() { [ -n "$(find "$BOX/beat" -mmin -1)" ]; }
    for _ in 1 2; do
        touch -d '1 hour ago' "$BOX/beat"
        eventually 5 fresh
    done
    kill "$PID"
    ends 143 "$PID"
    # It comes before the server, since a file that cannot be written is the mistake to tell of.
    WQ_URL=unix://$BOX/later answers 74 wq-work --heartbeat-file "$BOX/none/beat" job true
}
