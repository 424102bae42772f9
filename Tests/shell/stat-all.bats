#!/usr/bin/env bats
# wq-stat: all queues that there are, what to mind about one, why items died, and whether it gets more.

load helper
load more

@test "without operands: a line for each queue, with how it is" {
    wq-push -q job apple banana cherry date
    lease job
    wq-release --delay 1h job "$(lease job)"
    wq-release --dead job "$(lease job)"
    wq-push -q 'my outbox' a
    reads 'my outbox'
    wq-config 'my outbox' sealed=yes
    wq-config idle paused=yes open=yes
    # These are none.
    r rpush list a
    r hset cache:config size 3
    r set app:config text
    answers 0 wq-stat
    complains ''
    says "idle${TAB}0${TAB}0${TAB}0${TAB}0${TAB}busy,paused,open" "job${TAB}1${TAB}1${TAB}1${TAB}1${TAB}busy" \
        "my outbox${TAB}0${TAB}0${TAB}0${TAB}0${TAB}drained,sealed"
    answers 0 wq-stat -q
    silent
}

@test "without operands and queues there is nothing to say" {
    answers 0 wq-stat
    silent
    answers 0 wq-stat --json
    silent
    is "$(r dbsize)" 0
}

@test "without operands the other forms are about all queues, too" {
    wq-push -q job apple
    wq-push -q other pear
    answers 0 wq-stat --json
    is "$(cut -d, -f1 "$BOX/out" | paste -sd' ')" '{"queue":"job" {"queue":"other"'
    answers 0 wq-stat --prometheus
    is "$(grep -c 'wq_items{.*state="ready"} 1' "$BOX/out")" 2
    r lpop other
    answers 1 wq-stat --audit
    is "$(grep difference "$BOX/out")" "job${TAB}difference${TAB}0
other${TAB}difference${TAB}-1"
    answers 0 wq-stat --totals
    is "$(grep 'total pushed' "$BOX/out")" "job${TAB}total pushed${TAB}1
other${TAB}total pushed${TAB}1"
    answers 64 wq-stat --watch
}

@test "a queue that cannot be read hides no other" {
    wq-push -q bad a
    wq-push -q job apple
    r del bad:leased bad:items
    r set bad:leased x
    answers 65 wq-stat
    says "job${TAB}1${TAB}0${TAB}0${TAB}0${TAB}busy"
    complains 'wq-stat: bad: *bad:leased*'
    # As when its settings are no settings any more.
    r del bad:leased
    r set bad:config x
    answers 65 wq-stat
    complains 'wq-stat: bad: *bad:config*'
}

@test "more queues than one step of Redis looks at, among other keys, each once" {
    seq 3000 | sed 's/.*/SET key& value/' | r >/dev/null
    seq 1200 | sed 's/.*/HSET queue&:config format 1/' | r >/dev/null
    answers 0 wq-stat
    is "$(wc -l <"$BOX/out")" 1200
    is "$(cut -f1 "$BOX/out")" "$(seq 1200 | sed 's/^/queue/' | LC_ALL=C sort)"
}

@test "on a terminal there are columns, and names do nothing to it" {
    wq-push -q $'a\e[31mb' apple
    answers 0 terminal 80 wq-stat
    fits "$(tr -d '\r' <"$BOX/out")" $'QUEUE +READY +LEASED +DELAYED +DEAD +STATE\na.e.31mb +1 +0 +0 +0 +busy'
}

@test "paused, sealed, open, the oldest ready item and the longest lease" {
    wq-push -q job apple banana cherry
    r hset job:stats mark "3 $(($(now) - 5000))"
    lease job
    lease job -l 2h
    answers 0 wq-stat job
    is "$(grep -e paused -e sealed -e open "$BOX/out" | paste -sd' ')" "paused${TAB}no sealed${TAB}no open${TAB}no"
    age=$(sed -n 's/^oldest_ready_ms\t//p' "$BOX/out") left=$(sed -n 's/^longest_lease_ms\t//p' "$BOX/out")
    between 5000 "$age" 15000
    between 7190000 "$left" 7200000
    wq-config job paused=yes sealed=yes open=yes
    answers 0 wq-stat job
    is "$(grep -c "${TAB}yes" "$BOX/out")" 3
    answers 0 wq-stat --json job
    fits "$(<"$BOX/out")" '"paused":true,"sealed":true,"open":true,"oldest_ready_ms":[0-9]+,"longest_lease_ms":7[0-9]+,'
    answers 0 wq-stat --prometheus job
    for line in 'wq_paused{queue="job"} 1' 'wq_sealed{queue="job"} 1' 'wq_open{queue="job"} 1'; do
        grep -qx "$line" "$BOX/out"
    done
    fits "$(<"$BOX/out")" 'wq_longest_lease_seconds\{queue="job"\} 7[0-9]+'
    # One that is over is none.
    wq-push -q other a
    lapsed other
    answers 0 wq-stat other
    grep -qx "longest_lease_ms${TAB}-" "$BOX/out"
}

