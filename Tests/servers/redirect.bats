#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# Where an answer sends a client, and where it does not: no password goes to an address that only an answer names, but to
# a node of the cluster that was asked.

load ../shell/helper
load servers

setup() {
    make_box
    free_ports 2
    OTHER=${FREE[0]}
    listener other "$OTHER" none ''
    export WQ_CONNECT_TIMEOUT=50ms
}

r() {
    REDISCLI_AUTH=sesam redis-cli -s "$SOCKET" --no-auth-warning "$@"
}

# listener NAME WHERE WHEN TEXT: see Tests/fakes/liar.py; what it hears is in $BOX/NAME.out.
listener() {
    rm -f "$BOX/$1.out"
    spawn "$1" /usr/bin/python3 -B "$REPO/Tests/fakes/liar.py" "$2" repeat "${@:3}"
    eventually 5 grep -q listening "$BOX/$1.out"
}

# Nobody came to the other server.
undisturbed() {
    ! grep -q heard "$BOX/other.out" || fail "$(<"$BOX/other.out")"
}

# stays STATUS COMMAND...: it ends with this status, and nobody else heard of it.
stays() {
    answers "$@"
    complains "$2: *"
    undisturbed
}

@test "a queue whose name looks like a redirection is a queue" {
    start_redis --rename-command BLMOVE '' --user default on '>sesam' '~*' '&*' '+@all'
    export WQ_PASSWORD=sesam
    for word in MOVED ASK; do
        queue="{x} $word 1 127.0.0.1:$OTHER y"
        answers 77 wq-lease -w "$queue"
        complains 'wq-lease: *BLMOVE*'
        undisturbed
        spawn work timeout -s TERM 1 wq-work --forever "$queue" true
        eventually 10 gone "$PID"
        undisturbed
    done
    # Nor is an item one that looks so.
    answers 0 wq-push "{x} LOADING" "MOVED 1 127.0.0.1:$OTHER"
    answers 77 wq-lease -w "{x} LOADING OOM WRONGPASS"
}

@test "a redirection within an error is none" {
    for text in "ERR x MOVED 1 127.0.0.1:$OTHER y" "ERR MOVED 1 127.0.0.1:$OTHER" "MOVEDX 1 127.0.0.1:$OTHER" \
        "ASKED 1 127.0.0.1:$OTHER" "moved 1 127.0.0.1:$OTHER" "-MOVED 1 127.0.0.1:$OTHER"; do
        rm -f "$BOX/node"
        listener node "$BOX/node" other "$text"
        WQ_PASSWORD=sesam WQ_URL=unix://$BOX/node stays 76 wq-push '{job}' a
        WQ_URL=unix://$BOX/node stays 76 wq-push '{job}' a
        slay "$PID"
    done
}

@test "the password for a Unix socket stays there" {
    for word in MOVED ASK; do
        rm -f "$BOX/node"
        listener node "$BOX/node" other "$word 1 127.0.0.1:$OTHER"
        export WQ_URL=unix://$BOX/node WQ_PASSWORD=sesam
        stays 78 wq-push '{job}' a
        complains '*Unix socket*redis://*'
        stays 78 wq-lease '{job}'
        stays 78 wq-work '{job}' true
        stays 78 wq-stat '{job}'
        slay "$PID"
    done
}

@test "a queue that cannot lie in a cluster is sent nowhere" {
    listener node "${FREE[1]}" other "MOVED 1 127.0.0.1:$OTHER"
    export WQ_URL=redis://127.0.0.1:${FREE[1]} WQ_PASSWORD=sesam
    for program in wq-push wq-lease wq-empty; do
        arguments "$program" job
        stays 76 "$program" "${ARGUMENTS[@]}"
        complains '*hash tag*'
    done
}

@test "a node of the cluster that was asked gets the same user and password" {
    listener node "${FREE[1]}" other "MOVED 1 127.0.0.1:$OTHER"
    WQ_URL=redis://ali:sesam@127.0.0.1:${FREE[1]} answers 76 wq-push '{job}' a
    grep -q "heard b'AUTH' b'ali' b'sesam'" "$BOX/other.out"
}
