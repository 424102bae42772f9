#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Three sentinels, a primary and a replica.

load ../shell/helper
load servers

SENTINELS=()

setup() {
    make_box
    free_ports 6
    PRIMARY=${FREE[0]} REPLICA=${FREE[1]} OTHER=${FREE[5]}
    start_node "$PRIMARY" --repl-diskless-sync-delay 0
    start_node "$REPLICA" --replicaof 127.0.0.1 "$PRIMARY" --repl-diskless-sync-delay 0
    eventually 10 replicates "$REPLICA"
    start_sentinels "${FREE[@]:2:3}"
    export WQ_URL=redis+sentinel://127.0.0.1:${FREE[2]},127.0.0.1:${FREE[3]},127.0.0.1:${FREE[4]}/mymaster
}

# sentinel_id N: forty digits.
sentinel_id() {
    printf '%040d' "$1"
}

# start_sentinels PORT...: three that know each other from the start. What they are told is also in $SENTINEL_SAYS.
start_sentinels() {
    local port other
    SENTINELS=("$@")
    for port; do
        mkdir "$BOX/$port"
        {
            printf '%s\n' "port $port" 'bind 127.0.0.1' "dir $BOX/$port" 'protected-mode no' \
                "sentinel myid $(sentinel_id "$port")" "sentinel monitor mymaster 127.0.0.1 $PRIMARY 2" \
                'sentinel down-after-milliseconds mymaster 700' 'sentinel failover-timeout mymaster 5000'
            [ -z "${SENTINEL_SAYS-}" ] || echo "$SENTINEL_SAYS"
            echo "sentinel known-replica mymaster 127.0.0.1 $REPLICA"
            for other; do
                [ "$other" = "$port" ] || echo "sentinel known-sentinel mymaster 127.0.0.1 $other $(sentinel_id "$other")"
            done
        } >"$BOX/$port/conf"
        "$SERVER" "$BOX/$port/conf" --sentinel >"$BOX/$port/log" 2>&1 3>&- &
        NODE[port]=$!
        STARTED+=("$!")
    done
    for port; do
        eventually 10 watches "$port"
    done
}

# The sentinel sees all that there is.
watches() {
    [ "$(at "$1" sentinel ckquorum mymaster 2>/dev/null)" = \
        'OK 3 usable Sentinels. Quorum and failover authorization can be reached' ] &&
        at "$1" sentinel replicas mymaster | grep -qx "127.0.0.1:$REPLICA"
}

# The replica has what the primary has by now: it begins to hear of it up to a second after it is linked.
has_all() {
    [ "$(printf '%s\n' ping 'wait 1 1000' | at "$PRIMARY" | tail -n 1)" = 1 ]
}

is_primary() {
    [ "$(info "$1" role)" = master ]
}

# knows SENTINEL PORT: it says that this is the primary.
knows() {
    [ "$(at "$1" sentinel get-master-addr-by-name mymaster | tail -n 1)" = "$2" ]
}

@test "the primary is found through any sentinel, whichever comes first and whatever the others are" {
    answers 0 wq-push job apple banana
    is "$(at "$PRIMARY" llen job)" 2
    dead=127.0.0.1:$OTHER
    # The wrong ones: nobody, a Redis that is no sentinel, and a sentinel whose primary has another name.
    for list in "127.0.0.1:${SENTINELS[2]}" "$dead,127.0.0.1:${SENTINELS[0]}" "127.0.0.1:$PRIMARY,127.0.0.1:${SENTINELS[0]}" \
        "$dead,$dead,127.0.0.1:$REPLICA,127.0.0.1:${SENTINELS[1]}"; do
        answers 1 wq-empty -u "redis+sentinel://$list/mymaster" job
        complains ''
    done
    answers 0 wq-push -u "$WQ_URL/3" job cherry
    is "$(at "$PRIMARY" -n 3 llen job)" 1
    answers 0 wq-doctor -V
    grep -q mymaster "$BOX/out"
    each answer
}

