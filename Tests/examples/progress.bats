#!/usr/bin/env bats
# examples/progress.sh: workers on a list, and how far they are.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    export PROGRESS=$REPO/examples/progress.sh WQ_INTERVAL=50ms
}

@test "all items once, by so many workers at once, a line now and then, 0 at the end" {
    seq 4 >items
    answers 0 sh -c '"$PROGRESS" job 4 sh -c "echo \$1 >begun-\$1
        until [ -e begun-1 ] && [ -e begun-2 ] && [ -e begun-3 ] && [ -e begun-4 ]; do sleep 0.02; done
        echo \"worked on \$1\"" sh <items'
    complains ''
    is "$(tail -n 1 out | cut -c 1-14)" '100%  4/4 done'
    [ "$(wc -l <out)" -ge 2 ]
    is "$(grep -vc '^[0-9]*%  [0-4]/4 done  ' out)" 0
    is "$(sort job.log)" "$(printf 'worked on %s\n' 1 2 3 4)"
    answers 0 wq-empty job
}

@test "on a terminal a bar is redrawn in place" {
    seq 4 >items
    answers 0 script -qec '"$PROGRESS" job 2 sh -c "sleep 0.1" <items' /dev/null
    grep -q $'\r\e\\[K\\[#*\\.*\\] ' out
    grep -q '\[#*\] 100%  4/4 done' out
    is "$(wc -l <out)" 1
}

@test "items that are given up: 4, and who to ask" {
    seq 3 >items
    wq-config job max-attempts=1
    answers 4 sh -c '"$PROGRESS" job 2 sh -c "[ \$1 != 2 ]" sh <items'
    complains 'progress.sh: some items were given up: dead-letters.sh job'
    is "$(grep -c 'sh failed with status 1 ' job.log)" 1
    is "$(wq-list --dead job | cut -f 7)" 2
}

@test "workers that cannot work end it, with their status and the items kept" {
    seq 3 >items
    answers 127 sh -c '"$PROGRESS" job 2 no-such-command <items'
    complains 'progress.sh: the workers ended before the work was done: see job.log'
    is "$(wq-list --ready job | cut -f 7)" "$(seq 3)"
}

@test "SIGTERM: the items in hand are finished, the rest goes on another time" {
    seq 5 >items
    spawn progress sh -c 'exec "$PROGRESS" job 2 sh -c "touch begun-\$1; until [ -e go ]; do sleep 0.02; done; echo \$1" sh <items'
    eventually 10 test -e begun-1
    eventually 10 test -e begun-2
    kill -TERM "$PID"
    touch go
    ends 143 "$PID"
    is "$(sort job.log)" $'1\n2'
    is "$(held job)" $'3\n4\n5'
    is "$(<progress.err)" ''
    answers 0 "$PROGRESS" job 2 echo </dev/null
    is "$(sort job.log)" "$(seq 5)"
}

@test "Ctrl-C stops it in the same way" {
    seq 5 >items
    spawn progress env --default-signal=INT setsid \
        sh -c 'exec "$PROGRESS" job 1 sh -c "touch begun; until [ -e go ]; do sleep 0.02; done; echo \$1" sh <items'
    eventually 10 test -e begun
    kill -INT -- "-$PID"
    touch go
    ends 130 "$PID"
    is "$(<job.log)" 1
    is "$(held job)" "$(seq 2 5)"
}

@test "an unreachable Redis is 69; usage" {
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$PROGRESS" job 2 true </dev/null
    says
    for operands in '' 'job 2' 'job two true' 'job 0 true'; do
        # shellcheck disable=SC2086 # words
        answers 64 "$PROGRESS" $operands
        complains 'usage: progress.sh QUEUE WORKERS COMMAND *'
    done
}
