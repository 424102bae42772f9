#!/usr/bin/env bats
# wq-purge: a queue removed, all of it and nothing else.

load helper
load more

# fill_keys QUEUE: every key that a queue can have.
fill_keys() {
    dead "$1" durian
    wq-push -q --id night --delay 1h "$1" cherry
    wq-push -q "$1" apple banana fig
    wq-push -q --unique "$1" grape
    local one
    one=$(lease "$1")
    lapsed "$1" >/dev/null
    wq-reap -q "$1"
    wq-release --delay 0 "$1" "$one"
    wq-config "$1" max-attempts=7
    r lpush "$1:arriving" avocado >/dev/null
    r zadd "$1:producers" "$(($(now) + 60000))" someone >/dev/null
}

# fingerprint: every key that is there, with its content.
fingerprint() {
    r eval "local out = {}
        for _, key in ipairs(redis.call('keys', '*')) do
            out[#out + 1] = key .. ' ' .. redis.sha1hex(redis.call('dump', key))
        end
        table.sort(out)
        return out" 0
}

@test "all keys of the queue go, in silence" {
    fill_keys job
    for key in job job:arriving job:items job:delayed job:suspects job:dead job:attempts job:producers job:config job:stats \
        job:seq job:lost job:known job:calls job:push:night job:processing; do
        is "$key $(r exists "$key")" "$key 1"
    done
    answers 0 wq-purge job
    silent
    is "$(r keys '*')" ''
}

@test "a queue that never was is purged already" {
    answers 0 wq-purge job
    silent
}

@test "while a lease is live it refuses, 1, says how many, and removes nothing" {
    fill_keys job
    lease=$(lease job)
    answers 1 wq-purge job
    says
    complains 'wq-purge: job has 1 live lease:*--force*'
    lease job
    answers 1 wq-purge job
    complains 'wq-purge: job has 2 live leases:*--force*'
    wq-complete job "$(r zrange job:leased 1 1)"
    wq-release --no-charge job "$lease"
    answers 0 wq-purge job
    is "$(r keys '*')" ''
}

@test "a refusal changes not a byte" {
    fill_keys job
    lease job
    fingerprint >"$BOX/before"
    answers 1 wq-purge job
    answers 1 wq-purge job
    says
    fingerprint | cmp "$BOX/before" -
}

@test "leases that ran out do not count" {
    wq-push -q job apple
    lapsed job
    answers 0 wq-purge job
    is "$(r keys '*')" ''
}

@test "what a rediswq client holds counts, and goes with --force" {
    r lpush job:processing kiwi
    r set "$(lease_key job kiwi)" session
    answers 1 wq-purge job
    complains 'wq-purge: job has 1 live lease:*'
    answers 0 wq-purge --force job
    silent
    is "$(r keys '*')" ''
}

@test "--force: the holders learn that their leases are gone" {
    fill_keys job
    lease=$(lease job)
    answers 0 wq-purge --force job
    silent
    is "$(r keys '*')" ''
    answers 1 wq-complete job "$lease"
    says "unknown${TAB}$lease"
    answers 1 wq-renew job "$lease" -- true
    is "$(r keys '*')" ''
}

@test "a queue of the same name can be filled at once again" {
    fill_keys job
    wq-purge job
    wq-push -q job apple
    eval "$(wq-lease --sh job)"
    is "$WQ_ITEM,$WQ_ATTEMPT" apple,1
    wq-complete job "$WQ_LEASE"
    is "$(wq-config job | grep -c default)" 10
    answers 0 wq-stat --audit job
}

@test "a rerun of a push starts afresh after the purge" {
    wq-push -q --id night job apple
    wq-purge job
    answers 0 wq-push --id night job apple
    says 1
}

@test "queues and keys beside it stay, to the byte" {
    for name in job22 job2:x 'job' 'xjob2' '{job2}' '{job2}:x' 'Job2' 'job2 ' 'job2*'; do
        fill_keys "$name"
    done
    for key in job2: job2:push job2:pushed:x job2:other job2:leased_by_session x:job2:push:y; do
        r set "$key" precious >/dev/null
    done
    fingerprint >"$BOX/before"
    fill_keys job2
    r set "$(lease_key job2 kiwi)" session
    answers 0 wq-purge job2
    fingerprint | cmp "$BOX/before" -
}

@test "a name is no pattern" {
    for name in 'j?b' '*' '[job]' 'j\ob' '\*' '^a-z]' 'job*' $'j\xffb'; do
        r flushall >/dev/null
        for key in job jxb job22 x:j 'j?b:pus' job:push job:pushy j:push:night; do
            r set "$key" precious >/dev/null
        done
        fingerprint >"$BOX/before"
        wq-push -q --id '*' "$name" apple
        wq-push -q --id 'night' "$name" banana
        r set "$(lease_key "$name" kiwi)" session >/dev/null
        answers 0 wq-purge "$name"
        silent
        fingerprint | cmp "$BOX/before" - || fail "purged: $name"
    done
}

@test "a queue in another database stays" {
    wq-push -q job apple
    wq-push -q -u "$WQ_URL?db=3" job apple
    answers 0 wq-purge -u "$WQ_URL?db=3" job
    is "$(r keys '*' | grep -cx job),$(r -n 3 dbsize)" 1,0
}

@test "many pushes and large queues are removed as well" {
    seq 30000 | wq-push -q job
    seq 5000 | sed 's/.*/SET job:push:& 1/' | r >/dev/null
    seq 5000 | sed 's/.*/SET other:& 1/' | r >/dev/null
    answers 0 wq-purge job
    is "$(r dbsize)" 5000
}

@test "the memory is freed in the background: UNLINK, not DEL" {
    fill_keys job
    r config resetstat
    answers 0 wq-purge job
    r info commandstats >"$BOX/stats"
    grep -q '^cmdstat_unlink' "$BOX/stats"
    run ! grep '^cmdstat_del:' "$BOX/stats"
}

@test "who waits for the end of a purged queue hears that it is gone" {
    wq-push -q job apple
    lease job
    spawn wait wq-lease --until-drained job
    eventually 5 blocked 1
    wq-purge --force job
    ends 66 "$PID"
}

@test "keys that somebody spoilt can be removed, too" {
    for key in job job:items job:leased job:processing job:stats; do
        r flushall >/dev/null
        wq-push -q job apple
        r del "$key" >/dev/null
        case $key in
            job:leased | job:processing) r set "$key" spoiled >/dev/null ;;
            *) r zadd "$key" 1 spoiled >/dev/null ;;
        esac
        answers 0 wq-purge --force job
        is "$(r keys '*')" ''
    done
}

@test "a wrong command line is 64, no server 69" {
    wq-push -q job apple
    refuses wq-purge
    refuses wq-purge job other
    refuses wq-purge ''
    refuses wq-purge job:items
    refuses wq-purge --all job
    is "$(r lrange job 0 -1)" apple
    unreachable wq-purge job
}

@test "what has nothing to tell needs no stdout" {
    wq-push -q job apple
    answers 0 bash -c 'wq-purge job >&-'
    is "$(r keys '*')" ''
}

@test "a push under way is told that its queue was removed" {
    mkfifo "$BOX/feed"
    spawn push wq-push -f "$BOX/feed" job
    exec 9>"$BOX/feed"
    echo apple >&9
    eventually 5 yields 1 r llen job
    wq-purge --force job
    echo banana >&9
    ends 75 "$PID"
    exec 9>&-
    matches "$(<"$BOX/push.err")" "*the queue job is gone, *purged* (1 item had been pushed)"
    is "$(r exists job job:producers)" 0
}
