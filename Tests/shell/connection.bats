#!/usr/bin/env bats
# How Redis is found, and what is said when it is not.

load helper

setup() {
    make_box
}

# start_tcp: a Redis with a TCP port, $PORT, on loopback.
start_tcp() {
    PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    start_redis --bind 127.0.0.1 -::1 --port "$PORT"
    unset WQ_URL
}

@test "-u goes before WQ_URL, WQ_URL before REDIS_URL, REDIS_URL before REDIS_SERVICE_HOST" {
    start_tcp
    wrong=unix:///nonexistent
    wq-push -u "unix://$SOCKET" job apple
    REDIS_URL=$wrong WQ_URL=$wrong answers 1 wq-empty -u "unix://$SOCKET" job
    REDIS_URL=$wrong WQ_URL=$wrong answers 1 wq-empty "--url=unix://$SOCKET" job
    REDIS_URL=$wrong WQ_URL=unix://$SOCKET answers 1 wq-empty job
    REDIS_SERVICE_HOST=nonexistent.invalid REDIS_URL=unix://$SOCKET answers 1 wq-empty job
    REDIS_SERVICE_HOST=127.0.0.1 REDIS_SERVICE_PORT=$PORT answers 1 wq-empty job
    WQ_URL=unix://$SOCKET REDIS_URL=$wrong WQ_CONNECT_TIMEOUT=50ms answers 69 wq-empty -u "$wrong" job
}

@test "a variable that is set but empty is as if it were not" {
    start_redis
    wq-push job apple
    REDIS_URL=unix://$SOCKET WQ_URL='' answers 1 wq-empty job
}

@test "redis:// takes a name, an IPv4 or an IPv6 address, a port and a database" {
    start_tcp
    for host in localhost 127.0.0.1 '[::1]'; do
        r flushall >/dev/null
        wq-push -u "redis://$host:$PORT" job apple
        is "$(r lrange job 0 -1)" apple
        answers 1 wq-empty -u "redis://$host:$PORT/" job
        answers 0 wq-empty -u "redis://$host:$PORT/3" job
        wq-push -u "redis://$host:$PORT/3" job pear
        is "$(r -n 3 lrange job 0 -1)" pear
    done
}

@test "unix:// takes a path and a database" {
    start_redis
    wq-push -u "unix://$SOCKET?db=3" job pear
    is "$(r -n 3 lrange job 0 -1)" pear
    answers 1 wq-empty -u "unix://$SOCKET?db=3" job
    answers 0 wq-empty -u "unix://$SOCKET?db=0" job
    answers 0 wq-empty -u "unix://$SOCKET" job
    mv "$SOCKET" "$BOX/a b?%"
    answers 0 wq-push -u "unix://$BOX/a%20b%3F%25?db=4" job fig
    answers 0 wq-empty -u "unix://$BOX/a b%3F%25?db=3" -V
    grep -qxF "Redis at unix://$BOX/a b%3F%25?db=3" "$BOX/out" || fail
    mv "$BOX/a b?%" "$SOCKET"
    is "$(r -n 4 lrange job 0 -1)" fig
}

@test "a database that the server does not have is an error, never another database" {
    start_redis
    for url in "unix://$SOCKET?db=99" "unix://$SOCKET?db=16"; do
        answers 78 wq-push -u "$url" job apple
        says
        complains 'wq-push: *'
    done
    is "$(r dbsize)" 0
}

@test "a URL that cannot be one is 78, with the URL named" {
    for url in http://localhost localhost redis:/localhost redis://localhost:port redis://localhost:99999 \
        redis://localhost:0 redis://localhost/db redis://localhost/-1 redis://localhost/1/2 'redis://localhost?db=1' \
        'redis://localhost/?db=1' unix:// unix://relative/path \
        'unix:///s?db=x' 'unix:///s?bd=1' 'redis://[::1' ' ' nonsense; do
        answers 78 wq-empty -u "$url" job
        says
        complains "wq-empty: *$url*"
    done
    WQ_URL=http://localhost answers 78 wq-lease job
    WQ_URL=http://localhost answers 78 wq-push job apple
}

@test "a socket's path that is too long is an error, never another socket" {
    start_redis
    # 107 bytes are still good.
    long=$BOX/$(printf "%0$((106 - ${#BOX}))d" 0)
    mv "$SOCKET" "$long"
    answers 0 wq-push -u "unix://$long" job apple
    answers 78 wq-push -u "unix://${long}0" job pear
    complains "wq-push: *${long}0*"
    mv "$long" "$SOCKET"
    is "$(r lrange job 0 -1)" apple
}

@test "without any address it is localhost:6379" {
    unshare -rn true || skip 'needs a network namespace'
    unset WQ_URL
    WQ_CONNECT_TIMEOUT=50ms answers 69 unshare -rn wq-empty job
    complains 'wq-empty: *localhost:6379*'
}

no_server() {
    answers 69 "$@"
    says
    complains "$1: *$SOCKET*: *"
}

@test "no server is 69, with the address and the cause" {
    WQ_CONNECT_TIMEOUT=50ms each no_server
    complains '*No such file or directory*'
    # A socket that a killed server left.
    python -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SOCKET"
    WQ_CONNECT_TIMEOUT=50ms each no_server
    complains '*Connection refused*'
}

@test "a port that nobody listens on is 69" {
    start_tcp
    slay "$REDIS"
    WQ_CONNECT_TIMEOUT=100ms answers 69 wq-lease -u "redis://127.0.0.1:$PORT" job
    complains "wq-lease: *127.0.0.1:$PORT*: Connection refused"
}

