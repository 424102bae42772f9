#!/usr/bin/env bats
# wq-work --batch: leases that are lost, signals, time limits, output, and workers that are killed, while several items have
# one command.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work

# The command notes how many items it has, then does this.
noting() {
    printf 'echo $# >>"$BOX/runs"; %s' "$1"
}

# runs: how many items each command had, in the order of the commands.
runs() {
    paste -sd' ' "$BOX/runs"
}

# begins OPTION...: starts a worker on the queue job whose commands wait for $BOX/go and then print their items.
begins() {
    spawn work wq-work "$@" job sh -c "$(noting 'until [ -e "$BOX/go" ]; do sleep 0.01; done; echo "$*"')" x
    eventually 5 written runs
}

# lease_of ITEM: the ID of its lease.
lease_of() {
    wq-list --leased --json job | jq -r "select(.item == \"$1\").id"
}

@test "all leases of a command are renewed" {
    seq 300 | wq-push -q job
    begins -q -l 300ms --batch 300
    first=$(r zrange job:leased 0 0 withscores | tail -n 1)
    later() { [ "$(r zrange job:leased 0 0 withscores | tail -n 1)" -gt $((first + 400)) ]; }
    eventually 5 later
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(runs),$(r hmget job:stats leased completed | paste -sd,)" 300,300,300
}

@test "a lease that is lost stops the command; the other items go on together, and are charged nothing" {
    wq-push -q job a b c d
    spawn work wq-work -l 1h --batch 4 job sh -c "$(noting '[ $# -lt 4 ] || sleep 74.8; echo "$*"')" x
    eventually 5 written runs
    # Of two at once none is begun again.
    wq-complete job "$(lease_of b)" "$(lease_of c)"
    ends 0 "$PID"
    is "$(runs)" '4 2'
    is "$(<"$BOX/work.out")" 'a d'
    is "$(grep -c 'was stopped: the lease was lost$' "$BOX/work.err")" 2
    is "$(r hget job:stats completed),$(r exists job:attempts job:dead)" 4,0
    nobody_sleeps 74.8
}

@test "a lease that somebody else has by now stops the command, too" {
    wq-push -q job a b c
    begins -l 300ms --batch 3 --forever
    taken_away job "$(lease_of b)"
    eventually 5 grep -q 'was stopped: the lease' "$BOX/work.err"
    : >"$BOX/go"
    eventually 5 yields 3 r hget job:stats completed
    # What was taken away is a suspect, and goes alone.
    fits "$(tail -n +2 "$BOX/runs" | paste -sd' ')" '^(2 1|1 2)$'
    is "$(r exists job:dead job:delayed)" 0
}

@test "no Redis until the leases have run out: the command is stopped, and nothing is done of it" {
    wq-push -q job a b c
    begins -l 500ms --batch 3
    r client pause 3000 all >/dev/null
    eventually 5 grep -q 'could not be renewed in time$' "$BOX/work.err"
    is "$(grep -c 'was stopped: the lease could not be renewed in time$' "$BOX/work.err")" 3
    : >"$BOX/go"
    ends 0 "$PID" 20
    is "$(r hget job:stats completed)" 3
}

@test "--max-time is for the command; which item takes too long shows when each is alone" {
    wq-push -q job a slow b
    wq-config job max-attempts=1
    answers 0 wq-work -q --batch 3 --max-time 300ms job \
        sh -c "$(noting 'case "$*" in *slow*) exec sleep 74.9 ;; esac; echo "$*"')" x
    is "$(runs)" '3 1 1 1'
    says a b
    is "$(wq-list --dead job | cut -f 6,7)" "sh: still running after 300ms${TAB}slow"
}

@test "TERM: after --grace all items go back, uncharged, at once and in their order" {
    seq 150 | wq-push -q job
    begins -q --batch 100 --prefetch 50 --grace 100ms
    kill "$PID"
    ends 143 "$PID" 5
    is "$(items job | paste -sd' ')" "$(seq 150 | paste -sd' ')"
    is "$(r exists job:attempts job:delayed job:leased)" 0
}

@test "TERM: what would go one by one is not begun, and goes back" {
    wq-push -q job a b c
    spawn work wq-work -q --batch 3 job sh -c "$(noting 'until [ -e "$BOX/go" ]; do sleep 0.01; done; exit 1')" x
    eventually 5 written runs
    kill "$PID"
    : >"$BOX/go"
    ends 143 "$PID" 5
    is "$(runs),$(items job | paste -sd' '),$(r exists job:attempts)" '3,a b c,0'
}

