#!/usr/bin/env bats
# wq-stat: how many items are in which state, for scripts, for Prometheus, and as progress to watch.

load helper
load more

# One ready item, two leased, one delayed, one dead, one arriving, one held by rediswq, one producer.
every_state() {
    dead job durian
    wq-push -q --delay 1h job cherry
    wq-push -q job apple banana apricot
    wq-lease -n 2 job >/dev/null
    r lpush job:arriving avocado >/dev/null
    r lpush job:processing kiwi >/dev/null
    r zadd job:producers "$(($(now) + 60000))" someone >/dev/null
}

# json EXPRESSION: a Python one about the objects that were answered, a list called all.
json() {
    python - "$BOX/out" "$1" <<'END'
import json, sys

all = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert eval(sys.argv[2]), all
END
}

## Counts.

@test "a line for each state" {
    every_state
    answers 0 wq-stat job
    head -n 7 "$BOX/out" >"$BOX/states"
    printf '%s\t%d\n' ready 1 arriving 1 leased 2 delayed 1 dead 1 rediswq 1 producers 1 | cmp - "$BOX/states"
    is "$(sed 1,7d "$BOX/out" | cut -f1 | paste -sd' ')" 'paused sealed open oldest_ready_ms longest_lease_ms'
    complains ''
}

@test "a queue that never was has nothing of anything, and is not made by it" {
    answers 0 wq-stat --totals job
    is "$(cut -f2 "$BOX/out" | sort | uniq -c | xargs)" '2 - 15 0 3 no'
    is "$(r dbsize)" 0
}

@test "several queues at once, each named in front" {
    wq-push -q job apple banana
    wq-push -q $'o\tther' pear
    answers 0 wq-stat job $'o\tther' none
    is "$(awk -F '\t' '{ print NF }' "$BOX/out" | sort -u)" 3
    is "$(grep -w ready "$BOX/out")" "job${TAB}ready${TAB}2
o\\tther${TAB}ready${TAB}1
none${TAB}ready${TAB}0"
    is "$(wc -l <"$BOX/out")" 36
}

@test "--totals: also what was done so far" {
    wq-push -q job apple banana cherry date
    wq-complete job "$(lease job)"
    wq-release --delay 0 job "$(lease job)"
    wq-release --dead job "$(lease job)"
    wq-retry -q --all job
    lapsed job
    wq-reap -q job
    answers 0 wq-stat --totals job
    is "$(grep total "$BOX/out")" "total pushed${TAB}4
total leased${TAB}4
total completed${TAB}1
total released${TAB}2
total expired${TAB}1
total dead${TAB}1
total retried${TAB}1
total orphans${TAB}0"
    is "$(sed -n 's/^ready\t//p' "$BOX/out")" 3
}

@test "--json: an object a line and queue" {
    every_state
    answers 0 wq-stat --json job none
    json '[one["queue"] for one in all] == ["job", "none"]'
    json '[all[0][state] for state in "ready arriving leased delayed dead rediswq producers".split()] == [1, 1, 2, 1, 1, 1, 1]'
    json 'all[0]["drained"] is False and all[1]["drained"] is True'
    json 'all[0]["totals"]["pushed"] == 5 and all[0]["totals"]["leased"] == 3 and all[0]["totals"]["dead"] == 1'
}

@test "--json is JSON whatever the queue is called" {
    for name in $'"q\\' $'two\nlines\t' $'\xff' 'añ€😀'; do
        answers 0 wq-stat --json "$name"
        json 'len(all) == 1 and all[0]["ready"] == 0'
    done
    json 'all[0]["queue"] == "añ€😀"'
}

@test "drained is said of a queue exactly when wq-empty says so" {
    answers 0 wq-stat --json job
    json 'all[0]["drained"]'
    wq-config job open=yes
    answers 0 wq-stat --json job
    json 'not all[0]["drained"]'
    wq-config job open=
    dead job apple
    answers 0 wq-stat --json job
    json 'all[0]["drained"]'
}

## Prometheus.

# metric NAME{LABELS}: its value in what was answered.
metric() {
    grep -F -- "$1 " "$BOX/out" | cut -d' ' -f2
}