@test "no sentinel, a name that none knows, and an address without one" {
    WQ_CONNECT_TIMEOUT=100ms answers 69 wq-lease -u "redis+sentinel://127.0.0.1:$OTHER/mymaster" job
    says
    complains "wq-lease: *127.0.0.1:$OTHER*"
    WQ_CONNECT_TIMEOUT=100ms answers 78 wq-lease -u "${WQ_URL%mymaster}theirs" job
    says
    complains 'wq-lease: *theirs*'
    for url in redis+sentinel:// redis+sentinel://127.0.0.1 redis+sentinel://127.0.0.1/ redis+sentinel:///mymaster \
        redis+sentinel://127.0.0.1:x/mymaster redis+sentinel://127.0.0.1/mymaster/x redis+sentinel://127.0.0.1/mymaster/1/2; do
        answers 78 wq-lease -u "$url" job
        says
        complains "wq-lease: *$url*"
    done
}

@test "the password is the primary's, and sentinels may have none" {
    at "$PRIMARY" config set masterauth secret
    at "$REPLICA" config set masterauth secret
    at "$REPLICA" config set requirepass secret
    at "$PRIMARY" config set requirepass secret
    for port in "${SENTINELS[@]}"; do
        at "$port" sentinel set mymaster auth-pass secret
    done
    answers 77 wq-empty job
    answers 0 wq-push -u "redis+sentinel://:secret@${WQ_URL#*//}" job apple
    WQ_PASSWORD=secret answers 1 wq-empty job
    WQ_PASSWORD=wrong answers 77 wq-empty job
    for program in wq-empty wq-doctor; do
        answers 0 "$program" -V -u "redis+sentinel://:secret@${WQ_URL#*//}"
        is "$(grep -c secret "$BOX/out")" 0
    done
}

@test "sentinels that have a password of their own are told it" {
    for port in "${SENTINELS[@]}"; do
        at "$port" acl setuser default resetpass '>another'
    done
    WQ_CONNECT_TIMEOUT=100ms answers 69 wq-push job apple
    complains 'wq-push: no sentinel of * answers: *'
    WQ_CONNECT_TIMEOUT=100ms WQ_SENTINEL_PASSWORD=wrong answers 69 wq-push job apple
    complains 'wq-push: no sentinel of * answers: *password*'
    # The primary has none, and is not told any.
    WQ_SENTINEL_PASSWORD=another answers 0 wq-push job apple
    complains ''
    is "$(at "$PRIMARY" llen job)" 1
}

@test "a planned failover: who waits, and who renews, goes on at the new primary" {
    cd "$BOX"
    wq-push -q job apple
    lease=$(lease -l 1h job)
    spawn wait wq-lease -w job
    waiter=$PID
    wq-push -q --delay 1h other later
    spawn wait2 wq-lease -w other
    waiter2=$PID
    spawn renew wq-renew -l 6s job "$lease" -- sh -c 'until [ -e over ]; do sleep 0.05; done'
    renewer=$PID
    eventually 10 has_all
    at "${SENTINELS[0]}" sentinel failover mymaster
    eventually 10 is_primary "$REPLICA"
    # The sentinels would give it ten seconds.
    at "$PRIMARY" replicaof 127.0.0.1 "$REPLICA"
    # While not all sentinels know it yet.
    answers 0 wq-push job banana
    ends 0 "$waiter"
    is "$(cut -f2 "$BOX/wait.out")" banana
    answers 0 wq-push other cherry
    ends 0 "$waiter2"
    before=$(at "$REPLICA" zscore job:leased "$lease")
    eventually 10 renewed_there "$before"
    touch over
    ends 0 "$renewer"
    answers 0 wq-complete job "$lease"
    for url in "$WQ_URL" "redis+sentinel://127.0.0.1:${SENTINELS[2]},127.0.0.1:${SENTINELS[1]}/mymaster"; do
        answers 0 wq-push -u "$url" job date
    done
}

renewed_there() {
    [ "$(at "$REPLICA" zscore job:leased "$lease")" -gt "$1" ]
}

