# Loaded after servers by the tests with a cluster, which a file starts once.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

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

# slot QUEUE
slot() {
    at "${FREE[0]}" cluster keyslot "$1"
}

# opens QUEUE FROM TO: its slot is about to move; nothing has.
opens() {
    at "$3" cluster setslot "$(slot "$1")" importing "$(node_id "$2")"
    at "$2" cluster setslot "$(slot "$1")" migrating "$(node_id "$3")"
}

# closes QUEUE FROM TO: it has moved.
closes() {
    for port in "$3" "$2" "${FREE[@]}"; do
        at "$port" cluster setslot "$(slot "$1")" node "$(node_id "$3")"
    done
    eventually 5 agreed "$1"
}
