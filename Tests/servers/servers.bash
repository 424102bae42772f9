# Loaded after ../shell/helper by the tests that need servers of other kinds: on TCP ports, or several of
# them.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

# answer COMMAND...: it has an answer of its own, whichever, and no error: here 0, 1, 3, or 66 for a
# queue that was never used.
answer() {
    local seen=0
    timeout --foreground -k 1 20 "$@" >"$BOX/out" 2>"$BOX/err" 3>&- || seen=$?
    case $seen in
        0 | 1 | 3 | 66) ;;
        *) fail "an answer expected, $seen seen: $*" ;;
    esac
}

# good COMMAND...: it gets an answer, without a word of trouble, but that the queue was never used.
good() {
    answer "$@"
    grep -v ': nothing was ever pushed to ' "$BOX/err" >"$BOX/trouble" || true
    is "$(<"$BOX/trouble")" ''
}

# free_ports N: sets FREE to so many that nobody listens on, and neither on the ones 10,000 above, which are a
# cluster's own. They lie below those that the system gives to clients.
free_ports() {
    local ports
    ports=$(python -c '
import random, socket, sys
ports, kept = [], []
def take(port):
    kept.append(socket.socket())
    kept[-1].bind(("127.0.0.1", port))
while len(ports) < int(sys.argv[1]):
    port = random.randrange(11000, 22000)
    try:
        take(port), take(port + 10000)
        ports.append(port)
    except OSError:
        pass
print(*ports)' "$1")
    read -r -a FREE <<<"$ports"
}

# start_node PORT [OPTION...]: a server on this port of 127.0.0.1, with a folder of its own; its process is
# NODE[PORT].
start_node() {
    launch_node "$@"
    eventually 10 replies "$1"
}

# The same without waiting for it to be ready.
launch_node() {
    local port=$1
    shift
    mkdir -p "$BOX/$port"
    "$SERVER" --port "$port" --bind 127.0.0.1 --dir "$BOX/$port" --save '' --logfile "$BOX/$port/log" "$@" \
        >/dev/null 2>&1 3>&- &
    NODE[port]=$!
    STARTED+=("$!")
}

replies() {
    case $(at "$1" ping 2>&1) in
        PONG | NOAUTH*) ;;
        *) false ;;
    esac
}

# at PORT COMMAND...: asks the server there.
at() {
    redis-cli -p "$@"
}

# info PORT FIELD: what the server there says about itself.
info() {
    at "$1" info | tr -d '\r' | sed -n "s/^$2://p"
}

# replicates PORT: the replica there has all that its primary has.
replicates() {
    [ "$(info "$1" master_link_status)" = up ]
}

# waits N: so many clients wait inside the test's Redis under the name wq-lease.
waits() {
    [ "$(r client list | grep -c 'name=wq-lease .*cmd=blmove')" -eq "$1" ]
}

# What Redis has, a line a key, to be compared with what it has later.
contents() {
    for key in $(r keys '*' | sort); do
        echo "$key $(r dump "$key" | sha1sum)"
    done
}

# connected NAME: a program of that name is.
connected() {
    r client list | grep -q "name=$1"
}