# A producer and eight workers, who call nothing done that one replica does not have.
start_crowd() {
    : >"$BOX/ledger"
    # So short that some will have to try again.
    export WQ_REPLICAS=1 LEASE=1500ms WQ_CONNECT_TIMEOUT=300ms
    wq-config job open=yes
    spawn producer sh "$BATS_TEST_DIRNAME/producer.sh" job 400 "$BOX/pushed"
    PRODUCER=$PID
    for n in 0 1 2 3 4 5 6 7; do
        spawn "worker$n" sh "$BATS_TEST_DIRNAME/../chaos/worker.sh" job "$BOX/ledger" "$n"
        WORKERS[n]=$PID
    done
    # shellcheck disable=SC2016 # it is for the other shell
    spawn looker sh -c 'while [ ! -e "$1" ]; do wq-empty job; echo $?; done' - "$BOX/over"
    LOOKER=$PID
}

# Items that were pushed, and that no worker completed or may have completed. (A lease is not waited for until a replica
# has it: an item whose lease the new primary never heard of is worked on twice.)
missing() {
    awk 'FILENAME ~ /pushed$/ { missing[$1]; next }
        /^answered/ && $2 ~ /^(0|69|75)$/ { delete missing[$NF] }
        END { for (item in missing) print item }' "$BOX/pushed" "$BOX/ledger"
}

done_already() {
    [ "$(grep -c '^answered 0' "$BOX/ledger")" -ge "$1" ]
}

@test "the primary is killed while eight workers and a producer run: nothing that was acknowledged is lost" {
    start_crowd
    eventually 10 done_already 60
    slay "${NODE[PRIMARY]}"
    eventually 15 is_primary "$REPLICA"
    # It comes back, as a replica with nothing in it.
    start_node "$PRIMARY" --replicaof 127.0.0.1 "$REPLICA"
    ends 0 "$PRODUCER" 60
    # To end before the queue is drained would be the wrong answer.
    kill -0 "${WORKERS[@]}"
    touch "$BOX/over"
    ends 0 "$LOOKER"
    wq-config job open=
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid" 20
    done
    is "$(sort -u "$BOX/pushed" | wc -l)" 400
    is "$(missing)" ''
    is "$(grep ^wrong "$BOX/ledger")" ''
    answers 0 wq-empty --strict job
    # The queue was never empty; some could not tell.
    is "$(grep -cvx -e 1 -e 69 -e 75 "$BOX/looker.out")" 0
    echo "# $(grep -c '^failed' "$BOX/ledger") leases, $(wc -l <"$BOX/producer.out") pushes," \
        "$(grep -cv 1 "$BOX/looker.out") looks were told to try again" >&3
    [ -s "$BOX/producer.out" ]
}

@test "the primary is killed while wq-work runs: it goes on at the new one, and what it calls done is done" {
    seq 200 | WQ_REPLICAS=1 wq-push -q job
    for n in 0 1 2 3; do
        # The failover takes longer than a worker with nothing to do would wait.
        WQ_CONNECT_TIMEOUT=20s spawn "work$n" wq-work -j 2 -l 4s --joblog "$BOX/log" job -- sh -c "sleep 0.05"
        WORKERS[n]=$PID
    done
    some() { [ -e "$BOX/log" ] && [ "$(wc -l <"$BOX/log")" -ge 40 ]; }
    eventually 10 some
    slay "${NODE[PRIMARY]}"
    eventually 15 is_primary "$REPLICA"
    for pid in "${WORKERS[@]}"; do
        ends 0 "$pid" 30
    done
    # At least once; what the replica had not heard of is done again.
    is "$(sed 1d "$BOX/log" | cut -f10 | sort -nu)" "$(seq 200)"
    is "$(at "$REPLICA" hget job:stats completed)" 200
    answers 0 wq-empty --strict job
    echo "# $(($(wc -l <"$BOX/log") - 200)) of 200 items were done again" >&3
}
