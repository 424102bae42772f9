# Loaded after servers by the tests with TLS.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

# The beginning of a server's greeting.
HELLO='\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03\x01\x02'

setup_file() {
    make_certificates
}

make_certificates() {
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
    make_tls_box
}

make_tls_box() {
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

no_helper() {
    ! pgrep -f "wq-tls --status-fd [0-9]* --url $url" >/dev/null
}

# fails STATUS WHY COMMAND...: nothing was sent. The name that a copy goes by is its own.
fails() {
    answers "$1" "${@:3}"
    says
    complains "${3##*/}: *$2*"
}