@test "a push marks one of its items with the time, if none that waits is marked" {
    wq-push -q job apple
    fits "$(r hget job:stats mark)" '^1 [0-9]+$'
    between "$(($(now) - 10000))" "$(r hget job:stats mark | cut -d' ' -f2)" "$(now)"
    wq-push -q job banana cherry
    fits "$(r hget job:stats mark)" '^1 '
    # The first is taken, the others wait: nobody knows for how long.
    lease job
    wq-push -q --front job first
    fits "$(r hget job:stats mark)" '^1 '
    wq-push -q job date elder
    fits "$(r hget job:stats mark)" '^6 '
    wq-push -q job fig
    fits "$(r hget job:stats mark)" '^6 '
}

@test "--prometheus: workers are the owners of leases that are not over, however many" {
    seq 1205 | wq-push -q job
    for owner in one two; do
        for _ in 1 2 3; do WQ_OWNER=$owner wq-lease -n 200 -l 1h job >"$BOX/leases"; done
    done
    WQ_OWNER=three wq-lease -n 3 -l 1h job >"$BOX/leases"
    # What a fourth one had is over, and nobody has noticed.
    WQ_OWNER=four wq-lease -n 2 -l 1ms job >"$BOX/over"
    sleep 0.05
    is "$(r zcard job:leased)" 1205
    answers 0 wq-stat --prometheus job none
    grep -x 'wq_workers{queue="job"} 3' "$BOX/out"
    grep -x 'wq_workers{queue="none"} 0' "$BOX/out"
    wq-complete job - <"$BOX/leases"
    # An ID without a record is nobody's.
    r zadd job:leased "$(($(now) + 3600000))" 9999.000000000000
    answers 0 wq-stat --prometheus
    grep -x 'wq_workers{queue="job"} 2' "$BOX/out"
}

@test "--reasons: how many died of what" {
    for reason in 'status 1' 'status 1' $'odd\e' '' 'status 2' 'status 1'; do dead job apple "$reason"; done
    answers 0 wq-stat --reasons job
    says "3${TAB}status 1" "1${TAB}-" "1${TAB}odd_" "1${TAB}status 2"
    dead other pear late
    answers 0 wq-stat --reasons job other
    is "$(tail -n 1 "$BOX/out")" "other${TAB}1${TAB}late"
    is "$(head -n 1 "$BOX/out")" "job${TAB}3${TAB}status 1"
}

@test "--reasons counts as many as there are, small and large" {
    seq 2000 | wq-push -q job
    wq-lease -n 200 -l 1h job >"$BOX/leases"
    for _ in 2 3 4 5 6 7 8 9 10; do wq-lease -n 200 -l 1h job >>"$BOX/leases"; done
    head -n 1500 "$BOX/leases" | wq-release --dead --reason one job -
    tail -n 500 "$BOX/leases" | wq-release --dead --reason two job -
    head -c 2000000 /dev/zero | wq-push -q --whole job
    wq-lease --json job | grep -o '[0-9]*\.[0-9a-f]\{12\}' | wq-release --dead --reason two job -
    answers 0 wq-stat --reasons job
    says "1500${TAB}one" "501${TAB}two"
}

@test "--watch says that it grows, while more comes than goes" {
    seq 10 | wq-push -q job
    spawn watch wq-stat --watch -i 20ms job
    eventually 5 grep -q 'unknown left' "$BOX/watch.out"
    reads job >/dev/null
    seq 10 | wq-push -q job
    eventually 5 grep -Eq '/s  grows$' "$BOX/watch.out"
    # From then on less is left.
    reads job >/dev/null
    eventually 5 grows_no_more
}

grows_no_more() {
    tail -n 1 "$BOX/watch.out" | grep -Eq 's  [0-9]+[a-z]+ left$'
}