@test "a host without an address is 69, and named" {
    unshare -rn true || skip 'needs a network namespace'
    WQ_CONNECT_TIMEOUT=100ms answers 69 unshare -rn wq-lease -u redis://no-such-host.invalid job
    complains 'wq-lease: *no-such-host.invalid*'
}

@test "name servers that do not answer are not waited for at length" {
    unshare -rnm true || skip 'needs namespaces'
    printf 'nameserver 127.0.0.1\n' >"$BOX/resolv.conf"
    # Each try of the system's own settings takes 5 s, and there are two for each kind of address.
    SECONDS=0
    # shellcheck disable=SC2016 # the other shell expands them
    WQ_CONNECT_TIMEOUT=2s BOX=$BOX answers 69 unshare -rnm sh -ec 'ip link set lo up
        mount --bind "$BOX/resolv.conf" /etc/resolv.conf
        exec /usr/bin/python3 -c "import os, socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((\"127.0.0.1\", 53))
server.set_inheritable(True)
os.execvp(\"wq-lease\", [\"wq-lease\", \"-u\", \"redis://redis.example.com\", \"job\"])"'
    complains 'wq-lease: *redis.example.com*'
    [ "$SECONDS" -lt 15 ] || fail "it took $SECONDS s"
}

@test "a server that comes a moment later is waited for" {
    spawn push wq-push job apple
    push=$PID
    spawn lease wq-lease -w job
    lease=$PID
    # Long enough for both to have seen that nobody is there: a third gives up meanwhile.
    WQ_CONNECT_TIMEOUT=1s answers 69 wq-empty job
    launch_redis
    ends 0 "$push"
    ends 0 "$lease"
    is "$(cut -f2 "$BOX/lease.out")" apple
}

@test "a wrong WQ_CONNECT_TIMEOUT is 78" {
    for timeout in x -1 5x; do
        WQ_CONNECT_TIMEOUT=$timeout answers 78 wq-empty job
        complains "wq-empty: *WQ_CONNECT_TIMEOUT*$timeout*"
    done
}

@test "a server that closes at once is 69" {
    liar "$SOCKET" close
    WQ_CONNECT_TIMEOUT=100ms each no_server
}

unexpected() {
    answers 76 "$@"
    says
    complains "$1: *"
}

@test "a server that speaks something else is 76" {
    liar "$SOCKET" say 'HTTP/1.1 400 Bad Request\r\n\r\n'
    WQ_CONNECT_TIMEOUT=100ms each unexpected
}

@test "an answer of another kind than was asked for is 76" {
    for reply in '+OK\r\n' ':5\r\n' '*0\r\n' '*1\r\n+x\r\n' '$-1\r\n' '*3\r\n:1\r\n:2\r\n:3\r\n' '-ERR unknown command\r\n'; do
        # The first one is for the connection's name.
        liar "$SOCKET" say "+OK\\r\\n$reply"
        WQ_CONNECT_TIMEOUT=100ms unexpected wq-lease job
        slay "$LIAR"
        rm "$SOCKET"
    done
}

@test "programs that start with closed descriptors do not mistake Redis for them" {
    start_redis
    wq-push job apple
    answers 74 bash -c 'wq-lease job <&- >&-'
    answers 74 bash -c 'wq-lease job <&- >&- 2>&-'
    answers 78 bash -c 'wq-lease -u nonsense job 2>&-'
    answers 64 bash -c 'wq-lease <&- >&- 2>&-'
    answers 0 bash -c 'wq-push -q job pear <&- >&- 2>&-'
    is "$(held job)" $'apple\npear'
    is "$(r zcard job:leased)" 0
}

# calls MIN MAX COMMAND...: so often it asks Redis, over one connection.
calls() {
    r config resetstat >/dev/null
    "${@:3}" >"$BOX/out"
    r info all | tr -d '\r' >"$BOX/info"
    # The other connection asks for these numbers.
    grep -qx 'total_connections_received:2' "$BOX/info" || fail "$(grep total_conn "$BOX/info")"
    seen=$(awk -F '[=,]' '/^cmdstat_eval/ { calls += $2 } END { print calls }' "$BOX/info")
    if [ "$seen" -lt "$1" ] || [ "$seen" -gt "$2" ]; then fail "$seen calls: ${*:3}"; fi
}

@test "what needs no waiting takes one connection and one question" {
    start_redis
    teach
    calls 1 1 wq-push job apple banana cherry
    calls 1 1 wq-lease job
    calls 1 1 wq-complete job "$(cut -f1 "$BOX/out")"
    calls 1 1 wq-lease -n 2 job
    # shellcheck disable=SC2046 # a list
    calls 1 1 wq-complete job $(cut -f1 "$BOX/out")
    calls 1 1 wq-empty job || true
    calls 1 1 wq-reap job
}

@test "work on many items is asked for in bounded portions" {
    start_redis
    seq 1000 >"$BOX/numbers"
    calls 2 7 wq-push -f "$BOX/numbers" job
    calls 5 7 wq-lease -n 1000 job
    cp "$BOX/out" "$BOX/leases"
    calls 5 7 wq-complete job - <"$BOX/leases"
}

@test "a waiter whose server dies is 69" {
    start_redis
    WQ_CONNECT_TIMEOUT=100ms spawn wait wq-lease -w job
    eventually 5 blocked 1
    slay "$REDIS"
    ends 69 "$PID" 15
    matches "$(<"$BOX/wait.err")" "wq-lease: *"
}
