#!/usr/bin/env bats
# wq-push that was held up: what Redis has forgotten meanwhile, and whether the queue was held open.

load helper
load more

# fed ITEM N: the push was given it, and that many items are in the queue then.
fed() {
    echo "$1" >&9
    eventually 5 yields "$2" r llen job
}

# forgets: Redis has no memory of any push to the queue.
forgets() {
    r --scan --pattern 'job:push:*' | xargs redis-cli -s "$SOCKET" del >/dev/null
}

# accuses_nobody: what the push said does not say that Redis lost items.
accuses_nobody() {
    lacks "$(<"$BOX/push.err")" '*lost items*'
    lacks "$(<"$BOX/push.err")" '*purged*'
}

## The memory of a push.

@test "a push whose memory was evicted says so, what is in, and what is not: 75" {
    for options in '' '--id night'; do
        feeds "$options" job
        fed apple 1
        fed banana 2
        forgets
        echo cherry >&9
        ends 75 "$PUSH"
        end_feed
        matches "$(<"$BOX/push.err")" \
            'wq-push: Redis has forgotten this push, and not the queue *the first 2 items are in*others are not*2 items had*'
        accuses_nobody
        is "$(items job)" $'apple\nbanana'
        is "$(r exists job:producers)" 0
        wq-purge job
    done
}

@test "many items under way: what was not confirmed was not added" {
    feeds job
    fed 1 1
    seq 2 1000 >&9
    eventually 5 yields 1000 r llen job
    forgets
    # It does not read all of it.
    seq 1001 9000 >&9 || [ $? -eq 141 ]
    ends 75 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" '*the first 1000 items are in*'
    is "$(r llen job)" 1000
}

@test "a push that cannot know what was added says which items are in doubt: 69" {
    # The answer that three items have been added.
    proxy hold 1 "$BOX/never" $'pushed\r\n:3'
    feeds -u "unix://$BOX/p" job
    fed 1 1
    seq 2 3 >&9
    eventually 5 grep -q held "$BOX/proxy.out"
    is "$(items job)" "$(seq 3)"
    forgets
    slay "$PROXY"
    proxy count
    ends 69 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" '*forgotten*not known whether items 2 to 3 were*the first 1 item is in*count*'
    accuses_nobody
}

@test "a push whose queue is gone, or older than before, says that" {
    keep_on_disk
    feeds job
    fed apple 1
    mkdir "$BOX/old"
    cp -r "$BOX"/appendonly* "$BOX/old"
    fed banana 2
    slay "$REDIS"
    rm -r "$BOX"/appendonly*
    cp -r "$BOX/old/"* "$BOX"
    start_redis --appendonly yes 9>&-
    echo cherry >&9
    ends 75 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" '*lost items*older data of job*it has the first 1;*'
    feeds job
    fed date 2
    r flushall
    echo elder >&9
    ends 75 "$PUSH"
    end_feed
    matches "$(<"$BOX/push.err")" '*the queue job is gone*Redis lost its data*'
}

@test "a push is remembered while it goes on; when it is over, for as long as it may be repeated" {
    feeds job
    fed apple 1
    between 604000 "$(r ttl "$(r keys 'job:push:*')")" 604800
    end_feed
    ends 0 "$PUSH"
    between 200 "$(r ttl "$(r keys 'job:push:*')")" 300
    r flushall
    WQ_CONNECT_TIMEOUT=1h wq-push -q job apple
    between 21000 "$(r ttl "$(r keys 'job:push:*')")" 23000
}

## The hold.

# lapses: the thirty seconds of the push are over.
lapses() {
    r zadd job:producers xx "$(($(now) + ${1--1}))" "$(r zrange job:producers 0 0)" >/dev/null
}

# later THAN: in us since 1970.
later() {
    [ "${EPOCHREALTIME//[!0-9]/}" -gt "$1" ]
}

@test "a push that was stopped for longer than it holds the queue open says that workers may be gone: 0" {
    feeds job
    fed apple 1
    kill -STOP "$PUSH"
    lapses
    is "$(reads job)" apple
    answers 3 wq-lease --until-drained job
    kill -CONT "$PUSH"
    fed banana 1
    eventually 5 grep -q 'wq-push: warning: job was not held open for a while' "$BOX/push.err"
    fed cherry 2
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.out"),$(grep -c . "$BOX/push.err")" 3,1
}

