#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Users and passwords: how they are given, and that nobody else sees them.

load ../shell/helper
load servers
load password

# refused COMMAND...: it does not.
refused() {
    answers 77 "$@"
    says
    complains "$1: *"
    secretive
}

# enters USER wq-empty [OPTION...]: it gets in as this user: the worker may look at job, and at nothing else.
enters() {
    local who=default
    good "${@:2}" job
    "${@:2}" other >/dev/null 2>&1 || who=worker
    is "$who" "$1"
}

@test "a password comes with the address, or from the environment" {
    url=redis://$HOST
    WQ_URL=redis://:$SECRET@$HOST each answer
    WQ_URL=$url WQ_PASSWORD=$SECRET each answer
    r flushall
    printf '%s\n' "$SECRET" >"$BOX/secret"
    enters default wq-empty -u "redis://:$SECRET@$HOST"
    enters default wq-empty -u "redis://default:$SECRET@$HOST"
    WQ_PASSWORD=$SECRET enters default wq-empty -u "$url"
    WQ_PASSWORD_FILE=$BOX/secret enters default wq-empty -u "$url"
    REDISCLI_AUTH=$SECRET enters default wq-empty -u "$url"
    WQ_PASSWORD=$SECRET enters default wq-empty -u "unix://$SOCKET"
    WQ_PASSWORD=$SECRET enters default wq-empty -u "unix://$SOCKET?db=3"
    WQ_PASSWORD=$SECRET REDIS_SERVICE_HOST=127.0.0.1 REDIS_SERVICE_PORT=$PORT enters default wq-empty
    WQ_PASSWORD=$SECRET REDIS_URL=$url enters default wq-empty
}

@test "a user comes with the address, or from the environment" {
    url=redis://$HOST
    echo drow-ssap >"$BOX/secret"
    enters worker wq-empty -u "redis://worker:drow-ssap@$HOST"
    WQ_USER=worker WQ_PASSWORD=drow-ssap enters worker wq-empty -u "$url"
    WQ_USER=worker WQ_PASSWORD_FILE=$BOX/secret enters worker wq-empty -u "unix://$SOCKET"
    WQ_USER=worker REDISCLI_AUTH=drow-ssap enters worker wq-empty -u "$url"
    WQ_PASSWORD=drow-ssap enters worker wq-empty -u "redis://worker@$HOST"
    WQ_USER='' WQ_PASSWORD=$SECRET enters default wq-empty -u "$url"
}

@test "the address goes before the environment, and there one variable before the next" {
    url=redis://$HOST
    echo "$SECRET" >"$BOX/secret"
    echo wrong >"$BOX/wrong"
    WQ_USER=worker WQ_PASSWORD=wrong enters default wq-empty -u "redis://default:$SECRET@$HOST"
    WQ_PASSWORD_FILE=$BOX/none REDISCLI_AUTH=wrong enters default wq-empty -u "redis://:$SECRET@$HOST"
    WQ_PASSWORD=$SECRET WQ_PASSWORD_FILE=$BOX/wrong REDISCLI_AUTH=wrong enters default wq-empty -u "$url"
    WQ_PASSWORD_FILE=$BOX/secret REDISCLI_AUTH=wrong enters default wq-empty -u "$url"
    WQ_PASSWORD='' WQ_PASSWORD_FILE='' REDISCLI_AUTH=$SECRET enters default wq-empty -u "$url"
    # The password of another address is for that one.
    WQ_URL=redis://:$SECRET@$HOST REDIS_URL=redis://:$SECRET@$HOST refused wq-empty -u "$url" job
}

@test "what means something in a URL is written with percents" {
    while IFS='|' read -r encoded plain; do
        r acl setuser 'a:b@c' reset on ">$plain" '~job*' '+@all'
        good wq-empty -u "redis://a%3Ab%40c:$encoded@$HOST" job
        good wq-empty -u "redis://a%3ab%40c:$encoded@$HOST/0" job
        WQ_USER=a:b@c WQ_PASSWORD=$plain good wq-empty -u "redis://$HOST" job
    done <<'END'
p%40ss|p@ss
a%2Fb%2fc|a/b/c
%25%20%3F%23%5B%5D|% ?#[]
1+1|1+1
co:lon|co:lon
%41%c3%a9%F0%9F%90%A1|Aé🐡
END
}

