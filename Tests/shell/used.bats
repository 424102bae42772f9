#!/usr/bin/env bats
# "Drained" is told only of a queue that was used, and that is still the one that a program saw before: else it is 66.

load helper
load more

setup() {
    make_box
    start_redis
}

# unknown COMMAND...: it ends with 66, since nothing was ever pushed.
unknown() {
    answers 66 "$@"
    says
    complains "$1: nothing was ever pushed to nosuch*"
}

@test "a queue that was never used is not drained, but unknown" {
    unknown wq-work nosuch true
    unknown wq-work -j 4 --prefetch 4 nosuch true
    unknown wq-work --until-idle 100ms nosuch true
    unknown wq-lease nosuch
    unknown wq-lease -n 5 nosuch
    unknown wq-lease --until-drained nosuch
    answers 66 wq-stat -q --watch --until-drained nosuch
    complains 'wq-stat: nothing was ever pushed to nosuch*'
    is "$(r dbsize)" 0
}

@test "a setting alone is no use of a queue" {
    wq-config nosuch max-attempts=3
    unknown wq-work nosuch true
    unknown wq-lease nosuch
}

@test "who waits for whatever comes waits for a queue that never was, too" {
    unknown wq-lease -t 100ms nosuch
    spawn forever wq-work --forever nosuch echo
    spawn lease wq-lease -w another
    wq-push nosuch apple
    wq-push another pear
    eventually 5 grep -q apple "$BOX/forever.out"
    eventually 5 grep -q pear "$BOX/lease.out"
}

@test "a push of no items, a delayed one, and redis-cli's rpush are use" {
    wq-push -q one </dev/null
    answers 3 wq-lease one
    r rpush two apple
    answers 0 wq-work two true
    answers 3 wq-lease two
    answers 0 wq-work two true
    wq-push -q --delay 1ms three apple
    answers 0 wq-work three true
    answers 0 wq-stat -q --watch --until-drained three
}

@test "a push that a sealed queue refuses is no use of it, even if its items come late" {
    wq-config nosuch sealed=yes
    feeds nosuch
    eventually 5 yields 1 r zcard nosuch:producers
    answers 1 wq-lease -t 100ms nosuch
    echo apple >&9
    end_feed
    ends 1 "$PUSH"
    answers 1 wq-push nosuch apple
    complains 'wq-push: nosuch is sealed*'
    unknown wq-lease nosuch
}

# under_way COMMAND...: the queue has five items, a worker is at work on the first, and the command is run meanwhile.
under_way() {
    wq-push -q job 1 2 3 4 5
    # shellcheck disable=SC2016 # the command expands it
    spawn work wq-work job sh -c 'touch "$1/up"; while [ ! -e "$1/on" ]; do sleep .01; done; echo "done $2"' sh "$BOX"
    eventually 5 test -e "$BOX/up"
    "$@"
    touch "$BOX/on"
    wait "$PID" && status=0 || status=$?
}

# noticed: the worker finished what it had begun, and ended with 66 and the reason.
noticed() {
    is "$status" 66
    is "$(grep -c '^done' "$BOX/work.out")" 1
    matches "$(cat "$BOX/work.err")" "*wq-work: the queue job is gone: *"
}

@test "a worker whose queue is gone says so: FLUSHALL" {
    under_way r flushall
    noticed
}

@test "a worker whose queue is gone says so: SWAPDB" {
    under_way r swapdb 0 1
    noticed
}

@test "a worker whose queue is gone says so: wq-purge --force" {
    under_way wq-purge --force job
    noticed
}

@test "a worker whose queue is gone says so, also if there is another one of that name" {
    again() { r flushall && wq-push -q job new; }
    under_way again
    noticed
    # The other queue's item was not touched.
    is "$(reads job)" new
}

# As if nothing had been leased yet.
rolls_back() {
    r hset job:stats leased 0 >/dev/null
    r del job job:leased job:items >/dev/null
}

@test "a worker notices that Redis went back to older data" {
    wq-push -q job 0
    lease=$(lease job)
    r save >/dev/null
    under_way rolls_back
    is "$status" 66
    matches "$(cat "$BOX/work.err")" '*older data of the queue job*'
    [ -n "$lease" ]
}

@test "who waits until a queue is drained notices that it is gone" {
    wq-push -q job apple
    lease job
    spawn until wq-lease --until-drained job
    until=$PID
    spawn watch wq-stat --watch -i 50ms --until-drained job
    watch=$PID
    eventually 5 test -s "$BOX/watch.out"
    r flushall
    wait "$until" && status=0 || status=$?
    is "$status" 66
    matches "$(cat "$BOX/until.err")" 'wq-lease: the queue job is gone: *'
    wait "$watch" && status=0 || status=$?
    is "$status" 66
    matches "$(cat "$BOX/watch.err")" 'wq-stat: the queue job is gone: *'
}

@test "a queue that is used again and again stays the same one" {
    for _ in 1 2 3; do
        wq-push -q job apple
        answers 0 wq-work job true
        answers 3 wq-lease --until-drained job
    done
    epoch=$(r hget job:config epoch)
    fits "$epoch" '^[0-9a-f]+$'
    wq-purge job
    wq-push -q job apple
    lacks "$(r hget job:config epoch)" "$epoch"
}

@test "--strict: a queue that is drained, but for dead items, is no success" {
    wq-config job max-attempts=1
    wq-push -q job bad
    answers 4 wq-work --strict -q job false
    answers 4 wq-work --strict job true
    answers 4 wq-work --strict --max-items 1 job true
    answers 4 wq-lease --strict job
    answers 4 wq-lease --strict --until-drained job
    answers 4 wq-stat -q --watch --until-drained --strict job
    answers 0 wq-work job true
    answers 3 wq-lease job
    answers 0 wq-stat -q --watch --until-drained job
    wq-retry -q --all job
    answers 0 wq-work --strict job true
    answers 3 wq-lease --strict job
    answers 64 wq-stat --strict job
}

# goes_while COMMAND...: the queue's only item is leased, the command waits for another, and then the queue is another one.
goes_while() {
    wq-push -q job apple
    lease job
    spawn waiter "$@"
    eventually 5 blocked 1
    "${GO[@]}"
    wq-push -q job </dev/null
    wait "$PID" && status=0 || status=$?
    is "$status" 66
    matches "$(tail -n 1 "$BOX/waiter.err")" "$1: *queue job*"
    wq-purge job
}

@test "who waits for a time does not find a queue drained that is another one by then" {
    for go in 'r flushall' 'wq-purge --force job' rolls_back; do
        read -ra GO <<<"$go"
        goes_while wq-lease -t 1s job
        goes_while wq-lease --strict -t 1s job
    done
}

@test "who works for ever, but ends, does not call it a success if the queue was gone meanwhile" {
    # shellcheck disable=SC2034
    GO=(r flushall)
    goes_while wq-work --forever --max-time-total 1s job true
    goes_while wq-work --strict --forever --until-idle 1s job true
    grep -q '^wq-work: the queue job is gone' "$BOX/waiter.err"
    wq-push -q job 1 2 3
    # shellcheck disable=SC2016 # the command expands it
    answers 66 wq-work --forever --max-items 1 job sh -c 'redis-cli -s "$1" flushall; wq-push -q job </dev/null' x "$SOCKET"
}
