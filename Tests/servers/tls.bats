#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Redis with TLS, and a certificate authority of the test's own.

# shellcheck disable=SC2153,SC2154 # tls.bash sets what is used here

load ../shell/helper
load servers
load tls

@test "with TLS every program works as without" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    each answer
    r flushall
    answers 0 wq-push job apple 'two words'
    says 2
    answers 0 wq-lease --json job
    grep -q '"item":"apple"' "$BOX/out"
    lease=$(lease job)
    answers 0 wq-renew job "$lease" -- true
    answers 0 wq-complete job "$lease"
    answers 0 wq-purge --force job
    seq 5 | wq-push -q job
    answers 0 wq-work job echo
    says 1 2 3 4 5
    complains 'wq-work: 5 done, 0 failed, 0 dead in *'
}

@test "files and names are given as options, too" {
    serve server --tls-auth-clients yes
    each answer_with --cacert "$CERTS/ca.pem" --cert "$CERTS/client.pem" --key "$CERTS/client.key" -u "$url"
}

# answer_with OPTION... PROGRAM WORD...: the options are the first eight words.
answer_with() {
    answer "$9" "${@:1:8}" "${@:10}"
}

@test "user, password and database go with it, and the password is nobody's to see" {
    export WQ_TLS_CACERT=$CERTS/ca.pem
    r() { redis-cli -s "$SOCKET" --no-auth-warning -a cor-rect "$@"; }
    serve server --requirepass cor-rect
    answers 0 wq-push -u "rediss://:cor-rect@localhost:$PORT/3" job apple
    is "$(r -n 3 lrange job 0 -1)" apple
    fails 77 'refused the password' wq-empty -u "rediss://:wrong@localhost:$PORT" job
    answers 0 wq-lease -u "rediss://:cor-rect@localhost:$PORT/3" -V
    grep -qx "Redis at $url/3" "$BOX/out"
    spawn wait wq-lease -w -u "rediss://:cor-rect@localhost:$PORT" job
    eventually 5 blocked 1
    ! pgrep -af wq-tls | grep cor-rect || fail 'that is secret'
    pgrep -P "$PID" -af wq-tls | grep -q "$url"
}

@test "a server is known by its name or address, as it is called" {
    serve server
    export WQ_TLS_CACERT=$CERTS/ca.pem
    good wq-empty -u "rediss://localhost:$PORT" job
    good wq-empty -u "rediss://127.0.0.1:$PORT" job
}

@test "a certificate for another name is refused, unless that is the name that is wanted" {
    serve named
    export WQ_TLS_CACERT=$CERTS/ca.pem
    fails 78 'hostname mismatch; *--sni*' wq-push -u "$url" job apple
    fails 78 'IP address mismatch*' wq-push -u "rediss://127.0.0.1:$PORT" job apple
    is "$(r dbsize)" 0
    good wq-empty --sni queue.example -u "$url" job
    WQ_TLS_SNI=queue.example good wq-empty -u "rediss://127.0.0.1:$PORT" job
    WQ_TLS_SNI=other.example fails 78 'hostname mismatch' wq-empty -u "$url" job
}

@test "an expired certificate is refused" {
    serve expired
    WQ_TLS_CACERT=$CERTS/ca.pem fails 78 'certificate has expired' wq-push -u "$url" job apple
    is "$(r dbsize)" 0
}

@test "a certificate that nobody vouches for is refused" {
    serve self
    fails 78 'self-signed certificate; *--cacert*' wq-push -u "$url" job apple
    WQ_TLS_CACERT=$CERTS/ca.pem fails 78 'self-signed certificate; *' wq-push -u "$url" job apple
    is "$(r dbsize)" 0
    WQ_TLS_CACERT=$CERTS/self.pem good wq-push -u "$url" job apple
}

