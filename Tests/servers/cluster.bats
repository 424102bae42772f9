#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A cluster of three primaries, one third of the slots each.

load ../shell/helper
load servers

# One with its slot at the first node, one at the second, one at the third.
QUEUES=('{job}' '{c}' '{a}')

# A cluster takes two seconds to start. So all tests have the same one, which each finds empty and as it was.
setup_file() {
    make_box
    free_ports 3
    start_cluster "${FREE[@]}"
    export CLUSTER=$BOX NODES="${FREE[*]}" PROCESSES="${STARTED[*]}"
    # Else the shell tells of their end.
    disown "${STARTED[@]}"
}

teardown_file() {
    # shellcheck disable=SC2086 # a list
    kill -KILL $PROCESSES 2>/dev/null || true
    rm -rf "$CLUSTER"
}

setup() {
    make_box
    unset WQ_URL
    read -r -a FREE <<<"$NODES"
    for port in "${FREE[@]}"; do
        # One that a test set, or none.
        REDISCLI_AUTH=secret at "$port" config set requirepass '' >/dev/null 2>&1
        at "$port" flushall >/dev/null
    done
    for queue in "${QUEUES[@]}"; do
        eventually 10 agreed "$queue"
        from=$(holder "${FREE[0]}" "$queue") to=$(owner "$queue")
        [ "$from" = "$to" ] || { opens "$queue" "$from" "$to" && closes "$queue" "$from" "$to"; }
        eventually 10 agreed "$queue"
    done >/dev/null
}

# holder PORT QUEUE: the port of the node that has it, as the node at PORT sees it.
holder() {
    local answer
    answer=$(at "$1" type "$2")
    case $answer in
        MOVED*) echo "${answer##*:}" ;;
        *) echo "$1" ;;
    esac
}

# The nodes are of one mind about who has the queue.
agreed() {
    local holder
    holder=$(holder "${FREE[0]}" "$1")
    [ "$(holder "${FREE[1]}" "$1")" = "$holder" ] && [ "$(holder "${FREE[2]}" "$1")" = "$holder" ]
}

# node_id PORT: forty digits.
node_id() {
    printf '%040d' "$1"
}

