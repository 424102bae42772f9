#!/usr/bin/env bats
# What lies in Redis, key by key, as the design has it: other clients and redis-cli users rely on it.

load helper

# kinds QUEUE: its keys with their types, sorted; pushes have random names.
kinds() {
    r keys "$1*" | while read -r key; do
        printf '%s %s\n' "$key" "$(r type "$key")"
    done | sed 's/:push:.*/:push:ID string/' | sort
}

# record QUEUE ATTEMPT ITEM: is there one, with the owner and the time set?
record() {
    r hvals "$1:items" | grep -qP "^$2\t[^\t]+\t[0-9]{13}\t[^\t]*\t$3\$" || fail "$(r hgetall "$1:items")"
}

@test "pushed items are the list and nothing else is in it" {
    wq-push job apple banana
    is "$(r lrange job 0 -1)" $'banana\napple'
    is "$(kinds job | grep -v :push:)" $'job list\njob:config hash\njob:stats hash'
    [ -n "$(r hget job:config format)" ]
    is "$(r hget job:stats pushed)" 2
}

@test "what a push leaves for its repetition expires" {
    wq-push job apple
    r keys 'job:push:*' | while read -r key; do
        [ "$(r ttl "$key")" -gt 0 ] || fail "$key stays for ever"
    done
}

@test "a lease is a record, a deadline in ms, a count, and the guard" {
    WQ_OWNER=me wq-push job apple
    WQ_OWNER=me wq-lease -l 10s job
    lease=$(cut -f1 < <(r zrange job:leased 0 -1))
    is "$(kinds job | grep -v :push:)" "job:config hash
job:items hash
job:leased zset
job:leased_by_session:$(printf wq:busy | sha224sum | cut -d' ' -f1) string
job:processing list
job:seq string
job:stats hash"
    record job 1 apple
    is "$(r hget job:items "$lease" | cut -f1,2,5)" "1${TAB}me${TAB}apple"
    is "$(r get job:seq)" 1
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r ttl "$(lease_key job wq:busy)")" -1

    # Both times are the clock of Redis, in ms.
    now=$(r time | paste -sd' ' | awk '{ printf "%.0f", $1 * 1000 + $2 / 1000 }')
    since=$(r hget job:items "$lease" | cut -f3)
    deadline=$(r zscore job:leased "$lease")
    is $((deadline - since)) 10000
    [ "$since" -le "$now" ] && [ "$since" -gt $((now - 8000)) ]
}

@test "the guard stays until the last lease has gone" {
    wq-push job apple banana
    first=$(lease job)
    second=$(lease job)
    is "$(r lrange job:processing 0 -1)" wq:busy
    wq-complete job "$first"
    is "$(r lrange job:processing 0 -1)" wq:busy
    is "$(r exists "$(lease_key job wq:busy)")" 1
    wq-complete job "$second"
    is "$(r exists job:processing "$(lease_key job wq:busy)")" 0
}

@test "the guard is set again with the next lease" {
    wq-push job apple banana
    wq-complete job "$(lease job)"
    wq-lease job
    is "$(r lrange job:processing 0 -1)" wq:busy
}

@test "the guard does not disturb what rediswq clients hold" {
    r rpush job:processing kiwi
    wq-push job apple
    lease=$(lease job)
    is "$(r lrange job:processing 0 -1 | sort)" $'kiwi\nwq:busy'
    wq-complete job "$lease"
    is "$(r lrange job:processing 0 -1)" kiwi
}

@test "an item of a rediswq client that reads like the guard stays, even if the guard is gone" {
    wq-push -q job apple pear
    first=$(lease job)
    second=$(lease job)
    r del job:processing
    r lpush job:processing kiwi wq:busy
    wq-complete job "$first"
    wq-release job "$second"
    is "$(r lrange job:processing 0 -1)" $'wq:busy\nkiwi'
}

@test "a drained queue keeps its settings and its counters and no more" {
    r hset job:config max-attempts 3
    wq-push job apple banana
    wq-lease -l 5ms job
    wq-lease job | wq-complete job -
    wq-lease -w job | wq-complete job -
    is "$(kinds job | grep -v -e :push: -e :lost -e :calls)" $'job:config hash\njob:seq string\njob:stats hash'
    is "$(r hget job:stats pushed),$(r hget job:stats completed)" 2,2
}