@test "an authority that is not trusted vouches for nothing" {
    serve server
    fails 78 'cannot be trusted: *--cacert*' wq-push -u "$url" job apple
    WQ_TLS_CACERT=$CERTS/other.pem fails 78 'cannot be trusted: *--cacert*' wq-push -u "$url" job apple
    is "$(r dbsize)" 0
    # What the system trusts may be named as for other programs that use OpenSSL.
    SSL_CERT_FILE=$CERTS/ca.pem good wq-push -u "$url" job apple
}

@test "--insecure accepts any certificate, and says so" {
    serve self
    warning='warning: the server'"'"'s certificate is not checked*'
    answers 0 wq-push --insecure -u "$url" job apple
    says 1
    complains "wq-push: $warning"
    WQ_TLS_INSECURE=yes answers 0 wq-work -u "$url" job echo
    says apple
    is "$(grep -c warning "$BOX/err")" 1
    WQ_TLS_INSECURE=no fails 78 'cannot be trusted' wq-empty -u "$url" job
    WQ_TLS_INSECURE=1 fails 78 'WQ_TLS_INSECURE is 1: it must be yes or no' wq-empty -u "$url" job
    # Where there is no TLS there is nothing to warn of.
    good wq-empty --insecure job
}

@test "a server that wants a certificate is shown one, or refuses" {
    serve server --tls-auth-clients yes
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    fails 77 'wants a certificate that it trusts (WQ_TLS_CERT, WQ_TLS_KEY)*' wq-push job apple
    WQ_TLS_CERT=$CERTS/stranger.pem WQ_TLS_KEY=$CERTS/stranger.key fails 77 'wants a certificate' wq-push job apple
    # With the older protocol the refusal comes at another moment.
    r config set tls-protocols TLSv1.2
    fails 77 'wants a certificate' wq-push job apple
    WQ_TLS_CERT=$CERTS/client.pem WQ_TLS_KEY=$CERTS/client.key good wq-empty job
    r config set tls-protocols ''
    is "$(r dbsize)" 0
    WQ_TLS_CERT=$CERTS/client.pem WQ_TLS_KEY=$CERTS/client.key good wq-empty job
    WQ_TLS_CERT=$CERTS/both.pem good wq-empty job
    # A wait that ends at once is no way to be refused again and again.
    WQ_CONNECT_TIMEOUT=1h fails 77 'wants a certificate' wq-lease -w job
}

@test "files that cannot be used are 78, and named" {
    serve server
    export WQ_URL=$url
    touch "$BOX/empty"
    for file in "$BOX/none" "$BOX" "$BOX/empty"; do
        WQ_TLS_CACERT=$file fails 78 "WQ_TLS_CACERT: *$file: ?*" wq-empty job
        WQ_TLS_CACERT=$CERTS/ca.pem WQ_TLS_CERT=$file fails 78 "WQ_TLS_CERT: *$file: ?*" wq-empty job
    done
    export WQ_TLS_CACERT=$CERTS/ca.pem
    WQ_TLS_KEY=$CERTS/client.key fails 78 'no certificate: set WQ_TLS_CERT' wq-empty job
    export WQ_TLS_CERT=$CERTS/client.pem
    fails 78 "WQ_TLS_KEY: *$CERTS/client.pem: *" wq-empty job
    WQ_TLS_KEY=$CERTS/server.key fails 78 'WQ_TLS_KEY: *key values mismatch' wq-empty job
    # Nobody is asked for a passphrase.
    WQ_TLS_KEY=$CERTS/locked.key fails 78 'WQ_TLS_KEY: *locked.key: ?*' wq-empty job
    is "$(r dbsize)" 0
}

@test "TLS where there is none, and none where there is TLS, are told" {
    serve server --port "$((PORT + 10000))"
    export WQ_CONNECT_TIMEOUT=300ms
    # One of both sides gives up first.
    fails 69 '@(no TLS within 300ms; redis:// is for connections without TLS|the TLS handshake took too long)' wq-empty -u "rediss://localhost:$((PORT + 10000))" job
    # It may answer like another server, too.
    spawn http /usr/bin/python3 -m http.server --bind 127.0.0.1 "$((PORT + 10001))"
    eventually 5 listens "$((PORT + 10001))"
    fails 78 'speaks no TLS' wq-empty -u "rediss://localhost:$((PORT + 10001))" job
    fails 69 "redis://localhost:$PORT" wq-empty -u "redis://localhost:$PORT" job
}