# start_cluster PORT PORT PORT: nodes that know each other from the start.
start_cluster() {
    local port other flags slots rest
    for port; do
        mkdir "$BOX/$port"
        slots=0-5460 rest='5461-10922 10923-16383'
        for other; do
            [ "$other" = "$port" ] && flags=myself,master || flags=master
            echo "$(node_id "$other") 127.0.0.1:$other@$((other + 10000)) $flags - 0 0 1 connected $slots"
            slots=${rest%% *} rest=${rest##* }
        done >"$BOX/$port/nodes.conf"
        echo 'vars currentEpoch 3 lastVoteEpoch 0' >>"$BOX/$port/nodes.conf"
        launch_cluster_node "$port"
    done
    for port; do
        eventually 15 state "$port" ok
    done
}

launch_cluster_node() {
    launch_node "$1" --cluster-enabled yes --cluster-node-timeout 1500 --cluster-require-full-coverage no --appendonly yes
}

# state PORT WORD: how the cluster looks from there.
state() {
    at "$1" cluster info 2>/dev/null | tr -d '\r' | grep -qx "cluster_state:$2"
}

# owner QUEUE: the port of the node that has it.
owner() {
    local n
    for n in 0 1 2; do
        [ "${QUEUES[n]}" != "$1" ] || echo "${FREE[n]}"
    done
}

# node N: the address of that one.
node() {
    echo "redis://127.0.0.1:${FREE[$1]}"
}

@test "any node will do, for every program" {
    for n in 0 1 2; do
        export WQ_URL
        WQ_URL=$(node "$n")
        # Its own, and another node's.
        for queue in "${QUEUES[n]}" "${QUEUES[(n + 1) % 3]}"; do
            port=$(owner "$queue")
            answers 0 wq-push "$queue" apple banana cherry
            says 3
            complains ''
            is "$(at "$port" llen "$queue")" 3
            readarray -t leases < <(wq-lease -n 3 "$queue" | cut -f1)
            answers 0 wq-complete "$queue" "${leases[0]}"
            answers 0 wq-renew -l 1h "$queue" "${leases[1]}"
            answers 0 wq-renew "$queue" "${leases[1]}" -- true
            answers 0 wq-release --dead "$queue" "${leases[1]}" "${leases[2]}"
            answers 0 wq-retry --all "$queue"
            says 2
            is "$(reads "$queue" -w)" banana
            at "$port" rpush "$queue:processing" orphan
            answers 0 wq-reap --grace 10ms "$queue"
            says "orphans${TAB}1"
            answers 1 wq-empty "$queue"
            answers 0 wq-stat "$queue"
            answers 0 wq-list "$queue"
            is "$(wc -l <"$BOX/out")" 2
            answers 0 wq-config "$queue" max-attempts=3
            is "$(at "$port" hget "$queue:config" max-attempts)" 3
            answer wq-doctor "$queue"
            answers 0 wq-push --id night "$queue" date
            answers 0 wq-purge "$queue"
            is "$(at "$port" keys '*')" ''
        done
    done
}

@test "several queues at once, wherever they are" {
    for queue in "${QUEUES[@]}"; do
        wq-push -q -u "$(node 0)" "$queue" "$queue"
    done
    answers 0 wq-stat -u "$(node 1)" "${QUEUES[@]}"
    is "$(grep -c "ready${TAB}1" "$BOX/out")" 3
    answer wq-doctor -u "$(node 2)" "${QUEUES[@]}"
    is "$(grep -c '^finding.*cluster' "$BOX/out")" 0
}

@test "without operands all queues of all nodes are shown and looked at, from any node" {
    for queue in "${QUEUES[@]}"; do
        wq-push -q -u "$(node 0)" "$queue" apple
    done
    wq-config -u "$(node 0)" '{a}' paused=yes
    for n in 0 1 2; do
        answers 0 wq-stat -u "$(node "$n")"
        says "{a}${TAB}1${TAB}0${TAB}0${TAB}0${TAB}busy,paused" "{c}${TAB}1${TAB}0${TAB}0${TAB}0${TAB}busy" \
            "{job}${TAB}1${TAB}0${TAB}0${TAB}0${TAB}busy"
    done
    # What it prints leads to the right node.
    at "$(owner '{c}')" hset '{c}:delayed' x y
    answers 1 wq-doctor -u "$(node 1)"
    sed -n 's/^    //p' "$BOX/out" | grep -v 'config set\|config rewrite' >"$BOX/commands"
    is "$(wc -l <"$BOX/commands")" 2
    answers 0 bash -e "$BOX/commands"
    answer wq-doctor -u "$(node 1)"
    is "$(grep -c '^finding.*{' "$BOX/out")" 0
}

@test "items in no state are found and come back, wherever they are" {
    export WQ_URL
    for n in 0 1 2; do
        WQ_URL=$(node "$n")
        wq-push -q '{c}' apple banana
        at "$(owner '{c}')" rename '{c}' '{c}:push:0123456789ab:0'
        answers 1 wq-stat --audit
        is "$(grep stray "$BOX/out")" "{c}${TAB}stray${TAB}2"
        answers 0 wq-reap '{c}'
        says "strays${TAB}2"
        wq-purge '{c}'
    done
}

@test "who waits at the wrong node waits at the right one" {
    for n in 0 1 2; do
        for queue in "${QUEUES[@]}"; do
            spawn "wait$n" wq-lease -w -u "$(node "$n")" "$queue"
            eventually 5 waits_at "$(owner "$queue")"
            wq-push -q -u "$(node "$n")" "$queue" apple
            ends 0 "$PID"
            is "$(cut -f2 "$BOX/wait$n.out")" apple
        done
    done
}

waits_at() {
    [ "$(info "$1" blocked_clients)" = 1 ]
}

untagged() {
    answers 65 "$@"
    says
    complains "$1: *hash tag*"
}

@test "a name without a hash tag is 65 at any node, before anything is written" {
    for n in 0 1 2; do
        export WQ_URL
        WQ_URL=$(node "$n")
        # The doctor tells of it in its own way.
        PROGRAMS=${PROGRAMS/wq-doctor/} each untagged
        # For the other nodes, some will do.
        PROGRAMS='wq-push wq-lease'
        untagged wq-lease -w job
        seq 5000 >"$BOX/numbers"
        untagged wq-push -f "$BOX/numbers" job
        for name in '{}job' 'job{' 'job}' '}job{'; do
            answers 65 wq-push "$name" apple
        done
        answers 0 wq-push 'night{job}ly' apple
        answers 0 wq-purge 'night{job}ly'
    done
    for port in "${FREE[@]}"; do
        is "$(at "$port" dbsize)" 0
    done
}

@test "a password is for every node" {
    for port in "${FREE[@]}"; do
        at "$port" config set requirepass secret
    done
    for n in 0 1 2; do
        WQ_PASSWORD=secret answers 0 wq-push -u "$(node "$n")" '{job}' apple
        WQ_PASSWORD=secret answers 1 wq-empty -u "$(node "$n")" '{job}'
        answers 77 wq-push -u "$(node "$n")" '{job}' apple
        answers 77 wq-push -u "redis://:wrong@127.0.0.1:${FREE[n]}" '{job}' apple
    done
}

# slot QUEUE
slot() {
    at "${FREE[0]}" cluster keyslot "$1"
}

# opens QUEUE FROM TO: its slot is about to move; nothing has.
opens() {
    at "$3" cluster setslot "$(slot "$1")" importing "$(node_id "$2")"
    at "$2" cluster setslot "$(slot "$1")" migrating "$(node_id "$3")"
}

# moves QUEUE FROM TO: all its keys.
moves() {
    eventually 10 moved "$@"
}

# Moves a few of them; there are no more.
moved() {
    local keys
    mapfile -t keys < <(at "$2" cluster getkeysinslot "$(slot "$1")" 5)
    [ -z "${keys[*]}" ] || { at "$2" migrate 127.0.0.1 "$3" '' 0 5000 keys "${keys[@]}" && false; }
}

# closes QUEUE FROM TO: it has moved.
closes() {
    for port in "$3" "$2" "${FREE[@]}"; do
        at "$port" cluster setslot "$(slot "$1")" node "$(node_id "$3")"
    done
    eventually 5 agreed "$1"
}

@test "a slot that is moving is waited for, then 75, and nothing is lost" {
    from=${FREE[0]} to=${FREE[2]}
    wq-push -q -u "$(node 1)" '{job}' apple banana
    opens '{job}' "$from" "$to"
    export WQ_URL
    for n in 0 1 2; do
        WQ_URL=$(node "$n")
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-lease '{job}'
        says
        complains 'wq-lease: *'
    done
    at "$from" migrate 127.0.0.1 "$to" '' 0 5000 keys '{job}'
    for n in 0 1 2; do
        WQ_URL=$(node "$n")
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-push '{job}' cherry
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-empty '{job}'
    done
    spawn lease wq-lease '{job}'
    moves '{job}' "$from" "$to"
    # All is on the other side, but the slot: whoever asks is sent there (ASK), and there it is not yet.
    WQ_CONNECT_TIMEOUT=100ms answers 75 wq-lease '{job}'
    closes '{job}' "$from" "$to"
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/lease.out")" apple
    for n in 0 1 2; do
        WQ_URL=$(node "$n") answers 1 wq-empty '{job}'
    done
    is "$(reads '{job}')" banana
    is "$(at "$to" zcard '{job}:leased')" 1
}

@test "wq-work waits for a slot that is moving, too" {
    from=${FREE[0]} to=${FREE[2]}
    wq-push -q -u "$(node 1)" '{job}' apple banana
    opens '{job}' "$from" "$to"
    moves '{job}' "$from" "$to"
    for n in 0 1 2; do
        WQ_CONNECT_TIMEOUT=100ms answers 75 wq-work -u "$(node "$n")" '{job}' echo
        says
    done
    WQ_CONNECT_TIMEOUT=20s spawn work wq-work -u "$(node 1)" '{job}' echo
    eventually 5 grep -q . "$BOX/work.err"
    closes '{job}' "$from" "$to"
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" $'apple\nbanana'
}

@test "a slot moves back and forth while workers run: every item is completed once" {
    seq 100 | sed s/^/item/ >"$BOX/pushed"
    : >"$BOX/ledger"
    wq-push -q -u "$(node 0)" '{job}' <"$BOX/pushed"
    for n in 0 1 2 3; do
        WQ_URL=$(node $((n % 3))) LEASE=10s spawn "worker$n" sh "$BATS_TEST_DIRNAME/../chaos/worker.sh" '{job}' \
            "$BOX/ledger" "$n"
        WORKERS[n]=$PID
    done
    # One who only waits.
    spawn wait wq-lease -w -u "$(node 0)" '{job}2'
    waiter=$PID
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 50; moved++)); do
        ! WQ_URL=$(node 0) wq-empty '{job}' || break
        opens '{job}' "$from" "$to"
        moves '{job}' "$from" "$to"
        closes '{job}' "$from" "$to"
        read -r from to <<<"$to $from"
        sleep 0.05
    done >"$BOX/moves"
    echo "# moved $moved times" >&3
    [ "$moved" -ge 3 ]
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid"
    done
    python "$BATS_TEST_DIRNAME/../chaos/audit.py" "$BOX/ledger" "$BOX/pushed" | sed 's/^/# /' >&3
    is "${PIPESTATUS[0]}" 0
    # Nobody had to try again.
    is "$(grep -c '^failed' "$BOX/ledger")" 0
    wq-push -q -u "$(node 0)" '{job}2' late
    ends 0 "$waiter"
    is "$(cut -f2 "$BOX/wait.out")" late
}

