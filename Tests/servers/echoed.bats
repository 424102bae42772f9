#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# No message has a password in it, whatever a server answers.

load ../shell/helper
load servers

setup() {
    make_box
}

# parrot WHEN TEXT: a server on $BOX/parrot, to which the programs go; see Tests/fakes/liar.py.
parrot() {
    [ ! -e "$BOX/parrot" ] || slay "$PARROT"
    rm -f "$BOX/parrot" "$BOX/parrot.out"
    spawn parrot /usr/bin/python3 -B "$REPO/Tests/fakes/liar.py" "$BOX/parrot" repeat "$@"
    PARROT=$PID
    eventually 5 grep -q listening "$BOX/parrot.out"
    export WQ_URL=unix://$BOX/parrot WQ_CONNECT_TIMEOUT=50ms
}

# keeps SECRET COMMAND...: it fails, says so, and shows the secret neither as it is nor in other case.
keeps() {
    local secret=$1 seen=0
    shift
    timeout --foreground -k 1 20 "$@" </dev/null >"$BOX/out" 2>"$BOX/err" 3>&- || seen=$?
    if [ "$seen" -lt 64 ] || [ "$seen" -ge 79 ]; then
        fail "an error expected, $seen seen: $*"
    fi
    [ -s "$BOX/err" ] || fail "no message: $*"
    ! grep -qiF -e "$secret" "$BOX/out" "$BOX/err" || fail "that is secret: $*"
}

@test "a server that knows no AUTH repeats the password, and no program does" {
    start_redis --rename-command AUTH ''
    WQ_PASSWORD=sesam-open each keeps sesam-open
    complains "*AUTH*"
    WQ_USER=ali WQ_PASSWORD=sesam-open each keeps sesam-open
    WQ_URL=redis://:sesam-open@localhost REDISCLI_AUTH=sesam-open keeps sesam-open wq-push -u "unix://$SOCKET" job a
}

@test "whatever is answered to a password, it is not shown" {
    # shellcheck disable=SC2016 # the backticks are Redis'
    for text in 'ERR unknown command `AUTH`, with args beginning with: `{raw}`, ' 'WRONGPASS {raw}' '{raw}' 'ERR {raw}{raw}' \
        'ERR x{raw}x' 'NOPERM {raw} may not' 'MOVED 1 {raw}:6379' 'ASK 1 {raw}:6379' 'LOADING {raw}' 'READONLY {raw}' \
        'NOAUTH HELLO 3 AUTH default {raw}' 'ERR {upper}' 'max number of clients {raw}' 'DENIED {raw}'; do
        parrot AUTH "$text"
        WQ_PASSWORD=sesam-open each keeps sesam-open
        WQ_USER=ali WQ_PASSWORD=sesam-open keeps sesam-open wq-push job a
    done
}

@test "nor is it in answers to other commands" {
    for text in 'ERR {raw}' 'OOM {raw}' 'NOPERM {raw}' 'MOVED 1 {raw}:6379' 'WRONGTYPE {raw}' 'WQFORMAT {raw}' 'CROSSSLOT {raw}'; do
        parrot other "$text"
        WQ_PASSWORD=sesam-open keeps sesam-open wq-push job a
        WQ_PASSWORD=sesam-open keeps sesam-open wq-lease job
        WQ_PASSWORD=sesam-open keeps sesam-open wq-work job true
        WQ_PASSWORD=sesam-open keeps sesam-open wq-work --json job true
    done
}

@test "nor is it shown in other words, cut short, or if it is odd" {
    long=$(printf 'secret%.0s' {1..60})
    for secret in sesam-open 'with space' 'per%cent' '100%25' $'two\nlines' 'qu"ote' 'back\slash' 'é🐡' "$long"; do
        for form in raw percent escaped upper spaced; do
            parrot AUTH "ERR no, {$form}"
            WQ_PASSWORD=$secret keeps "$secret" wq-push job a
            fits "$(<"$BOX/err")" 'no, \*\*\*$'
        done
    done
    parrot AUTH 'ERR no, {cut}'
    WQ_PASSWORD=$long keeps secretsecret wq-push job a
    # A short one is hidden where it is a word; else it would be found in every word.
    parrot AUTH "ERR no, '{raw}' is bad"
    WQ_PASSWORD=ab keeps "'ab'" wq-push job a
    grep -qF "'***' is bad" "$BOX/err"
    grep -qF unix "$BOX/err"
}

@test "a file's password, one of an address and one of the sentinels are hidden, too" {
    parrot AUTH 'ERR no, {raw}'
    echo sesam-open >"$BOX/secret"
    WQ_PASSWORD_FILE=$BOX/secret keeps sesam-open wq-push job a
    REDISCLI_AUTH=sesam-open keeps sesam-open wq-push job a
}
