#!/usr/bin/env bats
# examples/run-locally, which plays the Job controller.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    cd "$BOX" || return
    RUN=$REPO/examples/run-locally
    export TMPDIR=$BOX/tmp
    mkdir "$TMPDIR"
}

# No test leaves anything in the temporary folder.
teardown() {
    local left
    left=$(ls -A "$TMPDIR")
    cd /
    end_all
    is "$left" ''
}

# described KEY: its value in the description
described() {
    sed -n "s/^$1: *//p" "${2:-out}"
}

# far: the back-off has grown, so that there is time
far() {
    grep -q 'comes in 0.8s' run.err
}

# lifeless PROCESS: it ended, even if nobody has taken note
# A pod's process is told by itself: in the file pod-NAME.
pod='echo $$ >"new-$WQ_OWNER" && mv "new-$WQ_OWNER" "pod-$WQ_OWNER"'

@test "so many at once, each line with the name of its pod; then the description" {
    answers 0 "$RUN" -p 3 sh -c "$pod"'
        echo here >"here-$WQ_OWNER"
        until [ -e here-sh-1 ] && [ -e here-sh-2 ] && [ -e here-sh-3 ]; do sleep 0.05; done
        echo "I am $WQ_OWNER"; echo oops >&2; printf unended'
    is "$(sed '/^$/,$d' out | sort)" "$(for n in 1 2 3; do
        printf '[sh-%d] %s\n' $n "I am sh-$n" $n oops $n unended
    done | sort)"
    is "$(described Name)" sh
    is "$(described Parallelism)" 3
    is "$(described Completions)" '<unset>'
    is "$(described 'Pods Statuses')" '0 Active / 3 Succeeded / 0 Failed'
    fits "$(described 'Start Time')" '^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20.* [+-][0-9]{4}$'
    matches "$(described 'Completed At')" "*, * 20*"
    fits "$(described Duration)" '^[0-9]+s$'
    is "$(grep -c 'Normal   SuccessfulCreate .* Created pod: sh-[123]$' out)" 3
    is "$(grep -c 'Normal   Completed .* Job completed$' out)" 1
}

@test "two at once unless told otherwise" {
    answers 0 "$RUN" true
    is "$(described Parallelism)" 2
    is "$(described 'Pods Statuses')" '0 Active / 2 Succeeded / 0 Failed'
}

@test "the Job and its pods have the name that is given" {
    answers 0 "$RUN" -n night.ly -p 1 sh -c 'echo "$WQ_OWNER"'
    is "$(sed 1q out)" '[night.ly-1] night.ly-1'
    is "$(described Name)" night.ly
}

@test "a pod that fails has a successor, until one succeeds" {
    answers 0 "$RUN" -p 1 sh -c '[ "$WQ_OWNER" = sh-3 ] || exit 9'
    is "$(described 'Pods Statuses')" '0 Active / 1 Succeeded / 2 Failed'
    is "$(grep -c 'Warning  BackOff .* Pod sh-[12] failed (exit status 9); its successor comes in 0.[12]s' out)" 2
    is "$(grep -c 'Created pod' out)" 3
}

@test "a killed pod is told by its signal" {
    answers 0 "$RUN" -p 1 sh -c '[ "$WQ_OWNER" = sh-2 ] || kill -KILL $$'
    grep -q 'Pod sh-1 failed (signal 9)' out
}

@test "after the first success no pod is created, and the others are waited for" {
    spawn run "$RUN" -p 2 sh -c "$pod"'
        [ "$WQ_OWNER" = sh-1 ] && exit 0
        until [ -e go ]; do sleep 0.05; done
        exit 9'
    eventually 10 test -e pod-sh-2
    succeeded() { [ -e pod-sh-1 ] && gone "$(<pod-sh-1)"; }
    eventually 10 succeeded
    kill -0 "$PID"
    touch go
    ends 0 "$PID"
    is "$(described 'Pods Statuses' run.out)" '0 Active / 1 Succeeded / 1 Failed'
    is "$(grep -c 'Created pod' run.out)" 2
    grep -q 'Warning  Failed .* Pod sh-2 failed (exit status 9)' run.out
}

@test "a success while a successor is waited for: no successor" {
    spawn run "$RUN" -b 1000 sh -c '
        [ "$WQ_OWNER" = sh-2 ] || exit 9
        until [ -e go ]; do sleep 0.05; done'
    eventually 20 far
    created=$(grep -c 'Created pod' run.err)
    touch go
    ends 0 "$PID"
    is "$(grep -c 'Created pod' run.out)" "$created"
}

