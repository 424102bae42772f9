#!/usr/bin/env bats
# The script look, by which those who wait see whether it is worth their while to lease, and what lease answers if it gives
# nothing: state by state.

load helper
load more

# A worker that waits has told Redis the scripts, and shows how they are called.
setup() {
    make_box
    # shellcheck disable=SC2119 # it is not given the test's operands
    start_redis
    spawn monitor redis-cli -s "$SOCKET" monitor
    local monitor=$PID
    eventually 5 written monitor.out
    spawn work wq-work --forever job true
    eventually 10 has_called LOOK 0
    eventually 10 has_called LEASE 7
    slay "$PID" "$monitor"
    r del job:config job:stats >/dev/null
}

# has_called NAME N: the worker called a script with so many arguments; the words of the call are in that array then.
has_called() {
    local words
    words=$(awk -F '" "' -v n="$2" '$1 ~ /"EVALSHA$/ && NF == $3 + 3 + n { sub(/.*"EVALSHA" /, ""); gsub(/"/, ""); print }' \
        "$BOX/monitor.out" | tail -n 1)
    read -ra "$1" <<<"$words"
    [ -n "$words" ] && [ "$(r script exists "${words%% *}")" = 1 ]
}

# tells STATE MS [EPOCH LEASES DEAD]: what look answers now.
tells() {
    is "$(r evalsha "${LOOK[@]}" | paste -sd,)" "$1,$2,${3-},${4-0},${5-0}"
}

# tells_about STATE MS: the same, with the time as it passes.
tells_about() {
    local answer
    answer=$(r evalsha "${LOOK[@]}" | paste -sd,)
    fits "$answer" "^$1,[0-9]+,,0,0\$"
    answer=${answer#*,}
    between "$(($2 - 20000))" "${answer%%,*}" "$2"
}

# later MS: the time of Redis, so much later.
later() {
    echo $(($(now) + $1))
}

@test "lease tells until when nothing is due" {
    r hset job:config epoch 0a1b format 1
    r zadd job:leased "$(later 60000)" 1.a
    fits "$(r evalsha "${LEASE[@]}" | paste -sd,)" '^busy,[45][0-9]{4},0a1b,0,0$'
    r zadd job:delayed "$(later 30000)" 2.a
    fits "$(r evalsha "${LEASE[@]}" | paste -sd,)" '^busy,[12][0-9]{4},0a1b,0,0$'
    r zadd job:leased xx "$(later 15000)" 1.a
    fits "$(r evalsha "${LEASE[@]}" | paste -sd,)" '^busy,[01]?[0-9]{4},0a1b,0,0$'
    r hset job:config paused yes
    fits "$(r evalsha "${LEASE[@]}" | paste -sd,)" '^paused,[01]?[0-9]{4},0a1b,0,0$'
    r del job:leased job:delayed
    is "$(r evalsha "${LEASE[@]}" | paste -sd,)" drained,-1,0a1b,0,0
    r zadd job:dead 1 1.a 2 2.a
    is "$(r evalsha "${LEASE[@]}" | paste -sd,)" drained,-1,0a1b,0,1
}

@test "an unused queue is drained, and so is one with nothing but the guard or dead items" {
    tells drained -1
    r rpush job:processing wq:busy
    tells drained -1
    r zadd job:dead 1 1.a 2 2.b
    tells drained -1 '' 0 1
}

@test "the epoch and the number of leases are told" {
    r hset job:config epoch 0a1b
    r hset job:stats leased 17
    tells drained -1 0a1b 17
    r rpush job apple
    tells ready 0 0a1b 17
}

@test "what is ready is ready, whatever else there is" {
    r rpush job apple
    tells ready 0
    r zadd job:leased "$(later 60000)" 1.a
    r hset job:config open yes
    r rpush job:arriving pear
    tells ready 0
}

@test "until something is due it is busy" {
    for state in leased delayed producers; do
        r zadd "job:$state" "$(later 60000)" 1.a
        tells_about busy 60000
        r zadd "job:$state" xx "$(later -5000)" 1.a
        tells busy 0
        r del "job:$state"
    done
    tells drained -1
}

@test "what is due first counts" {
    r zadd job:leased "$(later 60000)" 1.a "$(later 900000)" 2.a
    r zadd job:delayed "$(later 300000)" 3.a
    r zadd job:producers "$(later 600000)" x
    tells_about busy 60000
    r zadd job:delayed "$(later 30000)" 4.a
    tells_about busy 30000
    r zadd job:delayed 1 5.a
    tells busy 0
}

@test "what arrives for others is to be looked after at once" {
    r rpush job:arriving apple
    tells busy 0
    r zadd job:leased "$(later 60000)" 1.a
    tells busy 0
}

@test "what rediswq clients hold keeps it busy, and so does the setting open" {
    r rpush job:processing apple
    tells busy -1
    r rpush job:processing wq:busy
    tells busy -1
    r del job:processing
    r hset job:config open yes
    tells busy -1
}

@test "a paused queue is paused if anything is left" {
    r hset job:config paused yes
    tells drained -1
    r hset job:config open yes
    tells paused -1
    r hdel job:config open
    r rpush job apple
    tells paused -1
    r zadd job:leased "$(later 60000)" 1.a
    tells_about paused 60000
    r hset job:config paused no
    tells ready 0
}