@test "that is said of the last batch, too, and of many items beside the script" {
    feeds job
    fed 1 1
    seq 2 1000 >&9
    eventually 5 yields 1000 r llen job
    kill -STOP "$PUSH"
    lapses
    kill -CONT "$PUSH"
    seq 1001 5000 >&9
    end_feed
    ends 0 "$PUSH"
    is "$(grep -c 'not held open' "$BOX/push.err"),$(<"$BOX/push.out")" 1,5000
    feeds job
    fed last 5001
    kill -STOP "$PUSH"
    lapses
    kill -CONT "$PUSH"
    end_feed
    ends 0 "$PUSH"
    is "$(grep -c 'not held open' "$BOX/push.err"),$(<"$BOX/push.out")" 1,1
}

# outage HOLD AWAY WORKER: Redis is killed, and away until AWAY ms are over, while a producer that is stopped holds the queue
# open for HOLD ms more. The worker, and one that comes meanwhile, wait for it all the same.
outage() {
    local worker late begun
    local -x WQ_CONNECT_TIMEOUT=60s
    feeds job
    eventually 5 yields 1 r zcard job:producers
    # shellcheck disable=SC2086 # it is a command
    spawn worker $3 9>&-
    worker=$PID
    eventually 5 blocked 1
    kill -STOP "$PUSH"
    begun=${EPOCHREALTIME//[!0-9]/}
    lapses "$1"
    slay "$REDIS"
    spawn late wq-lease --until-drained job 9>&-
    late=$PID
    eventually 5 later $((begun + $2 * 1000))
    start_redis --appendonly yes 9>&-
    eventually 5 blocked 2
    eventually 9 later $((begun + $1 * 1000 + 300000))
    eventually 5 blocked 2
    kill -CONT "$PUSH"
    printf 'apple\nbanana\n' >&9
    eventually 10 yields 0 r llen job
    end_feed
    ends 0 "$PUSH"
    is "$(<"$BOX/push.err")" ''
    # The worker may have taken both.
    eventually 10 gone "$late"
    [ ! -s "$BOX/late.out" ] || wq-complete job "$(cut -f1 "$BOX/late.out")"
    ends 0 "$worker"
    is "$(cat "$BOX/worker.out" "$BOX/late.out" | grep -Eo 'apple|banana' | sort)" $'apple\nbanana'
    wq-purge --force job
}

@test "after an outage, a worker that is back before its producer does not find the queue drained" {
    keep_on_disk
    for worker in 'wq-lease --until-drained job' 'wq-work job echo'; do
        outage 1500 1600 "$worker"
    done
}

@test "... nor if the producer's hold ends just after it" {
    keep_on_disk
    for worker in 'wq-lease --until-drained job' 'wq-work job echo'; do
        outage 4000 100 "$worker"
    done
}

@test "a producer that was killed before the outage does not keep a worker for longer than a hold" {
    keep_on_disk
    feeds job
    eventually 5 yields 1 r zcard job:producers
    slay "$PUSH"
    end_feed
    spawn worker wq-lease --until-drained job
    worker=$PID
    eventually 5 blocked 1
    # The worker does not look at the queue between that and the outage.
    lapses 300
    slay "$REDIS"
    start_redis --appendonly yes
    eventually 10 blocked 1
    lapses
    ends 3 "$worker"
}

@test "after an outage, those who wait for the end do not come before the producer either" {
    local -x WQ_CONNECT_TIMEOUT=60s
    keep_on_disk
    feeds job
    eventually 5 yields 1 r zcard job:producers
    spawn empty wq-empty --wait job 9>&-
    empty=$PID
    spawn stat wq-stat --watch -i 50ms --until-drained job 9>&-
    stat=$PID
    kill -STOP "$PUSH"
    eventually 5 grep -q . "$BOX/stat.out"
    slay "$REDIS"
    start_redis --appendonly yes 9>&-
    lapses
    seen=$(grep -c . "$BOX/stat.out")
    shown() { [ "$(grep -c . "$BOX/stat.out")" -gt $((seen + 20)) ]; }
    eventually 10 shown
    kill -0 "$empty" "$stat"
    kill -CONT "$PUSH"
    end_feed
    ends 0 "$PUSH"
    ends 0 "$empty"
    ends 0 "$stat"
}
