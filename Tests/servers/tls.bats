#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Redis with TLS, and a certificate authority of the test's own.

load ../shell/helper
load servers

# The beginning of a server's greeting.
HELLO='\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03\x01\x02'

setup_file() {
    export CERTS=$BATS_FILE_TMPDIR
    cd "$CERTS" || return
    authority ca
    authority other
    issue server ca 30 DNS:localhost,IP:127.0.0.1
    issue named ca 30 DNS:queue.example
    issue expired ca -1 DNS:localhost
    issue client ca 30 DNS:client
    issue stranger other 30 DNS:client
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout self.key -out self.pem 2>/dev/null
    cat client.pem client.key >both.pem
    openssl ec -in client.key -aes128 -passout pass:secret -out locked.key 2>/dev/null
}

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# issue NAME AUTHORITY DAYS ALTERNATIVE-NAMES
issue() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$3" \
        -extfile <(echo "subjectAltName=$4") -out "$1.pem" 2>/dev/null
}

setup() {
    [ "$SERVER" = redis-server ] || skip 'TLS is tested with the installed Redis'
    make_box
    free_ports 1
    PORT=${FREE[0]}
    unset WQ_TLS_CACERT WQ_TLS_CERT WQ_TLS_KEY WQ_TLS_SNI WQ_TLS_INSECURE SSL_CERT_FILE SSL_CERT_DIR
    export WQ_CONNECT_TIMEOUT=5s
    url=rediss://localhost:$PORT
}

# serve NAME [OPTION...]: a server that has this certificate, on $PORT.
serve() {
    start_redis --bind 127.0.0.1 --tls-port "$PORT" --tls-cert-file "$CERTS/$1.pem" --tls-key-file "$CERTS/$1.key" \
        --tls-ca-cert-file "$CERTS/ca.pem" --tls-auth-clients no "${@:2}"
}

@test "with TLS every program works as without" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    each answer
    r flushall
    answers 0 wq-push job apple 'two words'
    says 2
    answers 0 wq-lease --format json job
    grep -q '"item":"apple"' "$BOX/out"
    lease=$(lease job)
    answers 0 wq-renew job "$lease" -- true
    answers 0 wq-complete job "$lease"
    answers 0 wq-purge --force job
    seq 5 | wq-push -q job
    answers 0 wq-work job echo
    says 1 2 3 4 5
    complains ''
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
    is "$(wc -l <"$BOX/err")" 1
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

no_helper() {
    ! pgrep -f "wq-tls --status-fd 3 --url $url" >/dev/null
}

@test "a server that is not there yet is waited for" {
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    WQ_CONNECT_TIMEOUT=100ms fails 69 'Connection refused' wq-empty job
    spawn push wq-push job apple
    serve server
    ends 0 "$PID"
    is "$(r lrange job 0 -1)" apple
}

@test "without wq-tls rediss:// is 78, and nothing else needs it" {
    mkdir "$BOX/alone"
    cp "$WQ_BIN/wq-empty" "$BOX/alone"
    PATH=/usr/bin:/bin fails 78 'needs the program wq-tls*' "$BOX/alone/wq-empty" -u "$url" job
    start_redis
    PATH=/usr/bin:/bin answers 0 "$BOX/alone/wq-empty" job
    # In PATH it is found as well.
    PATH=$WQ_BIN:/usr/bin:/bin fails 69 'Connection refused' "$BOX/alone/wq-empty" -u "$url" job
}

# fails STATUS WHY COMMAND...: nothing was sent. The name that a copy goes by is its own.
fails() {
    answers "$1" "${@:3}"
    says
    complains "${3##*/}: *$2*"
}

@test "no helper outlives its program, however that ends" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    for signal in TERM KILL; do
        spawn wait wq-lease -w job
        eventually 5 blocked 1
        ! no_helper
        kill "-$signal" "$PID"
        wait "$PID" || true
        eventually 5 no_helper
        eventually 5 blocked 0
    done
    # Neither does it stay behind as a zombie of the shell's.
    python -c 'import subprocess, sys
subprocess.run(["wq-empty", "job"])
print(open("/proc/self/task/%d/children" % __import__("os").getpid()).read())' >"$BOX/children"
    is "$(xargs <"$BOX/children")" ''
}

@test "a helper that dies is as a connection that breaks" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    pkill -KILL -P "$PID" -x wq-tls
    eventually 5 blocked 1
    wq-push -q job apple
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

@test "a server that dies and comes back is found again" {
    serve server --appendonly yes --appendfsync always
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    seq 200 | wq-push -q job
    spawn work wq-work -j 2 --tag job sh -c 'sleep 0.01; echo done'
    eventually 10 written_lines 20
    slay "$REDIS"
    serve server --appendonly yes --appendfsync always
    ends 0 "$PID" 30
    is "$(cut -f1 "$BOX/work.out" | sort -un | wc -l)" 200
    wq-empty job
    eventually 5 no_helper
}

written_lines() {
    [ "$(wc -l <"$BOX/work.out")" -ge "$1" ]
}

@test "whatever is pushed comes out again, however large" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    head -c 20000000 /dev/urandom >"$BOX/large"
    answers 0 wq-push --whole -f "$BOX/large" job
    wq-lease --format json job | python -c 'import base64, json, sys
sys.stdout.buffer.write(base64.b64decode(json.load(sys.stdin)["item_base64"]))' | cmp - "$BOX/large"
    seq 200000 >"$BOX/many"
    answers 0 wq-push -f "$BOX/many" lines
    says 200000
    wq-lease -n 200000 lines | tee "$BOX/leases" | cut -f2 | cmp - "$BOX/many"
    answers 0 wq-complete lines - <"$BOX/leases"
    answers 0 wq-empty lines
}

@test "a group of processes that is told to end leaves the helper to its program" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    wq-push -q job apple
    spawn work setsid wq-work job sh -c 'trap "" TERM; echo begun; sleep 0.5; echo done'
    eventually 5 written work.out
    pkill -TERM -s "$PID"
    ends 143 "$PID"
    is "$(tail -n 1 "$BOX/work.out")" 'done'
    answers 0 wq-empty job
}

@test "wq-tls by hand is a way to say anything to the server" {
    serve server
    export WQ_TLS_CACERT=$CERTS/ca.pem
    printf 'PING\r\nECHO hello\r\n' | answers 0 wq-tls -u "$url"
    is "$(tr -d '\r' <"$BOX/out")" $'+PONG\n$5\nhello'
    WQ_URL=$url answers 0 wq-tls -V
    grep -qx "Redis at $url" "$BOX/out"
    fails 78 'has no TLS*' wq-tls -u "redis://localhost:$PORT"
    answers 64 wq-tls job
    WQ_TLS_CACERT=$CERTS/other.pem fails 78 'cannot be trusted' wq-tls -u "$url"
    answers 74 into_dead_pipe wq-tls -u "$url" <<<PING
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
