#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# wq-work: when the loop ends, and for what it waits until then.

load helper
load more
load work

@test "--max-items: ends with 1, or with 0 if the queue is drained by then" {
    wq-push -q job a b c
    answers 1 wq-work --max-items 2 job echo
    says a b
    is "$(r zcard job:leased)" 0
    answers 0 wq-work --max-items 1 job echo
    says c
}

@test "--max-time-total: begins nothing after that, and ends with 1" {
    seq 1000 | wq-push -q job
    answers 1 wq-work --max-time-total 300ms job -- sleep 0.0
    [ "$(r hget job:stats completed)" -ge 1 ]
    is "$(r zcard job:leased)" 0
    r del job
    answers 0 wq-work --max-time-total 10s job true
}

@test "--until-idle: waits no longer than that for an item" {
    wq-config job open=yes
    wq-push -q job a
    answers 1 wq-work --until-idle 200ms job echo
    says a
    answers 66 wq-work --forever --until-idle 200ms other echo
    wq-push -q job b c
    answers 1 wq-work --until-idle 0 job echo
    says b c
}

@test "--forever goes on when the queue is drained" {
    wq-push -q job a
    spawn work wq-work --forever job -- sh -c 'echo "$1" >>"$BOX/seen"' x
    eventually 5 written seen
    eventually 5 blocked 1
    wq-push -q job b
    both() { [ "$(<"$BOX/seen")" = $'a\nb' ]; }
    eventually 5 both
    kill -HUP "$PID"
    ends 1 "$PID"
}

@test "waits while others hold what is left, and has it when their lease runs out" {
    wq-push -q job apple
    lease job -l 300ms
    answers 0 wq-work job -- sh -c 'echo "$1 $WQ_ATTEMPT"' x
    says 'apple 2'
}

@test "ends soon after someone else completed the last item" {
    wq-push -q job apple
    lease=$(lease job)
    spawn work wq-work job false
    eventually 5 blocked 1
    wq-complete job "$lease"
    ends 0 "$PID" 3
}

@test "a paused queue gives nothing, a resumed one does" {
    wq-config job paused=yes
    wq-push -q job apple
    spawn work wq-work job echo
    looked() { r info commandstats | grep -q 'cmdstat_evalsha:calls=[2-9]'; }
    eventually 5 looked
    is "$(held job)" apple
    wq-config job paused=no
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" apple
}

@test "paused while it waits: an item pushed then stays in the queue" {
    wq-config job open=yes
    spawn work wq-work job echo
    eventually 5 blocked 1
    wq-config job paused=yes
    wq-push -q job apple
    eventually 5 yields apple wq_ready
    is "$(<"$BOX/work.out")" ''
    wq-config job paused=no open=no
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" apple
}

wq_ready() {
    wq-list job --ready | cut -f7
}

@test "what a killed waiter left arriving comes back through a worker that waits" {
    wq-config job open=yes
    r lpush job:arriving apple
    spawn work wq-work job sh -c 'echo "$1" >>"$BOX/seen"' x
    eventually 10 written seen
    kill "$PID"
    ends 143 "$PID"
}
