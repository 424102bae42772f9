# Loaded after servers by the tests with a password.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

SECRET=cor-rect

setup() {
    make_box
    free_ports 1
    PORT=${FREE[0]} HOST=127.0.0.1:${FREE[0]}
    start_redis --port "$PORT" --bind 127.0.0.1 -::1 --user default on ">$SECRET" '~*' '&*' '+@all' \
        --user worker on '>drow-ssap' '~job*' '&*' '+@all'
    unset WQ_URL
}

r() {
    REDISCLI_AUTH=$SECRET redis-cli -s "$SOCKET" --no-auth-warning "$@"
}

# Nothing that was said holds a secret.
secretive() {
    ! grep -e "$SECRET" -e drow-ssap "$BOX/out" "$BOX/err" || fail 'that is secret'
}