@test "the back-off limit fails the Job, and the other pods are stopped" {
    answers 1 "$RUN" -p 2 -b 2 sh -c "$pod"'; [ "$WQ_OWNER" != sh-1 ] || exec sleep 1000; exit 9'
    is "$(described 'Pods Statuses')" '0 Active / 0 Succeeded / 4 Failed'
    is "$(described 'Completed At')" ''
    grep -q 'Warning  BackoffLimitExceeded ' out
    grep -q 'SuccessfulDelete .* Deleted pod: sh-1' out
    gone "$(<pod-sh-1)"
    answers 1 "$RUN" -b 0 -p 1 false
    is "$(grep -c 'Created pod' out)" 1
}

@test "a command of any name" {
    printf '#!/bin/sh\necho here\n' >"it's * a name.sh"
    chmod +x ./it*
    answers 0 "$RUN" -p 1 "./it's * a name.sh"
    is "$(sed -n 1p out)" '[pod-1] here'
}

@test "a command that does not exist fails the Job" {
    answers 1 "$RUN" -b 1 no-such-command
    grep -q '(exit status 127)' out
}

@test "a pod ends with its first process: what that left behind is killed" {
    answers 0 "$RUN" -p 1 sh -c 'sleep 1000 & echo $! >left; echo bye'
    eventually 5 lifeless "$(<left)"
    is "$(sed -n 1p out)" '[sh-1] bye'
}

@test "SIGTERM stops the pods, which may finish" {
    spawn run "$RUN" sh -c "trap 'echo finishing; exit 5' TERM; $pod; while :; do sleep 0.05; done"
    eventually 10 test -e pod-sh-1
    eventually 10 test -e pod-sh-2
    kill -TERM "$PID"
    ends 143 "$PID"
    is "$(grep -c finishing run.out)" 2
    is "$(described 'Pods Statuses' run.out)" '0 Active / 0 Succeeded / 2 Failed'
    is "$(grep -c 'SuccessfulDelete' run.out)" 2
    gone "$(<pod-sh-1)"
}

@test "Ctrl-C stops the pods: they get SIGTERM" {
    spawn run env --default-signal=INT setsid "$RUN" sh -c "trap 'echo finishing; exit 5' TERM; $pod
        while :; do sleep 0.05; done"
    eventually 10 test -e pod-sh-1
    eventually 10 test -e pod-sh-2
    kill -INT -- "-$PID"
    ends 130 "$PID"
    is "$(grep -c finishing run.out)" 2
}

@test "pods that do not end are killed after the grace, or by the second signal" {
    for grace in 1 1000; do
        rm -f pod-*
        spawn run "$RUN" -g $grace sh -c "trap '' TERM; $pod; sleep 1000"
        eventually 10 test -e pod-sh-1
        eventually 10 test -e pod-sh-2
        kill -TERM "$PID"
        deleted() { [ "$(grep -c 'Deleted pod' run.err)" = 2 ]; }
        eventually 10 deleted
        [ $grace = 1 ] || kill -TERM "$PID"
        ends 143 "$PID"
        is "$(grep -c 'failed (signal 9)' run.out)" 2
        gone "$(<pod-sh-1)"
    done
}

@test "stopped while a successor is waited for: no successor" {
    spawn run "$RUN" -p 1 -b 1000 sh -c "$pod; exit 9"
    eventually 20 far
    kill -TERM "$PID"
    ends 143 "$PID" 2
    is "$(grep -c Deleted run.out)" 0
}

@test "usage" {
    answers 64 "$RUN"
    complains 'run-locally: no command*usage: *'
    for bad in '-n two/words' -p0 -px -p -b-1 -x '-p 99999999999999999999'; do
        # shellcheck disable=SC2086 # words
        answers 64 "$RUN" $bad true
        complains '*usage: run-locally *'
    done
    answers 0 "$RUN" -h
    matches "$(<out)" "usage: run-locally *"
}

@test "the tutorial's job: a worker killed in mid-item has a successor, and the Job completes" {
    start_redis
    "$REPO/examples/kubernetes/fill.sh" >/dev/null
    export WORK_SECONDS=0.2 WQ_LEASE_TIME=1s
    spawn run "$RUN" sh -c "$pod; exec '$REPO/examples/kubernetes/worker.sh'"
    working() { grep -q '^\[sh-1\] Working on ' run.out; }
    eventually 10 working
    kill -KILL "$(<pod-sh-1)"
    ends 0 "$PID" 20
    is "$(described 'Pods Statuses' run.out)" '0 Active / 2 Succeeded / 1 Failed'
    grep -q 'Pod sh-1 failed (signal 9)' run.out
    answers 0 wq-empty job2
    is "$(sed -n 's/.*\] Working on //p' run.out | sort -u | wc -l)" 9
}
