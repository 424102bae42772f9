#!/usr/bin/env bats
# wq-work --feed: commands that end, hang or talk nonsense, and workers that end.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work

# ill WORK PATTERN [OPTION...]: the item "ill", to which a command in sh does this, costs its one attempt, for a reason like
# that; those beside it are done, by as few commands as can be.
ill() {
    local work=$1 pattern=$2
    shift 2
    rm -f "$BOX/started"
    r flushall >/dev/null
    wq-config job max-attempts=1
    wq-push -q job a b ill c d
    answers 0 wq-work "$@" --feed job -- sh -c "echo >>'$BOX/started'
        while IFS= read -r item; do [ \"\$item\" != ill ] || { $work; }; echo 0; done"
    says
    complains "*[(]attempt 1) failed: sh: $pattern"$'\n*'
    is "$(r hmget job:stats completed dead | paste -sd' ')" '4 1'
    is "$(wc -l <"$BOX/started")" "${STARTS-2}"
}

@test "a command that ends with an item costs it an attempt, and another is started" {
    ill 'exit 0' 'status 0 in place of an answer'
    ill 'exit 3' 'status 3 in place of an answer'
    ill 'exit 65' 'status 65 in place of an answer'
    ill 'exit 75' 'status 75 in place of an answer'
    ill 'kill -KILL $$' 'signal KILL in place of an answer'
}

@test "nonsense costs the item an attempt" {
    ill 'echo hello' "answered 'hello', which is no status"
    ill 'echo' "answered '', which is no status"
    ill 'echo 256' "answered '256', which is no status"
    ill 'echo -1' "answered '-1', which is no status"
    ill 'printf "0\n0\n"' 'answered twice'
    ill 'printf "\033[31m\n"' "answered '\\\\e\\[31m', which is no status"
    # Half a line is no answer, even if it looks like one.
    ill 'printf 0; exit 0' 'status 0 in place of an answer'
    ill 'head -c 100000 /dev/zero | tr "\0" x; sleep 83.1' "answered 'x*x', which is no status"
    eventually 1 nobody_sleeps 83.1
}

@test "an answer before the item was read is none" {
    wq-config job max-attempts=1
    wq-push -q job apple
    answers 0 wq-work --feed job -- sh -c 'echo 0; exec sleep 83.2'
    complains '*failed: sh: answered before it had read all of the item*'
    nobody_sleeps 83.2
}

@test "an answer without an item stops the command, and costs no item anything" {
    wq-push -q job apple banana
    wq-config job open=yes max-attempts=1
    spawn work wq-work --feed job -- sh -c 'while IFS= read -r item; do echo 0
        [ "$item" != banana ] || { sleep 0.1; echo 0; exec sleep 83.3; }; done'
    told() { grep -q "^wq-work: sh said '0' when it had no item: it was stopped\$" "$BOX/work.err"; }
    eventually 5 told
    nobody_sleeps 83.3
    wq-push -q job cherry
    wq-config job open=no
    ends 0 "$PID"
    is "$(r hmget job:stats completed released | paste -sd,)" 3,
}

@test "a second answer that comes late is none to the next item, which has another command" {
    seq 6 | wq-push -q job
    wq-config job max-attempts=1
    answers 0 wq-work --feed job -- sh -c 'echo >>"$BOX/started"
        while IFS= read -r item; do echo 0; [ "$item" != 3 ] || { sleep 0.1; echo 0; sleep 83.3; }; done'
    complains $'*wq-work: sh answered before it had read all of the item: it was stopped\n*: 6 done, 0 failed, 0 dead in *'
    is "$(wc -l <"$BOX/started")" 2
}

@test "a command that closes its output or its input is stopped, and another is started" {
    ill 'exec >&-; sleep 83.4' 'closed its standard input or output'
    # One that has read its item may answer it; the next one was never begun, and costs nothing.
    r flushall
    rm "$BOX/started"
    wq-config job max-attempts=1
    wq-push -q job a b c d
    answers 0 wq-work --grace 2s --feed job -- sh -c 'echo >>"$BOX/started"
        read -r item; echo 0; read -r item; exec <&-; sleep 1.2; echo 0; exec sleep 83.4'
    complains $'*wq-work: sh closed its standard input or output: it was stopped\n*: 4 done, 0 failed, 0 dead in *'
    is "$(wc -l <"$BOX/started")" 2
    nobody_sleeps 83.4
}

@test "a command that hangs is stopped after --max-time, and only its item is charged" {
    ill 'sleep 83.5' 'still running after 300ms' --max-time 300ms
    nobody_sleeps 83.5
    # It counts for each item anew.
    seq 8 | wq-push -q job
    answers 0 wq-work --max-time 1s --feed job -- sh -c 'while read -r item; do sleep 0.3; echo 0; done'
    complains 'wq-work: 8 done, 0 failed, 0 dead in *'
}

@test "a command may end between two items: the next one costs nothing, and has another command" {
    seq 9 | wq-push -q job
    wq-config job max-attempts=1
    answers 0 wq-work --feed job -- sh -c 'echo >>"$BOX/started"
        for i in 1 2; do IFS= read -r item; echo 0; done; exit 3'
    is "$(r hget job:stats completed)" 9
    is "$(wc -l <"$BOX/started")" 5
    complains $'*wq-work: sh: status 3, without an item\n*'
    is "$(r hget job:stats leased)" 9
}

@test "a command that ends without having read anything is no busy loop" {
    wq-config job max-attempts=2 retry-delay=300ms
    wq-push -q job apple
    answers 0 wq-work --feed job -- sh -c 'echo >>"$BOX/started"'
    is "$(wc -l <"$BOX/started")" 2
    is "$(wq-list --dead job | cut -f 6)" 'sh: status 0 in place of an answer'
    # Nothing is started for no item.
    wq-config job open=yes
    answers 1 wq-work --until-idle 300ms --feed job -- sh -c 'echo >>"$BOX/started"'
    is "$(wc -l <"$BOX/started")" 2
}

@test "a command that cannot be run is 78, and the items are as they were" {
    wq-push -q job apple banana
    answers 78 wq-work --feed job "$BOX/none"
    complains '*cannot run */none: No such file or directory*'
    is "$(items job)" $'apple\nbanana'
    is "$(r exists job:attempts job:leased job:delayed)" 0
}

@test "at the end the command sees the end of its input, and may take its time" {
    wq-push -q job apple
    answers 0 wq-work --feed job -- sh -c 'while read -r item; do echo 0; done; sleep 0.3; echo bye >"$BOX/bye"'
    is "$(<"$BOX/bye")" bye
    complains 'wq-work: 1 done, 0 failed, 0 dead in *'
    # How it ends is told, and no matter of the item.
    wq-push -q job apple
    answers 0 wq-work --feed job -- sh -c 'while read -r item; do echo 0; done; exit 7'
    complains $'wq-work: sh: status 7, without an item\nwq-work: 1 done, 0 failed, 0 dead in *'
    wq-push -q job apple
    answers 0 wq-work --grace 100ms --feed job -- sh -c 'while read -r item; do echo 0; done; sleep 83.6'
    complains $'*sh: still running 100ms after the end of its input: it was stopped\n*'
    nobody_sleeps 83.6
    is "$(r hget job:stats completed)" 3
}

# at_work OPTION...: a command has the item apple, and another one is ready; the command ends at the end of its input.
at_work() {
    rm -f "$BOX/began" "$BOX/go" "$BOX/bye"
    wq-push -q job apple banana
    spawn work wq-work "$@" --feed job -- sh -c 'while IFS= read -r item; do echo >>"$BOX/began"
        until [ -e "$BOX/go" ]; do sleep 0.01; done; echo 0; done; echo >"$BOX/bye"'
    eventually 5 written began
}

@test "TERM: the item at work is finished, no other is begun, and the command sees the end of its input" {
    at_work
    kill "$PID"
    closed() { ! [ -e "/proc/$PID" ] || [ "$(r zcard job:leased)" = 1 ]; }
    eventually 5 closed
    : >"$BOX/go"
    ends 143 "$PID"
    [ -e "$BOX/bye" ]
    is "$(r hget job:stats completed),$(items job)" 1,banana
    is "$(r exists job:attempts job:leased job:delayed)" 0
}

@test "TERM: an item that is not finished within --grace goes back, uncharged" {
    at_work --grace 200ms
    kill "$PID"
    ends 143 "$PID"
    [ ! -e "$BOX/bye" ]
    is "$(items job | sort)" $'apple\nbanana'
    is "$(r exists job:attempts job:leased job:delayed)" 0
}

@test "TERM to the worker and its command at once charges no attempt" {
    wq-push -q job apple banana
    spawn work setsid "$WQ_BIN/wq-work" --feed job -- sh -c 'while read -r item; do echo >>"$BOX/began"; sleep 83.7; done'
    eventually 5 written began
    # shellcheck disable=SC2046 # they are many
    kill "$PID" $(pgrep -P "$PID" -x sh)
    ends 143 "$PID"
    is "$(items job | sort)" $'apple\nbanana'
    is "$(r exists job:attempts job:leased job:delayed)" 0
    eventually 1 nobody_sleeps 83.7
}

@test "kill -9 of the worker: nothing of the command runs on" {
    wq-push -q job apple
    spawn work wq-work --feed job -- sh -c 'while read -r item; do echo >>"$BOX/began"; sleep 83.8; done'
    eventually 5 written began
    slay "$PID"
    eventually 2 nobody_sleeps 83.8
}

@test "leases are renewed; one that is lost, or cancelled, stops the command, and the next item has another" {
    at_work -l 300ms
    ends_at() { r zrange job:leased 0 0 withscores | tail -n 1; }
    first=$(ends_at)
    later() { [ "$(ends_at)" -gt $((first + 400)) ]; }
    eventually 5 later
    wq-complete job "$(r zrange job:leased 0 0)"
    eventually 5 lines began 2
    grep -q 'was stopped: the lease was lost$' "$BOX/work.err"
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(r hmget job:stats completed leased | paste -sd,)" 2,2
}

@test "what a command leaves behind is stopped with it" {
    wq-push -q job apple
    answers 0 wq-work --feed job -- sh -c 'while read -r item; do sleep 83.9 & echo 0; done'
    eventually 1 nobody_sleeps 83.9
}

@test "no Redis for a while: the command goes on, and what it answers is told when Redis is back" {
    keep_on_disk
    at_work
    slay "$REDIS"
    : >"$BOX/go"
    told() { grep -q 'wq-work: .*Redis' "$BOX/work.err"; }
    eventually 5 told
    start_redis --appendonly yes
    ends 0 "$PID"
    is "$(r hget job:stats completed)" 2
}
