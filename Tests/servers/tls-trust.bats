#!/usr/bin/env bats
# Whom TLS trusts, and what it takes; sentinels that speak TLS.

load ../shell/helper
load servers

setup() {
    [ "$SERVER" = redis-server ] || skip 'TLS is tested with the installed Redis'
    make_box
    cd "$BOX" || return
    free_ports 2
    PORT=${FREE[0]}
    export WQ_CONNECT_TIMEOUT=5s WQ_TLS_CACERT=$BOX/server.pem
    url=rediss://localhost:$PORT
}

# certificate: server.pem, which vouches for itself, for localhost and 127.0.0.1.
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout server.key -out server.pem \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
}

# serve [OPTION...]: a server with it on $PORT.
serve() {
    start_redis --bind 127.0.0.1 --tls-port "$PORT" --tls-cert-file server.pem --tls-key-file server.key \
        --tls-ca-cert-file server.pem --tls-auth-clients no "$@"
}

@test "a name that only the subject has is none" {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout server.key -out server.pem 2>/dev/null
    serve
    answers 78 wq-push -u "$url" job apple
    complains 'wq-push: *cannot be trusted: *mismatch*'
}

@test "without forward secrecy there is no cipher in common, and that is told" {
    certificate
    serve --tls-protocols TLSv1.2 --tls-ciphers AES128-GCM-SHA256
    answers 78 wq-push -u "$url" job apple
    complains 'wq-push: *no cipher in common*'
    slay "$REDIS"
    serve --tls-protocols TLSv1.2 --tls-ciphers ECDHE-RSA-AES128-GCM-SHA256
    answers 0 wq-push -u "$url" job apple
}

@test "a host is asked for as it was given" {
    certificate
    serve
    answers 0 wq-push -u "rediss://local%68ost:$PORT" job apple
    export WQ_CONNECT_TIMEOUT=300ms
    for host in 'local%2fhost' 'x%40localhost' 'local%20host' 'local%00host' 'local%3fhost'; do
        answers 69 wq-push -u "rediss://$host:$PORT" job apple || answers 78 wq-push -u "rediss://$host:$PORT" job apple
        says
    done
}

@test "with sentinels, TLS leads to them and to the primary" {
    certificate
    serve
    r config set requirepass sesam
    mkdir watch
    printf '%s\n' 'port 0' "tls-port ${FREE[1]}" 'bind 127.0.0.1' "dir $BOX/watch" "tls-cert-file $BOX/server.pem" \
        "tls-key-file $BOX/server.key" "tls-ca-cert-file $BOX/server.pem" 'tls-auth-clients no' 'tls-replication yes' \
        "sentinel monitor mymaster 127.0.0.1 $PORT 1" 'sentinel auth-pass mymaster sesam' >watch/conf
    spawn sentinel "$SERVER" watch/conf --sentinel
    export WQ_URL="rediss+sentinel://:sesam@localhost:${FREE[1]}/mymaster"
    answers 0 wq-push job apple
    answers 0 wq-lease job
    is "$(cut -f2 out)" apple
    answers 0 wq-lease --version
    grep -qF "rediss+sentinel://localhost:${FREE[1]}/mymaster" out
    # Without TLS nobody is there, and with it only whom one trusts.
    WQ_URL="redis+sentinel://:sesam@localhost:${FREE[1]}/mymaster" WQ_CONNECT_TIMEOUT=300ms answers 69 wq-push job apple
    WQ_TLS_CACERT=/etc/ssl/certs/ca-certificates.crt answers 69 wq-push job apple
    complains '*cannot be trusted*'
}
