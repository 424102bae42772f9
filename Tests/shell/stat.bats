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
    is "$(cut -f2 "$BOX/out" | sort | uniq -c | xargs)" '2 - 16 0 3 no'
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
total orphans${TAB}0
total dropped${TAB}0"
    is "$(sed -n 's/^ready\t//p' "$BOX/out")" 2
    is "$(sed -n 's/^delayed\t//p' "$BOX/out")" 1
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
        "completed${TAB}3" "dropped${TAB}0" "difference${TAB}0"
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

## Errors.

@test "a wrong command line is 64" {
    refuses wq-stat --watch
    refuses wq-stat ''
    refuses wq-stat job:items
    refuses wq-stat --watch job other
    refuses wq-stat --watch -i 0 job
    refuses wq-stat --watch -i soon job
    refuses wq-stat --until-drained job
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
    answers 141 into_dead_pipe wq-stat job
    silent
    r hset job:config format 99
    answers 78 wq-stat other job
    is "$(head -n 1 "$BOX/out")" "other${TAB}ready${TAB}0"
    for form in --json --prometheus --audit --reasons; do
        answers 78 wq-stat "$form" job other
        complains 'wq-stat: job: *format*'
        [ "$form" = --reasons ] || grep -q other "$BOX/out"
    done
    answers 78 wq-stat job
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