@test "a delayed item keeps its record and the guard, its due time is later" {
    printf 'two\nlines\0' | wq-push -0q job
    wq-lease job || is $? 65
    is "$(r zcard job:delayed),$(r zcard job:leased),$(r hlen job:items)" 1,0,1
    due=$(r zrange job:delayed 0 0 withscores | tail -n 1)
    [ "$due" -gt $(($(date +%s%3N) + 2000)) ] && [ "$due" -le $(($(date +%s%3N) + 10000)) ]
    is "$(r lrange job:processing 0 -1)" wq:busy
}

@test "a dead item keeps its record with the reason, and no guard" {
    r hset job:config max-attempts 1
    wq-push job apple
    wq-lease -l 5ms job
    eventually 5 answers 3 wq-lease job
    is "$(r zcard job:dead),$(r hlen job:items),$(r exists job:attempts job:leased job:processing)" 1,1,0
    record job 1 apple
    died=$(r zrange job:dead 0 0 withscores | tail -n 1)
    [ "$died" -gt $(($(date +%s%3N) - 8000)) ] && [ "$died" -le "$(date +%s%3N)" ]
}

@test "failed attempts are kept by a digest of the item, so that any bytes will do" {
    head -c 100000 /dev/zero | wq-push -q --whole job
    wq-lease --json job | jq -r .lease | wq-release --delay 0 job -
    is "$(r hvals job:attempts)" 1
    [ "$(r hkeys job:attempts | wc -c)" -lt 100 ]
}

@test "leases that were lost are remembered, a bounded number of them" {
    r eval "for i = 1, 50000 do redis.call('zadd', KEYS[1], i, i .. '.0123456789ab') end" 1 job:lost
    wq-push job apple
    lease=$(lease job -l 5ms)
    eventually 5 yields "requeued${TAB}1" wq-reap job
    [ "$(r zcard job:lost)" -lt 50000 ]
    is "$(r zrange job:lost -1 -1)" "$lease"
}

@test "the counters add up" {
    r hset job:config max-attempts 2
    seq 20 | wq-push -q job
    # They end within two ms, and are reaped together.
    wq-lease -n 5 -l 5ms job
    sleep 0.02
    is "$(wq-reap job)" "requeued${TAB}5"
    # Each of them has one attempt left, and so is given alone.
    is "$(wq-lease -n 5 -l 5ms job | wc -l)" 1
    sleep 0.02
    is "$(wq-reap job)" "dead${TAB}1"
    wq-lease -n 4 job | wq-complete job -
    wq-lease -n 3 job
    is "$(r hget job:stats pushed)" 20
    is "$(r hget job:stats completed)" 1
    is "$(r zcard job:suspects)" 2
    answers 0 wq-stat --audit job
    is $(($(r llen job) + $(r zcard job:leased) + $(r zcard job:suspects) + $(r zcard job:dead) + 1)) 20
}

# What the queue is, to compare.
everything() {
    r lrange job 0 -1
    r hgetall job:items
    r zrange job:leased 0 -1 withscores
    r hgetall job:stats
    r hgetall job:config
    r keys '*' | sort
}

@test "a program that does not know the queue's format leaves it alone, 78" {
    wq-push job apple banana
    lease=$(lease job)
    r hset job:config format 99
    before=$(everything)
    leaves_alone() {
        answers 78 "$@"
        complains "$1: *format*99*"
    }
    for program in $PROGRAMS; do
        arguments "$program" job
        leaves_alone "$program" "${ARGUMENTS[@]}"
    done
    leaves_alone wq-lease -w job
    leaves_alone wq-complete job "$lease"
    leaves_alone wq-release job "$lease"
    leaves_alone wq-renew job "$lease"
    leaves_alone wq-purge --force job
    leaves_alone wq-config job paused=yes
    leaves_alone wq-retry job "$lease"
    for option in --json --prometheus --totals --audit; do leaves_alone wq-stat "$option" job; done
    leaves_alone wq-push --delay 1s job cherry
    leaves_alone wq-push --front --seal job cherry
    is "$(everything)" "$before"
}

@test "wq-lease on a list that redis-cli made sets the format" {
    r rpush job apple
    wq-lease job
    [ -n "$(r hget job:config format)" ]
}
