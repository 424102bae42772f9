#!/usr/bin/env bats
# wq-stat --watch: what is left, again and again.

load helper
load more

## Watching.

@test "--watch --until-drained into a pipe: a line each interval until the queue is drained" {
    wq-push -q job apple banana
    spawn watch wq-stat --watch -i 20ms --until-drained job
    eventually 5 grep -qx '0%  0/2 done  0 leased .*' "$BOX/watch.out"
    lease=$(lease job)
    eventually 5 grep -qx '0%  0/2 done  1 leased .*' "$BOX/watch.out"
    wq-complete job "$lease"
    eventually 5 grep -qx '50%  1/2 done  0 leased .*left' "$BOX/watch.out"
    wq-release --dead job "$(lease job)"
    ends 0 "$PID"
    is "$(tail -n 1 "$BOX/watch.out" | cut -c1-32)" '100%  2/2 done  0 leased  1 dead'
    is "$(<"$BOX/watch.err")" ''
    lacks "$(<"$BOX/watch.out")" $'*[\r\e]*'
}

@test "--watch --until-drained on a drained queue is over at once" {
    wq-push -q job </dev/null
    answers 0 wq-stat --watch --until-drained job
    is "$(wc -l <"$BOX/out")" 1
    grep -q '^100%  0/0 done' "$BOX/out"
}

@test "--watch -q waits in silence for the end" {
    wq-push -q job apple
    spawn watch wq-stat -q --watch -i 20ms --until-drained job
    wq-complete job "$(lease job)"
    ends 0 "$PID"
    is "$(cat "$BOX/watch.out" "$BOX/watch.err")" ''
}

@test "--watch into a pipe goes on after the queue is drained, until someone ends it" {
    spawn watch wq-stat --watch -i 10ms job
    eventually 5 lines watch.out 3
    wq-push -q job apple
    eventually 5 grep -q '0/1 done' "$BOX/watch.out"
    reads job
    eventually 5 grep -q '1/1 done' "$BOX/watch.out"
    kill -TERM "$PID"
    ends 143 "$PID"
}

@test "--watch tells the pace and the time that is left" {
    seq 100 | wq-push -q job
    spawn watch wq-stat --watch -i 100ms --until-drained job
    eventually 5 lines watch.out 1
    wq-lease -n 50 job | wq-complete job -
    eventually 5 grep -Eq '^50%  50/100 done  0 leased  [1-9][0-9]*/s  [0-9]+m?s left$' "$BOX/watch.out"
    wq-lease -n 50 job | wq-complete job -
    ends 0 "$PID"
    lacks "$(tail -n 1 "$BOX/watch.out")" '*left'
}

@test "--watch: dead items that come back are no negative pace" {
    seq 9 | wq-push -q job
    wq-lease -n 9 job | wq-release --dead job -
    spawn watch wq-stat --watch -i 100ms job
    eventually 5 lines watch.out 1
    wq-retry -q --all job
    eventually 5 grep -q '^0%' "$BOX/watch.out"
    is "$(grep -e '-[0-9]' "$BOX/watch.out")" ''
}

@test "--watch is not over while anything is leased, delayed, or held open" {
    wq-push -q --delay 200ms job apple
    spawn watch wq-stat --watch -i 10ms --until-drained job
    eventually 5 grep -q '1 delayed' "$BOX/watch.out"
    lease=$(lease job -w)
    wq-config job open=yes
    wq-complete job "$lease"
    eventually 5 grep -q '^100%  1/1' "$BOX/watch.out"
    before=$(wc -l <"$BOX/watch.out")
    eventually 5 lines watch.out $((before + 5))
    kill -0 "$PID"
    wq-config job open=no
    ends 0 "$PID"
}

@test "--watch on a terminal redraws one line, with a bar, and ends by itself" {
    wq-push -q job apple banana
    first=$(lease job)
    {
        eventually 10 grep -q '0/2 done' "$BOX/out"
        wq-complete job "$first"
        eventually 10 grep -q '1/2 done' "$BOX/out"
        reads job
    } >/dev/null 3>&- &
    WORK=$!
    # script writes what it is sent at once.
    answers 0 script -qfec 'stty cols 70; wq-stat --watch -i 20ms job' "$BOX/typescript"
    wait "$WORK"
    # Every line is drawn over the one before; only the last one is ended.
    is "$(tr -dc '\n' <"$BOX/out" | wc -c)" 1
    tr '\r' '\n' <"$BOX/out" | grep -v '^$' >"$BOX/drawn"
    is "$(cut -c1-3 "$BOX/drawn" | sort -u)" $'\e[K'
    cut -c4- "$BOX/drawn" | grep -Eq '^\[\.+\] 0%  0/2 done  1 leased'
    cut -c4- "$BOX/drawn" | grep -Eq '^\[#+\.+\] 50%  1/2 done'
    cut -c4- "$BOX/drawn" | tail -n 1 | grep -Eq '^\[#+\] 100%  2/2 done'
    widest=$(cut -c4- "$BOX/drawn" | awk '{ if (length > widest) widest = length } END { print widest }')
    [ "$widest" -lt 70 ]
}

@test "--watch fits any terminal in one line" {
    dead job apple
    for width in 10 30 50 200; do
        NO_COLOR=1 answers 0 terminal "$width" 'wq-stat --watch job'
        widest=$(tr -d '\r' <"$BOX/out" | sed 's/\x1b\[K//' | awk '{ if (length > widest) widest = length } END { print widest }')
        [ "$widest" -lt "$width" ] || fail "$widest columns on a terminal of $width"
        grep -q 100% "$BOX/out"
    done
}

@test "--watch ends when its reader does" {
    wq-push -q job apple
    answers 0 bash -c 'wq-stat --watch -i 10ms job | head -n 2'
    is "$(wc -l <"$BOX/out")" 2
}

@test "--watch whose server goes away is 69" {
    wq-push -q job apple
    WQ_CONNECT_TIMEOUT=20ms spawn watch wq-stat --watch -i 20ms job
    eventually 5 lines watch.out 1
    slay "$REDIS"
    ends 69 "$PID"
    matches "$(<"$BOX/watch.err")" "wq-stat: *Redis*"
}
