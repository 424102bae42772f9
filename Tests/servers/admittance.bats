#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A server that closes the connection says why before it does, and that is told: it has too many clients, takes none from
# outside, or nothing so large. The first two may pass.

load ../shell/helper
load servers

# occupy: takes a place, for as long as $PID lives; who has it asks the server what is written to $ASK, into
# $BOX/place.out.
occupy() {
    mkfifo "$BOX/ask"
    exec {ASK}<>"$BOX/ask"
    # shellcheck disable=SC2016 # the inner shell expands it
    spawn place sh -c 'exec redis-cli -s "$1" <"$2"' - "$SOCKET" "$BOX/ask"
    echo ping >&"$ASK"
    eventually 5 grep -q PONG "$BOX/place.out"
}

# turned_away N: so many connections were.
turned_away() {
    echo info stats >&"$ASK"
    [ "$(tr -d '\r' <"$BOX/place.out" | sed -n 's/^rejected_connections://p' | tail -n 1)0" -ge "${1}0" ]
}

# crowded: there is no place but those that are taken.
crowded() {
    r config set maxclients "$(($(r info clients | tr -d '\r' | sed -n 's/^connected_clients://p') - 1))" >/dev/null
}

@test "too many clients: each program says so in Redis' words, and waits" {
    occupy
    crowded
    for program in $PROGRAMS; do
        arguments "$program" job
        begun=$EPOCHREALTIME
        # wq-work takes what it lacks for away.
        [ "$program" != wq-work ] || continue
        WQ_CONNECT_TIMEOUT=300ms answers 75 "$program" "${ARGUMENTS[@]}"
        complains "$program: *max number of clients*"
        [ $((${EPOCHREALTIME//[!0-9]/} - ${begun//[!0-9]/})) -ge 250000 ] || fail "$program did not wait"
    done
    # With a password, which goes first.
    WQ_PASSWORD=sesam WQ_CONNECT_TIMEOUT=300ms answers 75 wq-lease job
    complains 'wq-lease: *max number of clients*'
}

@test "too many clients: who waits gets a place" {
    wq-push -q job pear
    occupy
    crowded
    PLACE=$PID
    for program in wq-push wq-lease wq-stat wq-doctor; do
        arguments "$program" job
        WQ_CONNECT_TIMEOUT=20s spawn "$program" "$program" "${ARGUMENTS[@]}"
        WAITERS+=("$PID")
    done
    eventually 5 turned_away 8
    slay "$PLACE"
    for waiter in "${WAITERS[@]}"; do eventually 20 gone "$waiter"; done
    is "$(<"$BOX/wq-push.out")" 1
    ! grep . "$BOX"/wq-*.err || fail 'silence expected'
}

@test "an item over the server's limit is told in Redis' words, on a socket as over TCP" {
    r config set proto-max-bulk-len 1mb
    head -c 3000000 /dev/zero | tr '\0' x >"$BOX/item"
    free_ports 1
    start_node "${FREE[0]}" --proto-max-bulk-len 1mb
    for url in "unix://$SOCKET" "redis://127.0.0.1:${FREE[0]}"; do
        answers 76 wq-push -u "$url" job <"$BOX/item"
        complains 'wq-push: *invalid bulk length*'
    done
    is "$(r dbsize)" 0
}

@test "protected mode is told in Redis' words, and waited for" {
    ! older 7.0.0 || skip 'this Redis protects no server that was told where to listen'
    unshare -rn true 2>/dev/null || skip 'no namespaces here'
    # A network of its own, whose one address is no loopback address and can be reached from nowhere else.
    # shellcheck disable=SC2016 # the inner shell expands it
    spawn node unshare -rn sh -c 'busybox ip address add "$1/32" dev lo && busybox ip link set lo up && shift && exec "$@"' - 192.0.2.1 \
        "$SERVER" --port 6379 --bind 192.0.2.1 127.0.0.1 --dir "$BOX" --save ''
    inside=(nsenter -U -n --preserve-credentials -t "$PID")
    NODE=$PID
    eventually 5 "${inside[@]}" redis-cli ping
    export WQ_URL=redis://192.0.2.1 WQ_CONNECT_TIMEOUT=100ms
    each answers 77 "${inside[@]}"
    complains '*protected mode*'
    WQ_CONNECT_TIMEOUT=20s spawn push "${inside[@]}" wq-push job apple
    "${inside[@]}" redis-cli config set protected-mode no
    ends 0 "$PID"
    slay "$NODE"
    is "$(<"$BOX/push.out")" 1
}

@test "a command that was taken away is 77, and named" {
    slay "$REDIS"
    start_redis --rename-command EVAL '' --rename-command INFO '' --rename-command BLMOVE ''
    answers 77 wq-push job apple
    complains 'wq-push: *EVAL*'
    answers 77 wq-lease job
    # What it cannot see is unseen; that nothing is kept on disk is a finding.
    answers 1 wq-doctor
    grep -q '^unseen' "$BOX/out"
    slay "$REDIS"
    start_redis --rename-command LLEN ''
    answers 77 wq-push job apple
    says
}

@test "those who wait leave places to those who bring work" {
    r config set maxclients 20
    wq-config job open=yes
    export WQ_CONNECT_TIMEOUT=20s
    for number in {1..20}; do
        spawn "lease$number" wq-lease -w job
        WAITERS+=("$PID")
    done
    for number in {1..10}; do
        spawn "work$number" wq-work --max-items 1 job true
        WAITERS+=("$PID")
    done
    occupied() { r info clients | tr -d "\r" | grep -qE "^(connected_clients:(1[89]|20)|.*max number)"; }
    eventually 10 occupied
    # Each of them finds a place, and then each waiter finds an item.
    for item in {1..30}; do answers 0 wq-push -q job "$item"; done
    # A worker that ends by --max-items has not seen the end of the queue.
    for waiter in "${WAITERS[@]:0:20}"; do ends 0 "$waiter" 30; done
    for waiter in "${WAITERS[@]:20}"; do ends 1 "$waiter" 30; done
    is "$(r llen job)" 0
    is "$(r hmget job:stats leased completed | xargs)" '30 10'
    is "$(cat "$BOX"/lease*.out | cut -f2 | wc -l)" 20
}