@test "a slot moves back and forth while many lines are pushed: each is there once" {
    mkfifo "$BOX/feed"
    spawn push sh -c "exec wq-push -u '$(node 0)' '{job}' <'$BOX/feed'"
    producer=$PID
    exec {feed}>"$BOX/feed"
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 20; moved++)); do
        seq $((moved * 500 + 1)) $((moved * 500 + 500)) >&"$feed"
        opens '{job}' "$from" "$to"
        moves '{job}' "$from" "$to"
        closes '{job}' "$from" "$to"
        read -r from to <<<"$to $from"
    done >"$BOX/moves"
    exec {feed}>&-
    ends 0 "$producer"
    at "$from" -c lrange '{job}' 0 -1 | tac | cmp - <(seq 10000)
}

@test "a slot moves back and forth while wq-work runs: every item is completed once" {
    seq 200 | wq-push -q -u "$(node 0)" '{job}'
    for n in 0 1 2; do
        # It has its chance only now and then, when the slot is not on the move.
        WQ_CONNECT_TIMEOUT=30s spawn "work$n" wq-work -u "$(node "$n")" -j 2 --joblog "$BOX/log" '{job}' -- sh -c 'sleep 0.05'
        WORKERS[n]=$PID
    done
    from=${FREE[0]} to=${FREE[1]}
    for ((moved = 0; moved < 50; moved++)); do
        ! WQ_URL=$(node 0) wq-empty '{job}' || break
        opens '{job}' "$from" "$to"
        moves '{job}' "$from" "$to"
        # For a while all is there but the slot, and whoever asks is sent on (ASK).
        sleep 0.2
        closes '{job}' "$from" "$to"
        read -r from to <<<"$to $from"
        sleep 0.05
    done >"$BOX/moves"
    echo "# moved $moved times" >&3
    [ "$moved" -ge 3 ]
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid" 20
    done
    is "$(cut -f7 "$BOX/log" | sort -n)" "$(seq 200)"
    is "$(at "$from" hget '{job}:stats' completed)" 200
}

