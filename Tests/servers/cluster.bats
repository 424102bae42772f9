#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# A cluster of three primaries, one third of the slots each.

load ../shell/helper
load servers
load cluster

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
            answers 0 wq-reap --orphan-after 10ms "$queue"
            says "orphans${TAB}1"
            answers 1 wq-empty "$queue"
            answers 0 wq-stat "$queue"
            answers 0 wq-list "$queue"
            is "$(wc -l <"$BOX/out")" 2
            answers 0 wq-config "$queue" max-attempts=3
            is "$(at "$port" hget "$queue:config" max-attempts)" 3
            answer wq-doctor "$queue"
            answers 0 wq-push --id night "$queue" date
            answers 0 wq-push --once 1h "$queue" elder fig elder
            says 2
            wq-lease -n 9 "$queue" | wq-complete "$queue" -
            answers 0 wq-push --once 1h "$queue" elder fig grape
            says 1
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

@test "items are taken from several queues of one tag, from any node" {
    for n in 0 1 2; do
        export WQ_URL
        WQ_URL=$(node "$n")
        wq-push -q '{job}low' "low $n"
        wq-push -q '{job}high' "high $n"
        answers 0 wq-lease -n 2 '{job}high' '{job}low'
        is "$(cut -f1,3 "$BOX/out" | tr '\t' ' ')" "{job}high high $n"$'\n'"{job}low low $n"
        while IFS=$TAB read -r queue lease _; do wq-release --no-charge "$queue" "$lease"; done <"$BOX/out"
        answers 0 wq-work -q --also '{job}low' '{job}high' echo
        says "high $n" "low $n"
        answers 3 wq-lease --until-drained '{job}high' '{job}low'
    done
}

@test "several queues that a cluster does not keep together are refused, and nothing is lost" {
    for queue in "${QUEUES[@]}"; do
        wq-push -q -u "$(node 0)" "$queue" "$queue"
    done
    for queue in "${QUEUES[@]:1}"; do
        answers 65 wq-work -q -u "$(node 0)" --also "$queue" '{job}' true
        complains '*wq-work: in a cluster, queues that are taken from together need the same hash tag: {jobs}high, {jobs}low'
        wq-lease -u "$(node 0)" '{job}' "$queue" >"$BOX/out" 2>"$BOX/err" && status=0 || status=$?
        [ "$status" = 65 ] || [ "$status" = 0 ]
    done
    for queue in "${QUEUES[@]}"; do
        answers 0 wq-stat -u "$(node 0)" --audit "$queue"
        is "$(at "$(owner "$queue")" hget "$queue:stats" pushed)" 1
    done
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