@test "--prometheus: gauges by state, counters by deed" {
    every_state
    wq-complete job "$(r zrange job:leased 0 0)"
    answers 0 wq-stat --prometheus job other
    for pair in ready:1 arriving:1 leased:1 delayed:1 dead:1 rediswq:1; do
        is "${pair%:*} $(metric "wq_items{queue=\"job\",state=\"${pair%:*}\"}")" "${pair%:*} ${pair#*:}"
    done
    is "$(metric 'wq_producers{queue="job"}')" 1
    is "$(metric 'wq_drained{queue="job"}'),$(metric 'wq_drained{queue="other"}')" 0,1
    is "$(metric 'wq_items_pushed_total{queue="job"}')" 5
    is "$(metric 'wq_items_completed_total{queue="job"}')" 1
    is "$(metric 'wq_items_completed_total{queue="other"}')" 0
    # A family is announced once, however many queues there are.
    is "$(grep '^# TYPE' "$BOX/out" | sort | uniq -d)" ''
}

@test "--prometheus tells for how long leases have been over with nobody reaping" {
    wq-push -q job apple
    lapsed job
    r zadd job:leased xx "$(($(now) - 90000))" "$(r zrange job:leased 0 0)"
    answers 0 wq-stat --prometheus job
    seconds=$(metric 'wq_lease_overdue_seconds{queue="job"}')
    between 90 "$seconds" 100
    wq-reap job
    answers 0 wq-stat --prometheus job
    is "$(metric 'wq_lease_overdue_seconds{queue="job"}')" 0
}

@test "--prometheus passes promtool, whatever the queues are called" {
    command -v promtool >/dev/null || skip 'promtool is not installed (package prometheus)'
    every_state
    answers 0 wq-stat --prometheus job none $'"q\\' $'two\nlines\t' $'\xff' 'añ€😀' 'a{b="c"}'
    cp "$BOX/out" "$BOX/metrics"
    answers 0 promtool check metrics <"$BOX/metrics"
    silent
    # It would have said so.
    answers 3 promtool check metrics < <(sed 's/_total{/{/' "$BOX/metrics")
}

## Audit.

@test "--audit: what was pushed is somewhere, at any time of an item's life" {
    answers 0 wq-stat --audit job
    seq 20 | wq-push -q job
    wq-push -q --delay 1h job late
    wq-lease -n 10 job >"$BOX/leases"
    head -n 3 "$BOX/leases" | wq-complete job -
    sed -n 4,5p "$BOX/leases" | wq-release --dead job -
    sed -n 6,7p "$BOX/leases" | wq-release --delay 1h job -
    wq-release --no-charge job - < <(sed -n 8p "$BOX/leases")
    answers 0 wq-stat --audit job
    says "pushed${TAB}21" "ready${TAB}11" "arriving${TAB}0" "leased${TAB}2" "delayed${TAB}3" "dead${TAB}2" \
        "completed${TAB}3" "difference${TAB}0"
    complains ''
    wq-retry -q --all job
    answers 0 wq-stat --audit job
}

@test "--audit: an item that was taken away is missed, 1" {
    wq-push -q job apple banana cherry
    r lpop job
    answers 1 wq-stat --audit job
    is "$(grep -e pushed -e ready -e difference "$BOX/out")" "pushed${TAB}3
ready${TAB}2
difference${TAB}-1"
    answers 1 wq-stat -q --audit job
    silent
}

@test "--audit: an item that is there twice is noticed, 1" {
    wq-push -q job apple
    r rpush job apple
    answers 1 wq-stat --audit job
    is "$(grep difference "$BOX/out")" "difference${TAB}1"
}

@test "--audit of several queues names them, and is 1 if one of them is wrong" {
    wq-push -q sound apple
    wq-push -q robbed apple
    r lpop robbed
    answers 1 wq-stat --audit sound robbed
    is "$(grep difference "$BOX/out")" "sound${TAB}difference${TAB}0
robbed${TAB}difference${TAB}-1"
    answers 0 wq-stat --audit sound none
}

## Watching.

@test "--watch --exit-drained into a pipe: a line each interval until the queue is drained" {
    wq-push -q job apple banana
    spawn watch wq-stat --watch -i 20ms --exit-drained job
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

@test "--watch --exit-drained on a drained queue is over at once" {
    answers 0 wq-stat --watch --exit-drained job
    is "$(wc -l <"$BOX/out")" 1
    grep -q '^100%  0/0 done' "$BOX/out"
}

@test "--watch -q waits in silence for the end" {
    wq-push -q job apple
    spawn watch wq-stat -q --watch -i 20ms --exit-drained job
    wq-complete job "$(lease job)"
    ends 0 "$PID"
    is "$(cat "$BOX/watch.out" "$BOX/watch.err")" ''
}

@test "--watch into a pipe goes on after the queue is drained, until someone ends it" {
    spawn watch wq-stat --watch -i 10ms job
    eventually 5 lines 3
    wq-push -q job apple
    eventually 5 grep -q '0/1 done' "$BOX/watch.out"
    reads job
    eventually 5 grep -q '1/1 done' "$BOX/watch.out"
    kill -TERM "$PID"
    ends 143 "$PID"
}

# lines N: so many were printed.
lines() {
    [ "$(wc -l <"$BOX/watch.out")" -ge "$1" ]
}

@test "--watch tells the pace and the time that is left" {
    seq 100 | wq-push -q job
    spawn watch wq-stat --watch -i 100ms --exit-drained job
    eventually 5 lines 1
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
    eventually 5 lines 1
    wq-retry -q --all job
    eventually 5 grep -q '^0%' "$BOX/watch.out"
    is "$(grep -e '-[0-9]' "$BOX/watch.out")" ''
}

@test "--watch is not over while anything is leased, delayed, or held open" {
    wq-push -q --delay 200ms job apple
    spawn watch wq-stat --watch -i 10ms --exit-drained job
    eventually 5 grep -q '1 delayed' "$BOX/watch.out"
    lease=$(lease job -w)
    wq-config job open=yes
    wq-complete job "$lease"
    eventually 5 grep -q '^100%  1/1' "$BOX/watch.out"
    before=$(wc -l <"$BOX/watch.out")
    eventually 5 lines $((before + 5))
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
        answers 0 terminal "$width" 'wq-stat --watch job'
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
    eventually 5 lines 1
    slay "$REDIS"
    ends 69 "$PID"
    matches "$(<"$BOX/watch.err")" "wq-stat: *Redis*"
}

## Errors.

@test "a wrong command line is 64" {
    refuses wq-stat --watch
    refuses wq-stat ''
    refuses wq-stat job:items
    refuses wq-stat --watch job other
    refuses wq-stat --watch -i 0 job
    refuses wq-stat --watch -i soon job
    refuses wq-stat --exit-drained job
    refuses wq-stat -i 1 job
    refuses wq-stat --json --prometheus job
    refuses wq-stat --audit --watch job
    refuses wq-stat --csv job
}

@test "no server is 69, a key of the wrong type 65, a format not known 78, a full disk 74" {
    unreachable wq-stat job
    unreachable wq-stat --watch job
    r set job:leased spoiled
    for option in --totals --json --prometheus --audit --watch; do
        answers 65 wq-stat "$option" job
        says
        complains 'wq-stat: *job:leased*'
    done
    r flushall
    for option in --totals --json --prometheus --audit --watch; do
        answers 74 bash -c "wq-stat $option job >/dev/full"
        complains 'wq-stat: *: No space left on device'
        answers 74 bash -c "wq-stat $option job >&-"
    done
    answers 74 into_dead_pipe wq-stat job
    r hset job:config format 99
    answers 78 wq-stat other job
    says
}

@test "it changes nothing" {
    every_state
    before=$(r info persistence | grep rdb_changes)
    for option in --totals --json --prometheus --audit; do
        wq-stat "$option" job >/dev/null || is $? 1
    done
    wq-stat job >/dev/null
    is "$(r info persistence | grep rdb_changes)" "$before"
}
