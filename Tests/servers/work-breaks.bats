#!/usr/bin/env bats
# shellcheck disable=SC2016 # what is in single quotes is for the shell that is run
# wq-work, where servers refuse everything and connections break over and over.

load ../shell/helper

# ended N: so many commands of the worker ended, and it did not take note yet.
ended() {
    [ "$(grep -l "^PPid:.$1$" /proc/[0-9]*/status 2>/dev/null | xargs -r grep -l '^State:.Z' 2>/dev/null | wc -l)" -eq "$2" ]
}

@test "a server that refuses all that is under way is away, and in the end 75" {
    for text in 'LOADING Redis is loading the dataset in memory' "READONLY You can't write against a read only replica." \
        'MASTERDOWN Link with MASTER is down'; do
        rm -f "$BOX"/refused "$BOX"/go "$BOX"/began.*
        r flushall >/dev/null
        wq-push -q job 0 1 75
        proxy refuse "$BOX/refused" "$text"
        WQ_CONNECT_TIMEOUT=1s spawn work wq-work -u "unix://$BOX/p" -j 3 -l 2s job sh -c '
            : >"$2/began.$3"
            until [ -e "$2/go" ]; do sleep 0.01; done
            exit "$3"' sh x "$BOX"
        worker=$PID
        for item in 0 1 75; do eventually 5 [ -e "$BOX/began.$item" ]; done
        # The three have different ends, which are told at once.
        kill -STOP "$worker"
        : >"$BOX/refused"
        : >"$BOX/go"
        eventually 5 ended "$worker" 3
        kill -CONT "$worker"
        ends 75 "$worker" 15
        grep -q -e "${text%% *}" "$BOX/work.err"
        lacks "$(<"$BOX/work.err")" '*nothing was asked*'
        slay "$PROXY"
    done
}

# enough: so few bytes that a connection takes one of the larger scripts, and not a second one.
enough() {
    local text=0 other
    for script in lease adopt; do
        # shellcheck disable=SC2046 # their names
        other=$(cd "$REPO/Sources/WorkQueue/Scripts" &&
            cat $(sed -n "1s/^-- parts: //p" "$script.lua" | tr -d ' ' | tr , '\n' | sed 's/$/.lua/') "$script.lua" | sed '/^ *--/d; s/^ *//' | wc -c)
        [ "$other" -lt "$text" ] || text=$other
    done
    echo $((text + 2000))
}

@test "where each connection breaks after some bytes, wq-work goes on" {
    for limit in "$(enough)" 25000 30000; do
        r flushall >/dev/null
        r script flush >/dev/null
        seq 150 | wq-push -q job
        proxy choke "$limit"
        WQ_URL=unix://$BOX/p answers 0 wq-work -j 8 -l 1h job echo
        is "$(sort -n <"$BOX/out")" "$(seq 150)"
        is "$(r hmget job:stats completed leased | xargs)" '150 150'
        [ "$(grep -c cut "$BOX/proxy.out")" -ge 2 ]
        slay "$PROXY"
    done
}

@test "where each connection breaks after some bytes, a waiter goes on, too" {
    proxy choke "$(enough)"
    for item in apple banana; do
        spawn waiter wq-lease -u "unix://$BOX/p" -w job
        eventually 10 blocked 1
        wq-push -q job "$item"
        ends 0 "$PID"
        is "$(cut -f2 "$BOX/waiter.out")" "$item"
    done
    [ "$(grep -c cut "$BOX/proxy.out")" -ge 1 ]
}