@test "a server that closes the connection in the middle of the handshake is 69" {
    export WQ_URL=$url WQ_CONNECT_TIMEOUT=200ms
    for bytes in 0 1 5 9 13; do
        liar "$PORT" say "${HELLO:0:4*bytes}"
        fails 69 "cannot reach Redis at $url: ?*" wq-push job apple
        slay "$LIAR"
    done
}

@test "a server that falls silent in the middle of the handshake is 69 in time" {
    export WQ_URL=$url WQ_CONNECT_TIMEOUT=200ms
    liar "$PORT" hold "${HELLO:0:4*9}"
    fails 69 "cannot reach Redis at $url: no TLS within 200ms*" wq-push job apple
    eventually 5 no_helper
}

@test "a server that is not there yet is waited for" {
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    WQ_CONNECT_TIMEOUT=100ms fails 69 'Connection refused' wq-empty job
    spawn push wq-push job apple
    serve server
    ends 0 "$PID"
    is "$(r lrange job 0 -1)" apple
}

@test "in an otherwise empty root TLS needs two files" {
    [ "$(id -u)" = 0 ] || skip 'needs root for chroot'
    ! ldd "$WQ_BIN/wq-push" >/dev/null 2>&1 || skip 'these programs are linked dynamically'
    serve named
    mkdir -p "$BOX/root/etc"
    echo '127.0.0.1 queue.example' >"$BOX/root/etc/hosts"
    cp "$WQ_BIN"/wq-{push,tls} "$CERTS/ca.pem" "$BOX/root"
    answers 0 chroot "$BOX/root" /wq-push --cacert /ca.pem -u "rediss://queue.example:$PORT" job apple
    says 1
    complains ''
    # Without the authorities there is nobody to trust.
    answers 78 chroot "$BOX/root" /wq-push -u "rediss://queue.example:$PORT" job apple
}

@test "in a cluster with TLS the node that has the queue is found" {
    export WQ_TLS_CACERT=$CERTS/ca.pem
    free_ports 2
    secure() { redis-cli --tls --cacert "$CERTS/ca.pem" -p "$@"; }
    replies() { [ "$(secure "$1" ping 2>&1)" = PONG ]; }
    for port in "${FREE[@]}"; do
        start_node "$port" --port 0 --tls-port "$port" --tls-cluster yes --cluster-enabled yes --tls-auth-clients no \
            --tls-cert-file "$CERTS/server.pem" --tls-key-file "$CERTS/server.key" --tls-ca-cert-file "$CERTS/ca.pem"
    done
    secure "${FREE[0]}" cluster addslotsrange 0 8191
    secure "${FREE[1]}" cluster addslotsrange 8192 16383
    secure "${FREE[0]}" cluster meet 127.0.0.1 "${FREE[1]}"
    for port in "${FREE[@]}"; do eventually 20 agrees "$port"; done
    # One slot is at the one, the other at the other node.
    for queue in '{a}' '{job}'; do
        for port in "${FREE[@]}"; do
            good wq-push -u "rediss://127.0.0.1:$port" "$queue" apple
        done
        is "$(wq-lease -u "rediss://127.0.0.1:${FREE[0]}" -n 2 "$queue" | cut -f2 | xargs)" 'apple apple'
    done
    for port in "${FREE[@]}"; do is "$(secure "$port" keys '*:items' | wc -l)" 1; done
}

agrees() {
    secure "$1" cluster info | tr -d '\r' | grep -c -e '^cluster_state:ok' -e '^cluster_known_nodes:2' | grep -qx 2
}
