#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Who is refused has nothing done, also where the user default might do it.

load ../shell/helper
load servers

setup() {
    make_box
    [ -z "${WQ_TEST_ACL-}" ] || skip 'it is about the user default'
    start_redis
    wq-push -q job apple
    LEASE=$(lease job)
    r save
    r acl setuser worker on '>drow-ssap' '~*' '+@all'
    contents >"$BOX/before"
}

# refused PROGRAM...: it ends with 77, says why, and Redis has what it had.
refused() {
    answers 77 "$@"
    says
    complains "$1: *refused the password*"
    contents | diff "$BOX/before" - || fail "it was done: $*"
}

# The same for each program that would change something, or answer something.
all_refused() {
    QUEUE=job each refused
    refused wq-complete job "$LEASE"
    refused wq-renew job "$LEASE" -- true
    refused wq-release job "$LEASE"
    refused wq-config job paused=yes
    refused wq-purge --force job
    refused wq-lease -w job
}

@test "a wrong password, or the wrong user, has nothing done where anybody may do it" {
    WQ_USER=x WQ_PASSWORD=wrong all_refused
    WQ_USER=worker WQ_PASSWORD=wrong refused wq-push job banana
    echo wrong >"$BOX/secret"
    WQ_USER=worker WQ_PASSWORD_FILE=$BOX/secret refused wq-push job banana
    WQ_USER=worker REDISCLI_AUTH=wrong refused wq-push job banana
    WQ_USER=worker WQ_PASSWORD=wrong refused wq-push -u "unix://$SOCKET?db=3" job banana
}

@test "so has a password where none is set" {
    WQ_PASSWORD=sesam refused wq-push job banana
    REDISCLI_AUTH=sesam refused wq-lease job
    complains '*without any password*'
}

@test "a server that knows no AUTH is given no work" {
    slay "$REDIS"
    start_redis --rename-command AUTH ''
    contents >"$BOX/before"
    WQ_PASSWORD=sesam all_refused
}

@test "a wrong password in an address is refused over TCP, too, and not tried again" {
    free_ports 1
    start_node "${FREE[0]}"
    at "${FREE[0]}" rpush job apple
    for url in "redis://x:wrong@127.0.0.1:${FREE[0]}" "redis://:wrong@127.0.0.1:${FREE[0]}"; do
        WQ_CONNECT_TIMEOUT=1h answers 77 wq-lease -u "$url" job
        says
    done
    is "$(at "${FREE[0]}" keys '*')" job
}