@test "a node that is down is 75, and its queues wait for it; with the others one can work" {
    wq-push -q -u "$(node 1)" '{job}' apple
    # Its process is a child of another shell here.
    kill -KILL "$(info "${FREE[0]}" process_id)"
    export WQ_CONNECT_TIMEOUT=100ms
    for n in 1 2; do
        # Until the others have agreed that it is down.
        for command in wq-lease wq-empty wq-reap; do
            status=0
            "$command" -u "$(node "$n")" '{job}' >"$BOX/out" 2>"$BOX/err" || status=$?
            [ "$status" = 69 ] || is "$status" 75
            says
        done
    done
    for n in 1 2; do
        eventually 15 knows_it_down "${FREE[n]}"
        answers 75 wq-lease -u "$(node "$n")" '{job}'
        says
        complains 'wq-lease: *'
        answers 0 wq-push -u "$(node "$n")" '{a}' apple
    done
    answers 69 wq-lease -u "$(node 0)" '{job}'
    WQ_CONNECT_TIMEOUT=15s spawn lease wq-lease -u "$(node 1)" '{job}'
    BOX=$CLUSTER launch_cluster_node "${FREE[0]}"
    ends 0 "$PID" 15
    is "$(cut -f2 "$BOX/lease.out")" apple
}

# knows_it_down PORT: the node there.
knows_it_down() {
    at "$1" cluster nodes | grep -q "^$(node_id "${FREE[0]}") .* master,fail "
}
