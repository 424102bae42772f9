#!/usr/bin/env bats
# A Redis that cannot do as asked, and keys that are not what they should be: each has its number,
# and whatever happens, no item is lost and none is doubled.

load helper

KEYS='job:items job:leased job:delayed job:suspects job:dead job:attempts job:producers job:config job:stats job:seq
    job:lost job:known job:calls job:processing job:arriving'

# spoil KEY: makes it a key of the wrong type; fails if it exists.
spoil() {
    [ "$(r exists "$1")" = 0 ] || return 1
    case $1 in
        job:seq) r rpush "$1" spoiled ;;
        *) r set "$1" spoiled ;;
    esac >/dev/null
}

# tries COMMAND...: it does its work, or names bad data (65, or 76 if Redis knew no better) and prints nothing.
tries() {
    DONE=yes
    "$@" >"$BOX/out" 2>"$BOX/err" || {
        status=$?
        [ "$status" = 76 ] || is "$status" 65
        DONE=no
        says
        complains "$1: *"
    }
}

@test "a queue that is not a list is 65 for every program, and stays what it was" {
    r set job precious
    answers 65 wq-push job apple
    complains 'wq-push: *job*'
    answers 65 wq-lease job
    complains 'wq-lease: *job*'
    answers 65 wq-lease -w job
    answers 65 wq-empty job
    complains 'wq-empty: *job*'
    is "$(r get job)" precious
}

@test "wq-push with any key of the wrong type pushes once, or says 65 and pushes nothing" {
    for key in $KEYS; do
        for options in -q '-q --once 1h'; do
            r flushall >/dev/null
            spoil "$key"
            # shellcheck disable=SC2086 # words
            tries wq-push $options job apple
            [ "$DONE" = yes ] || is "$(r llen job)" 0
            r del "$key" >/dev/null
            # shellcheck disable=SC2086 # words
            [ "$DONE" = yes ] || wq-push $options job apple
            is "$key $(r lrange job 0 -1)" "$key apple"
        done
    done
}

@test "wq-push --delay with any key of the wrong type pushes once, or says 65, and the counts agree" {
    for key in $KEYS; do
        r flushall >/dev/null
        spoil "$key"
        tries wq-push --delay 1h job apple
        r del "$key" >/dev/null
        [ "$DONE" = yes ] || wq-push -q --delay 1h job apple
        is "$key $(r zcard job:delayed)" "$key 1"
        is "$key $(wq-stat --audit job | tail -n 1)" "$key difference${TAB}0"
    done
}

@test "wq-lease with any key of the wrong type leases, or says 65 and the item stays" {
    for key in $KEYS; do
        r flushall >/dev/null
        r rpush job apple >/dev/null
        spoil "$key"
        tries wq-lease job
        case $key in
            job:items | job:leased | job:config | job:seq | job:processing) is "$key $DONE" "$key no" ;;
        esac
        [ "$DONE" = yes ] || is "$(r lrange job 0 -1)" apple
        r del "$key" >/dev/null
        [ "$DONE" = yes ] || wq-lease job >"$BOX/out"
        is "$(cut -f2 "$BOX/out")" apple
        is "$(held job)" apple
        wq-complete job - <"$BOX/out"
        answers 0 wq-empty job
    done
}

@test "a waiter that cannot lease what arrives loses nothing" {
    for key in $KEYS; do
        r flushall >/dev/null
        spawn wait wq-lease -t 5s job
        eventually 5 blocked 1
        r eval "redis.call('del', KEYS[1])
            if KEYS[1] == 'job:seq' then redis.call('rpush', KEYS[1], 'x') else redis.call('set', KEYS[1], 'x') end
            redis.call('lpush', 'job', 'apple')" 1 "$key" >/dev/null
        eventually 10 gone "$PID"
        wait "$PID" || is $? 65
        r del "$key" >/dev/null
        # Without a lease it is where it was, or has arrived and will be healed.
        is "$(held job)" apple
    done
}

@test "wq-complete with any key of the wrong type completes, or says 65 and can be repeated" {
    for key in $KEYS $KEYS; do
        r flushall >/dev/null
        # The second time with marks.
        if [ "$key" = job:items ]; then marks=${marks+--once 1h}; fi
        # shellcheck disable=SC2086 # words
        wq-push -q $marks job apple
        lease=$(lease job)
        if ! spoil "$key"; then
            r rename "$key" aside >/dev/null
            spoil "$key"
        fi
        tries wq-complete job "$lease"
        r del "$key" >/dev/null
        [ "$(r exists aside)" = 0 ] || r rename aside "$key" >/dev/null
        [ "$DONE" = yes ] || answers 0 wq-complete job "$lease"
        answers 3 wq-lease job
        is "$(r exists job:items job:leased)" 0
    done
}