@test "a newline at the end of a password is no part of it, wherever it comes from" {
    newline=$'\n'
    WQ_PASSWORD=$SECRET$newline enters default wq-empty -u "redis://$HOST"
    WQ_PASSWORD=$SECRET$'\r\n' enters default wq-empty -u "redis://$HOST"
    REDISCLI_AUTH=$SECRET$newline enters default wq-empty -u "redis://$HOST"
    WQ_USER=worker$newline WQ_PASSWORD=drow-ssap$newline enters worker wq-empty -u "redis://$HOST"
    enters default wq-empty -u "redis://:$SECRET$newline@$HOST"
    enters default wq-empty -u "redis://:$SECRET%0A@$HOST"
    WQ_URL=redis://:$SECRET@$HOST$newline enters default wq-empty
    REDIS_URL=redis://:$SECRET@$HOST/0$newline enters default wq-empty
    # Nor does it show.
    WQ_PASSWORD=wrong-secret$newline answers 77 wq-empty -u "redis://$HOST" job
    ! grep -e wrong-secret "$BOX/out" "$BOX/err" || fail 'that is secret'
}

@test "any bytes can be a password, but a newline at the end of its file is none" {
    url=redis://worker@$HOST
    for text in ' with spaces ' $'tab\tand "quotes" '"'" 'é🐡' $'\xff\xfe' $'two\nlines'; do
        r acl setuser worker resetpass ">$text"
        WQ_PASSWORD=$text good wq-empty -u "$url" job
        printf %s "$text" >"$BOX/secret"
        WQ_PASSWORD_FILE=$BOX/secret good wq-empty -u "$url" job
        printf '%s\n' "$text" >"$BOX/secret"
        WQ_PASSWORD_FILE=$BOX/secret good wq-empty -u "$url" job
    done
    # A mounted secret is a link to a link.
    mkdir "$BOX/..data"
    mv "$BOX/secret" "$BOX/..data"
    ln -s ..data/secret "$BOX/link"
    WQ_PASSWORD_FILE=$BOX/link good wq-empty -u "$url" job
    # Neither need it be a file that has a size.
    WQ_PASSWORD_FILE=/dev/fd/5 good wq-empty -u "$url" job 5< <(cat "$BOX/link")
}

@test "a password file that cannot be read is 78, and named" {
    for file in "$BOX/none" "$BOX" "$BOX/none/deeper"; do
        WQ_PASSWORD_FILE=$file answers 78 wq-empty -u "redis://$HOST" job
        says
        complains "wq-empty: *$file*"
    done
}

@test "a wrong password, a wrong user and none at all are 77 for every program" {
    WQ_URL=redis://:wrong@$HOST each refused
    WQ_URL=redis://$HOST each refused
    refused wq-empty -u "redis://nobody:$SECRET@$HOST" job
    refused wq-empty -u "redis://worker:$SECRET@$HOST" job
    WQ_PASSWORD=wrong refused wq-lease -u "redis://$HOST/3" job
    complains 'wq-lease: *password*'
    refused wq-lease -w -u "redis://:wrong@$HOST" job
    r acl setuser worker off
    refused wq-lease -u "redis://worker:drow-ssap@$HOST" job
    # It was not tried again and again.
    WQ_CONNECT_TIMEOUT=1h refused wq-lease -u "redis://worker:drow-ssap@$HOST" job
    is "$(r dbsize)" 0
}

@test "a connection has the program's name" {
    redis-cli -s "$SOCKET" -a "$SECRET" --no-auth-warning monitor >"$BOX/monitor" 2>&1 3>&- &
    STARTED+=("$!")
    eventually 5 grep -q OK "$BOX/monitor"
    WQ_URL=redis://:$SECRET@$HOST each answer
    r client setname me
    r echo the-end
    eventually 5 grep -q the-end "$BOX/monitor"
    # Redis 6.2 does not show it.
    if grep -q '"me"' "$BOX/monitor"; then
        for program in $PROGRAMS; do
            grep -qi "\"client\" \"setname\" \"$program\"" "$BOX/monitor" || fail "$program has no name"
        done
    fi
    WQ_URL=redis://:$SECRET@$HOST spawn wait wq-lease -w job
    eventually 5 waits 1
}

