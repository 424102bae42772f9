#!/usr/bin/env bats
# shellcheck disable=SC2016 # inner shells expand
# Who holds a password is in no core dump, and no other process of the same user reads it in its memory.

load ../shell/helper
load servers

setup() {
    [ "$(id -u)" -eq 0 ] || skip 'only root can be another user'
    make_box
    start_redis --unixsocketperm 777
    chmod 755 "$BOX"
    mkdir -m 777 "$BOX/free"
    r acl setuser worker on '>drow-ssap' '~*' '&*' '+@all'
    wq-push -q job apple
}

# In front of a command: as a user without rights.
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# What a process' memory belongs to: root if it is hidden.
owner() {
    stat -c %u "/proc/$1/environ"
}

absent() {
    ! connected "$1"
}

@test "a program with a password is hidden, one without is not" {
    wq-config job open=yes
    r del job
    WQ_USER=worker WQ_PASSWORD=drow-ssap spawn secret "${NOBODY[@]}" "$WQ_BIN/wq-lease" -w job
    eventually 5 connected wq-lease
    is "$(owner "$PID")" 0
    slay "$PID"
    eventually 5 absent wq-lease
    spawn open "${NOBODY[@]}" "$WQ_BIN/wq-lease" -w job
    eventually 5 connected wq-lease
    is "$(owner "$PID")" 65534
}

@test "the commands that it runs are as always, and so is its output" {
    for program in wq-work wq-renew; do
        rm -f "$BOX/free/"*
        case $program in
            wq-work) set -- wq-work job ;;
            wq-renew) set -- wq-renew job "$(lease job)" -- ;;
        esac
        WQ_USER=worker WQ_PASSWORD=drow-ssap answers 0 "${NOBODY[@]}" "$WQ_BIN/$1" "${@:2}" \
            sh -c 'stat -c %u /proc/$$/environ; ulimit -c; echo problem >&2' command
        says 65534 "$("${NOBODY[@]}" sh -c 'ulimit -c')"
        complains '*problem*'
        r flushall
        wq-push -q job apple
    done
    # Its output goes to a pipe, which it opens once more.
    WQ_USER=worker WQ_PASSWORD=drow-ssap "${NOBODY[@]}" "$WQ_BIN/wq-work" job echo | cat >"$BOX/out"
    says apple
}