@test "output that cannot be written is 74, and charges none of the items" {
    seq 10 | wq-push -q job
    for options in --group --tag -q; do
        seen=0
        wq-work --batch 4 "$options" job sh -c 'echo "$*" || exit 5' x >/dev/full 2>"$BOX/err" || seen=$?
        is "$seen" 74
        is "$(r llen job),$(r exists job:attempts job:dead job:leased)" 10,0
    done
}

@test "--tag names the first item and how many more; --group keeps the output of a command together" {
    wq-push -q job $'a\tb' c d e
    answers 0 wq-work -q --batch 3 --tag --group job printf '%s\n'
    is "$(<"$BOX/out")" "$(printf 'a\\tb +2\t%s\n' $'a\tb' c d)"$'\n'"e${TAB}e"
}

@test "--json and --reason-from-stderr tell how the items of a command were parted" {
    wq-push -q job a b
    wq-config job max-attempts=1
    answers 0 wq-work --json --reason-from-stderr --batch 2 job sh -c 'echo "no $*" >&2; [ "$*" = a ]' x
    sed -i '/^no /d' "$BOX/err"
    cp "$BOX/err" "$BOX/out"
    json '[line["event"] for line in all] == ["parted", "completed", "failed", "ended"]'
    json 'all[0]["items"] == 2 and all[0]["reason"] == "sh: status 1: no a b" and all[0]["exit"] == 1'
    json 'all[2]["reason"] == "sh: status 1: no b" and all[2]["attempt"] == 1'
}

@test "kill -9: what the command had comes back, each item alone, and costs at most one of them an attempt" {
    seq 20 | wq-push -q job
    begins -q -l 300ms --batch 20
    slay "$PID"
    : >"$BOX/go"
    answers 0 wq-work -q --batch 20 job sh -c "$(noting 'echo "$* $WQ_ATTEMPT"')" x
    is "$(runs)" "20$(printf ' 1%.0s' {1..20})"
    is "$(sort -n "$BOX/out" | cut -d' ' -f1 | paste -sd' ')" "$(seq 20 | paste -sd' ')"
    is "$(grep -c ' 2$' "$BOX/out")" 1
    is "$(r hmget job:stats expired completed | paste -sd,)" 20,20
    answers 0 wq-stat --audit job
}

@test "-j N: so many commands at a time, each with its items" {
    seq 40 | wq-push -q job
    begins -q -j 3 --batch 10
    eventually 5 lines runs 3
    is "$(r zcard job:leased)" 30
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(runs)" '10 10 10 10'
}

# stopped: the worker is stopped, as by Ctrl-Z, until all of its leases have run out.
stopped() {
    kill -TSTP "$PID"
    eventually 5 grep -q '^State:.T' "/proc/$PID/status"
    eventually 5 past "$(r zrange job:leased -1 -1 withscores | tail -n 1)"
}

# stopped_with_three SCRIPT: that worker has three items in one command, which goes on with SCRIPT when it may.
stopped_with_three() {
    wq-push -q job a b c
    spawn work env --default-signal wq-work -q -l 400ms --batch 3 job sh -c \
        "$(noting 'until [ -e "$BOX/go" ]; do sleep 0.01; done; '"$1")" x
    eventually 5 written runs
    stopped
}

@test "Ctrl-Z for longer than the leases: the command goes on if nobody else has any of its items by then" {
    stopped_with_three 'timeout 5 echo "$*"'
    : >"$BOX/go"
    kill -CONT "$PID"
    ends 0 "$PID"
    is "$(runs),$(<"$BOX/work.out")" '3,a b c'
}

@test "Ctrl-Z for longer than the leases: the command does nothing more if somebody else has one of its items" {
    stopped_with_three 'echo "$*"'
    for item in a c; do r zadd job:leased xx $(($(now) + 10000)) "$(lease_of $item)"; done
    taken_away job "$(lease_of b)"
    other=$(lease job -l 1h)
    : >"$BOX/go"
    kill -CONT "$PID"
    eventually 5 yields 2 r hget job:stats completed
    is "$(runs),$(<"$BOX/work.out")" '3 2,a c'
    wq-complete job "$other"
    ends 0 "$PID"
}
