#!/usr/bin/env bats
# A Redis whose append-only file was torn by a power cut, restarted twice. Redis 7.0 and before leave the torn transaction
# open in the file, and the second time it takes effect, though its work was done again meanwhile.

load ../shell/helper
load ../shell/more

setup() {
    make_box
    start_redis --appendonly yes --appendfsync always
}

restarts() {
    slay "$REDIS"
    start_redis --appendonly yes --appendfsync always
}

# The last transaction lacks its last bytes; Redis starts all the same.
tears() {
    slay "$REDIS"
    truncate -s -4 "$(find "$BOX" -name '*.incr.aof' -o -name appendonly.aof -type f | grep .)"
    start_redis --appendonly yes --appendfsync always
}

# whole ITEM...: these lie in the queue after another restart, others perhaps, too. Some may be leased though nobody has
# them, and come back.
whole() {
    local item
    restarts
    for item; do
        held job | grep -qx "$item" || fail "$item is lost"
    done
}

@test "a lease that was torn takes no other item" {
    wq-push -q job warm x y z
    wq-lease job | wq-complete job -
    wq-lease job >/dev/null
    tears
    is "$(reads job)" x
    whole y z
}

@test "a lease of many that was torn takes no others" {
    wq-push -q job warm
    wq-lease job | wq-complete job -
    seq 300 | wq-push -q job
    wq-lease -n 100 job >/dev/null
    tears
    is "$(wq-lease -n 150 job | tee "$BOX/leases" | wc -l)" 150
    wq-complete job - <"$BOX/leases"
    # shellcheck disable=SC2046 # they are numbers
    whole $(seq 151 300)
}

@test "a guard that goes in a torn transaction takes no item of a rediswq client" {
    wq-push -q job apple
    lease=$(lease job)
    r lpush job:processing kiwi >/dev/null
    wq-complete job "$lease"
    tears
    wq-complete job "$lease"
    whole kiwi
}

@test "a guard that is there twice goes, and the queue is drained" {
    wq-push -q job apple
    wq-lease job >/dev/null
    tears
    lease=$(lease job)
    restarts
    r zadd job:leased xx 1 "$(r zrange job:leased 0 0)" >/dev/null
    while lease=$(lease job); do
        wq-complete job "$lease"
    done
    for id in $(r zrange job:leased 0 -1); do
        wq-complete job "$id"
    done
    answers 0 wq-empty job
    is "$(r exists job:processing)" 0
}

@test "what goes back, and a push, may be doubled and is not lost" {
    wq-push -q job warm apple banana
    wq-lease job | wq-complete job -
    wq-release --delay 0 job "$(lease job)"
    tears
    wq-release --delay 0 job "$(r zrange job:leased 0 0)"
    wq-push -q job cherry
    whole apple banana cherry
    wq-push -q job date
    tears
    wq-push -q job date
    whole apple banana cherry date
}
