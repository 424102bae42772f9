#!/usr/bin/env bats
# wq-doctor: what could lose work, each finding made true and found; and silence on what is sound.

load helper
load more
load doctor

# finds SUBJECT PATTERN [QUEUE|OPTION...]: exactly this is found, with what to do about it.
finds() {
    answers 1 wq-doctor "${@:3}"
    complains ''
    is "$(cut -sf1,2 "$BOX/out" | tail -n +2)" "finding${TAB}$1"
    matches "$(cut -sf3 "$BOX/out" | tail -n 1)" "$2"
}

@test "a sound server and queue are called sound, with where and which they are" {
    start_sound
    sound
    version=$(r info server | tr -d '\r' | sed -n 's/^\(valkey\|redis\)_version:/\1 /p' | tail -n 1)
    matches "$(head -n 1 "$BOX/out")" "server${TAB}*$SOCKET${TAB}${version^}"
    is "$(wc -l <"$BOX/out")" 2
    sound job
    sound job none other
}

@test "a queue under work is sound, too" {
    start_sound
    wq-push -q job banana cherry
    wq-complete job "$(lease job)"
    wq-release --delay 1h job "$(lease job)"
    lease job
    wq-config job max-attempts=3
    sound job
    # Nobody has had the time to reap it.
    wq-push -q job date
    lapsed job
    sound job
}

## The server.

@test "a Redis that keeps nothing on disk is found" {
    start_redis
    wq-push -q job apple
    finds persistence '*nothing is kept on disk*appendonly*yes*' job
}

@test "a Redis that keeps snapshots only is found" {
    start_redis --save 3600 1
    finds persistence '*snapshots*appendonly*yes*'
}

@test "an append-only file that is never synced is found" {
    start_sound
    r config set appendfsync no
    finds fsync '*appendfsync*everysec*'
    r config set appendfsync always
    sound
}

@test "every eviction policy but noeviction is found" {
    start_sound
    for policy in allkeys-lru allkeys-lfu allkeys-random volatile-lru volatile-ttl; do
        r config set maxmemory-policy "$policy"
        finds eviction "*$policy*noeviction*"
    done
}

@test "keys that were evicted are found, even when the policy is right again" {
    start_sound
    r config set maxmemory-policy allkeys-lru
    seq 2000 | sed 's/.*/SET key& value/' | r >/dev/null
    r config set maxmemory "$(($(r info memory | tr -d '\r' | sed -n 's/^used_memory://p') - 50000))"
    eventually 5 evicted
    r config set maxmemory-policy noeviction
    r config set maxmemory 0
    finds evicted '*evicted since*' none
}

evicted() {
    r set one more >/dev/null
    [ "$(r info stats | tr -d '\r' | sed -n 's/^evicted_keys://p')" -gt 0 ]
}

@test "memory that is nearly used up is found, memory with room is not" {
    start_sound
    used=$(r info memory | tr -d '\r' | sed -n 's/^used_memory://p')
    r config set maxmemory $((used * 105 / 100))
    finds memory '*% of maxmemory*'
    r config set maxmemory $((used * 2))
    sound
}

@test "a missing replica is found where one is expected" {
    start_sound
    finds replicas '*0*2*' --replicas 2
    sound
    r config set min-replicas-to-write 1
    finds replicas '*0*1*'
}

@test "a replica that is connected is counted" {
    PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    start_sound --bind 127.0.0.1 --port "$PORT"
    mkdir "$BOX/replica"
    spawn replica redis-server --port 0 --unixsocket "$BOX/replica/s" --dir "$BOX/replica" --replicaof 127.0.0.1 "$PORT" \
        "${USERS[@]}"
    eventually 15 sound --replicas 1
    # It is no place to work with.
    WQ_URL=unix://$BOX/replica/s answers 1 wq-doctor job
    grep -q "^finding${TAB}role${TAB}.*replica.*primary" "$BOX/out"
}

@test "a disk that could not be written is found" {
    start_sound
    # No snapshot can take the place of a folder.
    mkdir "$BOX/dump.rdb"
    r bgsave
    eventually 5 failed_to_save
    finds disk '*rdb_last_bgsave_status*err*'
}

failed_to_save() {
    r info persistence | grep -q rdb_last_bgsave_status:err
}

