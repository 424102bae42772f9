#!/usr/bin/env bats
# wq-list: since when, how often a ready item failed, and who holds the queue open; wq-retry by reason.

load helper
load more

@test "--long: since when, before the reason; the item stays last" {
    dead job date rotten
    wq-push -q job apple banana
    wq-push -q --delay 1h job cherry
    lease job
    answers 0 wq-list --long job
    is "$(awk -F '\t' '{ print NF }' "$BOX/out" | sort -u)" 8
    is "$(cut -f2,7,8 "$BOX/out")" "leased${TAB}-${TAB}apple
ready${TAB}-${TAB}banana
delayed${TAB}-${TAB}cherry
dead${TAB}rotten${TAB}date"
    # Redis' clock is this machine's.
    for state in leased delayed dead; do
        since=$(date -d "$(grep "${TAB}$state${TAB}" "$BOX/out" | cut -f6)" +%s)
        between "$(($(date +%s) - 10))" "$since" "$(date +%s)"
    done
    is "$(grep "${TAB}ready${TAB}" "$BOX/out" | cut -f6)" -
    answers 0 wq-list --json --leased job
    fits "$(<"$BOX/out")" '"since":"20[0-9-]*T[0-9:.]*Z"'
}

@test "a ready item that failed before says how often" {
    wq-push -q job apple banana
    wq-release --delay 0 job "$(lease job)"
    wq-release --delay 0 job "$(lease job)"
    answers 0 wq-list --ready job
    is "$(cut -f3,7 "$BOX/out" | paste -sd' ')" "2${TAB}apple -${TAB}banana"
    answers 0 wq-list --ready --json job
    is "$(head -n 1 "$BOX/out")" '{"state":"ready","attempt":2,"item":"apple"}'
    # Also of many, in their order.
    seq 500 | wq-push -q other
    wq-lease -n 200 other >"$BOX/leases"
    wq-release --delay 0 other - <"$BOX/leases"
    answers 0 wq-list --ready other
    is "$(cut -f7 "$BOX/out" | sort -n)" "$(seq 500)"
    is "$(cut -f3 "$BOX/out" | uniq -c | xargs)" '200 1 300 -'
    is "$(cut -f3,7 "$BOX/out" | grep '^1' | cut -f2 | sort -n)" "$(seq 200)"
}

@test "who holds the queue open" {
    mkfifo "$BOX/input"
    spawn input bash -c "exec sleep 60 >'$BOX/input'"
    input=$PID
    WQ_OWNER=$'pod\e7' spawn push wq-push --id "night $TAB one" -f "$BOX/input" job
    eventually 10 yields 1 r zcard job:producers
    answers 0 wq-list job
    is "$(cut -f1-4,6- "$BOX/out")" "night \\t one${TAB}producer${TAB}-${TAB}pod_7${TAB}-${TAB}"
    left=$(cut -f5 "$BOX/out")
    between 15000 "$left" 30000
    answers 0 wq-list --producers --json job
    fits "$(<"$BOX/out")" '^\{"state":"producer","id":"night \\t one","owner":"pod_7","left_ms":[0-9]+\}$'
    answers 0 wq-list --ready job
    silent
    answers 0 terminal 100 'wq-list job'
    fits "$(<"$BOX/out")" 'producer +- +pod_7'
    # It lets go when its input ends.
    slay "$input"
    ends 0 "$PID"
    answers 0 wq-list job
    silent
}

@test "a rerun of a named push by the same owner takes over its hold" {
    mkfifo "$BOX/input"
    spawn input bash -c "exec sleep 60 >'$BOX/input'"
    spawn push wq-push --id night -f "$BOX/input" job
    eventually 10 yields 1 r zcard job:producers
    slay "$PID"
    answers 0 wq-push --id night job apple
    is "$(r exists job:producers)" 0
}

@test "wq-retry --reason: by the reason alone, --match by either, both together" {
    dead job 'connection refused by peer' 'parse error'
    dead job apple 'connection refused'
    dead job banana 'connection reset'
    dead job cherry 'parse error'
    answers 0 wq-retry --reason 'connection refused' job
    says 1
    is "$(wq-list --ready job | cut -f7)" apple
    answers 0 wq-retry --match cherry --reason parse job
    says 1
    is "$(wq-list --ready job | cut -f7 | tail -n 1)" cherry
    answers 0 wq-retry --match 'no such' --reason parse job
    says 0
    answers 0 wq-retry --match connection job
    says 2
    answers 0 wq-retry --reason x none
    says 0
    refuses wq-retry --all --reason x job
    refuses wq-retry --reason x job 1.0123456789ab
}

@test "an ID without a record is listed with what is known" {
    wq-push -q job apple
    r zadd job:leased 1000 2.a >/dev/null
    answers 0 wq-list --leased --long job
    matches "$(<"$BOX/out")" "2.a${TAB}leased${TAB}0${TAB}-${TAB}-*${TAB}-${TAB}no record${TAB}"
}
