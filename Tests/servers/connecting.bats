#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# docs/connecting.md is true: each situation, as written but for the places.

load ../shell/helper
load servers

setup() {
    make_box
    unset WQ_URL
    free_ports 5
    PORT=${FREE[0]}
    mkdir "$BOX/secrets"
}

# as_written NAME [FROM TO]...: runs the block of the page that follows this marker, with each FROM replaced.
as_written() {
    local name=$1 from
    shift
    awk -v marker="<!-- test: $name -->" '
        $0 == marker { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$REPO/docs/connecting.md" >"$BOX/block"
    written block || fail "the page has no block $name"
    while [ $# -gt 0 ]; do
        from=$1
        grep -qF -e "$from" "$BOX/block" || fail "the block $name has no $from"
        python -c 'import sys
path, old, new = sys.argv[1:]
text = open(path).read()
open(path, "w").write(text.replace(old, new))' "$BOX/block" "$from" "$2"
        shift 2
    done
    answers 0 sh -e "$BOX/block"
}

@test "as written: which address is in use" {
    start_redis --appendonly yes
    WQ_URL=unix://$SOCKET as_written which
    grep -qx "Redis at unix://$SOCKET" "$BOX/out"
    grep -qx sound "$BOX/out"
}

@test "as written: a Redis on this machine" {
    start_redis --port "$PORT" --bind 127.0.0.1
    as_written local 6380 "$PORT" /run/redis/redis-server.sock "$SOCKET"
    is "$(sed -n 1p "$BOX/out")" 1
    is "$(sed -n 2p "$BOX/out" | cut -f2)" apple
    PATH=$REPO/bin:$PATH as_written wq-local
    is "$(cut -f2 "$BOX/out" | xargs)" '2 apple banana'
}

@test "as written: a service in Kubernetes" {
    start_redis --port "$PORT" --bind 127.0.0.1
    as_written service 10.0.0.11 127.0.0.1 6379 "$PORT"
    says 1
}

@test "as written: a password from a secret" {
    start_redis --port "$PORT" --bind 127.0.0.1 --user worker on '>drow-ssap' '~*' '&*' +@all
    r lpush job2 apple
    echo drow-ssap >"$BOX/secrets/password"
    as_written secret redis.example:6379 "127.0.0.1:$PORT" /run/secrets/redis "$BOX/secrets"
    is "$(cut -f2 "$BOX/out")" apple
}

# certified HOST: a server with TLS, a password and an authority of its own, whose certificate is for this host.
certified() {
    cd "$BOX/secrets" || return
    local name
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=ca -keyout ca.key -out ca.pem
    for name in server client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout "$name.key" \
            -out "$name.csr"
        openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$name.pem" \
            -extfile <(echo "subjectAltName=DNS:$1")
    done
    cd "$BOX" || return
    echo cor-rect >"$BOX/secrets/password"
    start_redis --bind 127.0.0.1 --tls-port "$PORT" --tls-cert-file "$BOX/secrets/server.pem" \
        --tls-key-file "$BOX/secrets/server.key" --tls-ca-cert-file "$BOX/secrets/ca.pem" "${@:2}"
} 2>/dev/null

@test "as written: a managed server with TLS" {
    [ "$SERVER" = redis-server ] || skip 'TLS is tested with the installed Redis'
    certified localhost --tls-auth-clients no
    as_written tls-authority redis.example:6379 "localhost:$PORT" /run/secrets/redis "$BOX/secrets"
    says 1
    slay "$REDIS"
    certified redis.example --tls-auth-clients yes
    as_written tls-client 10.0.0.11:6379 "127.0.0.1:$PORT" /run/secrets/redis "$BOX/secrets"
    says 1
}

@test "as written: a managed server with TLS whose authority the system trusts" {
    [ "$SERVER" = redis-server ] || skip 'TLS is tested with the installed Redis'
    r() { redis-cli -s "$SOCKET" --no-auth-warning -a cor-rect "$@"; }
    certified localhost --tls-auth-clients no --requirepass cor-rect
    SSL_CERT_FILE=$BOX/secrets/ca.pem as_written tls redis.example:6379 "localhost:$PORT" \
        /run/secrets/redis "$BOX/secrets"
    says 1
}

@test "as written: sentinels, and replicas" {
    start_node "$PORT" --repl-diskless-sync-delay 0
    start_node "${FREE[1]}" --replicaof 127.0.0.1 "$PORT" --repl-diskless-sync-delay 0
    eventually 10 replicates "${FREE[1]}"
    for port in "${FREE[@]:2:3}"; do
        mkdir "$BOX/$port"
        printf '%s\n' "port $port" 'bind 127.0.0.1' "dir $BOX/$port" "sentinel monitor mymaster 127.0.0.1 $PORT 2" \
            >"$BOX/$port/conf"
        spawn sentinel "$SERVER" "$BOX/$port/conf" --sentinel
        eventually 10 replies "$port"
    done
    as_written sentinel sentinel-1.example "127.0.0.1:${FREE[2]}" sentinel-2.example "127.0.0.1:${FREE[3]}" \
        sentinel-3.example "127.0.0.1:${FREE[4]}"
    says 1
    is "$(at "$PORT" lrange job2 0 -1)" apple
    WQ_URL=redis://127.0.0.1:$PORT as_written replicas
    says 1
}

@test "as written: a cluster" {
    start_node "$PORT" --cluster-enabled yes
    seq 0 16383 | xargs redis-cli -p "$PORT" cluster addslots
    eventually 10 is_whole
    as_written cluster node-1.example:6379 "127.0.0.1:$PORT"
    is "$(tail -n 1 "$BOX/out" | cut -f2)" apple
}

is_whole() {
    at "$PORT" cluster info | grep -q 'cluster_state:ok'
}