@test "all that is wrong is told at once" {
    start_redis
    r config set maxmemory-policy allkeys-lru
    dead job apple
    answers 1 wq-doctor --replicas 1 job
    is "$(cut -sf2 "$BOX/out" | tail -n +2 | sort | paste -sd' ')" 'dead eviction persistence replicas'
    is "$(cut -sf1 "$BOX/out" | tail -n +2 | sort -u)" finding
    run ! grep sound "$BOX/out"
}

## The queue.

@test "a lease that ended long ago is found, and gone after a reap" {
    start_sound
    lease=$(lease job)
    r zadd job:leased xx "$(($(now) - 7300000))" "$lease"
    finds expired 'job *2h*wq-reap*' job
    wq-reap job
    sound job
}

@test "dead items are found, and gone after a retry" {
    start_sound
    dead job banana
    dead job cherry
    finds dead 'job has 2 dead items*wq-list --dead*wq-retry*' job
    wq-retry -q --all job
    sound job
}

@test "one dead item is counted as one" {
    start_sound
    wq-release --dead job "$(lease job)"
    finds dead 'job has 1 dead item:*' job
}

@test "what a rediswq client left behind is found, and gone after a reap" {
    start_sound
    r lpush job:processing kiwi
    finds orphans 'job *1*wq-reap*' job
    # While its lease lasts it is being worked on.
    r set "$(lease_key job kiwi)" session px 60000
    sound job
    r del "$(lease_key job kiwi)"
    wq-reap --orphan-after 1ms job
    sound job
}

@test "an item that was taken away is found" {
    start_sound
    wq-push -q job banana
    r lpop job
    finds audit 'job lacks 1 *' job
}

@test "a queue that redis-cli filled lacks nothing" {
    start_sound
    r rpush list a b c
    wq-complete list "$(lease list)"
    sound list
}

@test "of several queues each is looked at, and named" {
    start_sound
    dead other pear
    wq-push -q robbed apple
    r lpop robbed
    answers 1 wq-doctor job other robbed
    is "$(cut -sf2 "$BOX/out" | tail -n +2)" $'dead\naudit'
    grep -q "${TAB}other has" "$BOX/out"
    grep -q "${TAB}robbed lacks" "$BOX/out"
}

@test "in a cluster a queue without a hash tag is found" {
    # The nodes of a cluster talk on a port of their own, 10,000 above.
    PORT=$(python -c '
import random, socket
while True:
    port, a, b = random.randrange(11000, 22000), socket.socket(), socket.socket()
    try:
        a.bind(("127.0.0.1", port)), b.bind(("127.0.0.1", port + 10000))
        break
    except OSError:
        pass
print(port)')
    start_redis --bind 127.0.0.1 --port "$PORT" --cluster-enabled yes --appendonly yes
    seq -s ' ' 0 16383 | sed 's/^/cluster addslots /' | r
    eventually 10 covered
    finds cluster 'job *hash tag*{job}*' job
    sound '{job}'
    sound '{a}b' 'x{job}'
    # An empty tag is none.
    finds cluster '{}job *hash tag*' '{}job'
}

covered() {
    r cluster info | grep -q cluster_state:ok
}

@test "it changes nothing" {
    start_sound
    dead job banana
    lapsed job
    r lpush job:processing kiwi
    before=$(r info persistence | grep rdb_changes)
    answers 1 wq-doctor job
    is "$(r info persistence | grep rdb_changes)" "$before"
}

@test "-q answers by the exit code alone" {
    start_sound
    answers 0 wq-doctor -q job
    silent
    dead job banana
    answers 1 wq-doctor -q job
    silent
}

@test "a wrong command line is 64" {
    start_sound
    refuses wq-doctor --replicas few
    refuses wq-doctor --replicas 0
    refuses wq-doctor ''
    refuses wq-doctor job:items
    refuses wq-doctor --cure job
}

@test "no server is 69, a full disk 74" {
    start_sound
    unreachable wq-doctor
    unreachable wq-doctor job
    answers 74 bash -c 'wq-doctor job >/dev/full'
    complains 'wq-doctor: *: No space left on device'
    answers 74 bash -c 'wq-doctor job >&-'
    answers 141 into_dead_pipe wq-doctor job
    silent
}