# requests N COMMAND...: so often it asks and waits, on one connection.
requests() {
    local before
    before=$(wc -l <"$BOX/proxy.out")
    good "${@:2}"
    eventually 5 longer "$BOX/proxy.out" "$before"
    is "$(tail -n +$((before + 1)) "$BOX/proxy.out")" "requests $1"
}

# longer FILE N: than N lines.
longer() {
    [ "$(wc -l <"$1")" -gt "$2" ]
}

# all_request N: so does each of these.
all_request() {
    teach "${WQ_URL/"$BOX/p"/$SOCKET}"
    requests "$1" wq-push job apple banana cherry
    requests "$1" wq-lease -n 2 job
    cut -f1 "$BOX/out" >"$BOX/leases"
    # shellcheck disable=SC2046 # a list
    requests "$1" wq-renew job $(<"$BOX/leases")
    requests "$1" wq-release --delay 0 job "$(head -n 1 "$BOX/leases")"
    requests "$1" wq-complete job "$(tail -n 1 "$BOX/leases")"
    requests "$1" wq-empty job
    requests "$1" wq-stat job
}

@test "database and name go with the work, in one round trip; a password takes one of its own" {
    proxy count
    WQ_URL="unix://$BOX/p?db=3" WQ_USER=worker WQ_PASSWORD=drow-ssap all_request 2
    is "$(r -n 3 hget job:stats completed)" 1
    WQ_URL=unix://$BOX/p WQ_PASSWORD=$SECRET all_request 2
    r acl setuser default nopass
    WQ_URL="unix://$BOX/p?db=4" all_request 1
    is "$(r -n 4 hget job:stats completed)" 1
}

@test "a connection that is lost and made anew is the same user's" {
    export WQ_URL=redis://worker:drow-ssap@$HOST/3
    spawn wait wq-lease -w job
    eventually 5 waits 1
    for _ in 1 2 3; do
        id=$(r client list | sed -n 's/^id=\([0-9]*\) .*name=wq-lease .*/\1/p')
        r client kill id "$id"
        eventually 5 another_waits "$id"
    done
    wq-push -q job apple
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
    is "$(r -n 3 zcard job:leased)" 1
}

another_waits() {
    waits 1 && ! r client list | grep -q "^id=$1 "
}

@test "an IPv6 address can have all of it, too" {
    [ "$(redis-cli -h ::1 -p "$PORT" -a "$SECRET" --no-auth-warning ping 2>&1)" = PONG ] || skip 'no IPv6 here'
    good wq-push -u "redis://worker:drow-ssap@[::1]:$PORT/3" job apple
    is "$(r -n 3 lrange job 0 -1)" apple
    answers 0 wq-empty -u "redis://worker:drow-ssap@[::1]:$PORT/3" -V
    grep -qF "[::1]:$PORT/3" "$BOX/out"
    refused wq-empty -u "redis://worker:x@[::1]:$PORT" job
    answers 78 wq-empty -u "redis://worker:drow-ssap@[::1" job
    secretive
}

@test "what Kubernetes sets for a service is understood" {
    export REDIS_SERVICE_HOST=127.0.0.1 REDIS_SERVICE_PORT=$PORT REDIS_PORT=tcp://127.0.0.1:$PORT
    export REDIS_PORT_6379_TCP_ADDR=127.0.0.1 REDIS_PORT_6379_TCP_PORT=1 WQ_PASSWORD=$SECRET
    good wq-push job apple
    is "$(r lrange job 0 -1)" apple
    REDIS_SERVICE_PORT=tcp://127.0.0.1:$PORT answers 78 wq-empty job
    unset REDIS_SERVICE_HOST REDIS_SERVICE_PORT
    answers 0 wq-empty -V
    grep -q localhost:6379 "$BOX/out"
}
