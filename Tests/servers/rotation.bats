#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031 # inner shells expand; each test is a process of its own
# A password that is replaced while programs run: the file is read anew, and a worker loses nothing.

load ../shell/helper
load servers

setup() {
    make_box
    start_redis
    r acl setuser worker on '>old' '~*' '&*' '+@all'
    echo old >"$BOX/secret"
    export WQ_USER=worker WQ_PASSWORD_FILE=$BOX/secret
    wq-push -q job apple
}

# The server has another password, and whoever was there is thrown out.
rotate() {
    r acl setuser worker resetpass '>new'
    r client kill user worker
}

publish() {
    echo new >"$BOX/secret.new"
    mv "$BOX/secret.new" "$BOX/secret"
}

# refusals N: so many passwords were refused.
refusals() {
    local counts
    counts=$(r acl log | grep -A 1 -x count | grep -x '[0-9]*' | paste -sd+)
    [ $((counts + 0)) -ge "$1" ]
}

# renewed SCORE: the lease ends at another time than that.
renewed() {
    [ "$(r zscore job:leased "$lease")" != "$1" ]
}

@test "wq-work finishes its command, and completes the item, when file and server changed" {
    : >"$BOX/at"
    spawn work wq-work job sh -c 'echo begun >>"$0/at"; until [ -e "$0/go" ]; do sleep 0.05; done' "$BOX"
    eventually 5 lines at 1
    publish
    rotate
    touch "$BOX/go"
    ends 0 "$PID" 20
    is "$(wc -l <"$BOX/at")" 1
    is "$(r hget job:stats completed)" 1
}

@test "wq-work waits for the file, if the server changed first" {
    : >"$BOX/at"
    spawn work wq-work job sh -c 'echo begun >>"$0/at"; until [ -e "$0/go" ]; do sleep 0.05; done' "$BOX"
    eventually 5 lines at 1
    rotate
    touch "$BOX/go"
    eventually 10 refusals 2
    publish
    ends 0 "$PID" 20
    is "$(wc -l <"$BOX/at")" 1
    is "$(r hget job:stats completed)" 1
}

@test "wq-renew goes on" {
    lease=$(lease job)
    spawn renew wq-renew -l 3s job "$lease" -- sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done; echo finished' "$BOX"
    eventually 5 connected wq-renew
    rotate
    eventually 10 refusals 1
    publish
    before=$(r zscore job:leased "$lease")
    eventually 5 renewed "$before"
    touch "$BOX/go"
    ends 0 "$PID"
    is "$(<"$BOX/renew.out")" finished
}

@test "a wait for an item goes on" {
    r del job
    spawn wait wq-lease -w job
    eventually 5 waits 1
    publish
    rotate
    eventually 5 waits 1
    r rpush job banana
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" banana
}

@test "a password that stays wrong ends a worker that has nothing to do with 77" {
    r del job
    WQ_CONNECT_TIMEOUT=500ms spawn work wq-work --forever job true
    eventually 5 connected wq-work
    rotate
    ends 77 "$PID" 20
    WQ_PASSWORD_FILE=$BOX/secret answers 77 wq-push job apple
}

@test "a password that is refused after an answer was lost tells nothing of what was done" {
    r acl setuser pusher on '>old' '~*' '&*' '+@all'
    # Redis knows the script from now on.
    wq-push -q -u "unix://$SOCKET" other x
    # The first answer is to the password.
    proxy lose 2 1 "redis-cli -s '$SOCKET' acl setuser pusher resetpass '>new'"
    unset WQ_PASSWORD_FILE
    WQ_USER=pusher WQ_PASSWORD=old answers 69 wq-push -u "unix://$BOX/p" job banana
    says
    complains '*refused the password*a connection broke before that, and what was asked on it may have been done'*
    is "$(r lrange job 0 -1 | xargs)" 'banana apple'
    # Where nothing was asked before, nothing was done.
    WQ_USER=pusher WQ_PASSWORD=old answers 77 wq-push -u "unix://$SOCKET" job cherry
    is "$(r llen job)" 2
}