@test "wq-reap with any key of the wrong type returns the item, or says 65 and can be repeated" {
    for key in $KEYS; do
        r flushall >/dev/null
        r rpush job apple >/dev/null
        wq-lease -l 1ms job >/dev/null
        if ! spoil "$key"; then
            r rename "$key" aside >/dev/null
            spoil "$key"
        fi
        # By then the millisecond is over.
        sleep 0.003
        tries wq-reap --orphan-after 10ms job
        r del "$key" >/dev/null
        [ "$(r exists aside)" = 0 ] || r rename aside "$key" >/dev/null
        is "$(held job)" apple
        is "$(reads job -t 5s)" apple
        answers 0 wq-empty job
    done
}

@test "a counter that is no number loses nothing" {
    r rpush job apple
    r set job:seq many
    tries wq-lease job
    is "$DONE" no
    is "$(r lrange job 0 -1)" apple
    r del job:seq
    r hset job:stats completed many leased many pushed many
    tries wq-push job banana
    tries wq-lease -n 2 job
    r hdel job:stats completed leased pushed
    [ "$DONE" = yes ] || wq-lease -n 2 job >"$BOX/out"
    grep -q apple "$BOX/out"
    grep -q apple < <(held job)
}

@test "a record that someone damaged does not keep others from being served" {
    r rpush job apple
    wq-lease -l 1ms job
    r hset job:items "$(r hkeys job:items)" garbage
    wq-push -q job banana
    answers 0 wq-lease -n 2 -t 1s job
    grep -q banana "$BOX/out"
}

@test "a Redis that is out of memory takes no items, 75, but can be drained" {
    wq-push job apple banana
    r config set maxmemory 1
    answers 75 wq-push job cherry
    says
    complains 'wq-push: *memory*'
    answers 1 wq-empty job
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" apple
    answers 0 wq-complete job "$(cut -f1 "$BOX/out")"
    answers 0 wq-lease -l 1ms job
    eventually 5 yields "requeued${TAB}1" wq-reap job
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" banana
    answers 0 wq-complete job "$(cut -f1 "$BOX/out")"
    answers 0 wq-empty job
    is "$(r hget job:stats completed)" 2
}

@test "a waiter on a Redis that is out of memory is 75, or waits, and loses nothing" {
    wq-push job apple
    lease=$(lease job)
    r config set maxmemory 1
    wq-lease -t 200ms job || [[ $? == 1 || $? == 75 ]]
    is "$(held job)" apple
    answers 0 wq-complete job "$lease"
}

@test "a replica is 75" {
    wq-push job apple
    lease=$(lease job)
    r replicaof 127.0.0.1 1
    answers 75 wq-push job banana
    says
    complains 'wq-push: *replica*'
    answers 75 wq-lease job
    answers 75 wq-lease -w job
    # What it knows may be old: it must not say that all is done.
    answers 75 wq-lease other
    answers 75 wq-complete job "$lease"
    r config set replica-serve-stale-data no
    answers 75 wq-empty job
    answers 75 wq-reap job
    r replicaof no one
    answers 0 wq-complete job "$lease"
}

@test "a server that wants more replicas first is 75" {
    ! older 7.0 || skip 'it does not mind what scripts do'
    wq-push job apple
    r config set min-replicas-to-write 1
    answers 75 wq-push job banana
    answers 75 wq-lease job
    r config set min-replicas-to-write 0
    is "$(reads job)" apple
}

# pings WORD: the server answers with this kind of error.
pings() {
    r ping 2>&1 | grep -q "^$1"
}

@test "a busy server is 75" {
    r config set lua-time-limit 20
    spawn busy redis-cli -s "$SOCKET" eval 'while true do end' 0
    eventually 5 pings BUSY
    is_busy() {
        WQ_CONNECT_TIMEOUT=50ms answers 75 "$@"
        says
        complains "$1: *"
    }
    each is_busy
    r script kill
}

@test "a server that is loading is 75, or is waited for" {
    # It answers after every two megabytes.
    r config set rdbcompression no
    seq 20 | sed 's/.*/setrange key& 1000000 x/' | r >/dev/null
    wq-push job apple
    r save
    slay "$REDIS"
    launch_redis --save 3600 1 --key-load-delay 100000
    eventually 5 pings LOADING
    WQ_CONNECT_TIMEOUT=100ms answers 75 wq-lease job
    says
    complains 'wq-lease: *loading*'
    WQ_CONNECT_TIMEOUT=100ms answers 75 wq-push job banana
    # It goes on as soon as the data are there.
    eventually 20 answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" apple
}

@test "a server that wants a password is 77" {
    r config set requirepass secret
    for program in wq-lease wq-empty wq-reap; do
        answers 77 "$program" job
        says
        complains "$program: *"
    done
    answers 77 wq-push job apple
    answers 77 wq-complete job 1.0123456789ab
}

@test "a user who may not is 77" {
    r acl setuser default -@scripting
    answers 77 wq-lease job
    complains 'wq-lease: *'
    answers 77 wq-push job apple
    answers 77 wq-empty job
}
