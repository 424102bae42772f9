#!/usr/bin/env bats
# bin/wq-local: a Redis of its own for a command, which ends with it whatever happens.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper
load local

ask='redis-cli -s "${WQ_URL#unix://}"'

# It takes wq-local five seconds to lose patience with a server: that begins first, and its test is last.
setup_file() {
    export DEAF=$BATS_FILE_TMPDIR
    mkdir "$DEAF/tmp"
    {
        cd "$DEAF" || exit
        seen=0
        TMPDIR=$DEAF/tmp "$REPO/bin/wq-local" sh -c "$(stays); kill -STOP \$(cat server)" || seen=$?
        echo $seen >status
    } 3>&- &
}

@test "the command finds an empty, private, durable Redis" {
    answers 0 "$LOCAL" sh -c "$ask dbsize
        for key in port appendonly appendfsync maxmemory-policy; do $ask config get \$key; done"
    says 0 port 0 appendonly yes appendfsync everysec maxmemory-policy noeviction
    complains ''
}

@test "a password for another server is none for the private one" {
    WQ_USER=worker WQ_PASSWORD=sesam REDISCLI_AUTH=sesam answers 0 "$LOCAL" wq-push job apple
    says 1
    WQ_PASSWORD_FILE=/nonexistent answers 0 "$LOCAL" wq-push job apple
}

@test "WQ_URL and REDIS_URL are the private server's, not the caller's" {
    answers 0 "$LOCAL" sh -c 'echo "$WQ_URL $REDIS_URL"'
    matches "$(<out)" "unix://$TMPDIR/wq-local.??????/redis.sock *"
    is "$(cut -d ' ' -f 1 out)" "$(cut -d ' ' -f 2 out)"
    answers 0 "$LOCAL" sh -c 'wq-push job apple banana && wq-lease -n 2 job | wq-complete job - && wq-empty job'
    says 2
}

@test "the programs beside it are found" {
    PATH=${PATH#"$WQ_BIN:"} answers 0 "$LOCAL" sh -c 'command -v wq-local'
    says "$REPO/bin/wq-local"
}

@test "the exit status is the command's" {
    answers 0 "$LOCAL" true
    answers 7 "$LOCAL" sh -c 'exit 7'
    answers 255 "$LOCAL" -- sh -c 'exit 255'
    answers 137 "$LOCAL" sh -c 'kill -KILL $$'
    answers 143 "$LOCAL" sh -c 'kill -TERM $$'
    silent
}

@test "a command that cannot be run: 126, 127, as in a shell" {
    answers 127 "$LOCAL" no-such-command
    complains 'wq-local: no-such-command: not found'
    answers 127 "$LOCAL" ./missing
    complains 'wq-local: ./missing: not found'
    echo true >plain
    answers 126 "$LOCAL" ./plain
    complains 'wq-local: ./plain: permission denied'
    answers 126 "$LOCAL" "$BOX"
    printf '#!/no/such/interpreter\n' >bad
    chmod +x bad
    answers 127 "$LOCAL" ./bad
}

@test "operands, standard input and outputs are the command's" {
    answers 0 "$LOCAL" printf '<%s>\n' 'a  b' '' --help '$x'
    says '<a  b>' '<>' '<--help>' '<$x>'
    is "$(printf 'one\ntwo' | "$LOCAL" cat)" $'one\ntwo'
    answers 0 "$LOCAL" sh -c 'echo oops >&2'
    says
    complains oops
    "$LOCAL" cat <&- >none
    [ ! -s none ]
}

@test "the command inherits no file of wq-local" {
    "$LOCAL" ls -l /proc/self/fd >inside 3>&-
    ls -l /proc/self/fd >outside 3>&-
    is "$(grep -c -- '->' inside)" "$(grep -c -- '->' outside)"
}

@test "usage" {
    answers 64 "$LOCAL"
    complains "wq-local: no command*usage: wq-local *COMMAND*"
    answers 64 "$LOCAL" --keep
    complains "wq-local: option '--keep' requires an argument*usage:*"
    answers 64 "$LOCAL" --server
    answers 64 "$LOCAL" --keep= true
    complains "wq-local: option '--keep' requires an argument*usage:*"
    answers 64 "$LOCAL" --keep '' true
    answers 64 "$LOCAL" --kept d true
    complains "wq-local: unrecognized option '--kept'*usage:*"
    answers 64 "$LOCAL" -x true
    answers 0 "$LOCAL" --help
    matches "$(<out)" "usage: wq-local *--keep*--server*Exit status:*"
    complains ''
    answers 0 "$LOCAL" -h
}

@test "its version is the programs'" {
    answers 0 "$LOCAL" -V
    is "$(cut -d ' ' -f 2 out)" "$(wq-push -V | sed -n '1s/^wq-push \([^ ]*\).*/\1/p')"
    answers 0 "$LOCAL" --version
}

@test "--keep keeps the data for next time, in any folder" {
    for folder in data "it's a folder" /"$BOX"/deep/er -odd; do
        answers 0 "$LOCAL" --keep "$folder" wq-push -q job apple
        answers 0 "$LOCAL" --keep="$folder" wq-lease job
        matches "$(<out)" "1.*${TAB}apple"
    done
    [ -d "it's a folder/appendonlydir" ]
    answers 66 "$LOCAL" wq-lease job
}

@test "--keep: the socket has room, however deep the folder" {
    deep=$(printf 'x%.0s' {1..120})/$(printf 'y%.0s' {1..120})
    answers 0 "$LOCAL" --keep "$deep" wq-push job apple
    says 1
}

@test "--keep: two at once on one folder are refused, one after the other are not" {
    answers 75 "$LOCAL" --keep data "$LOCAL" --keep ./data echo never
    says
    complains 'wq-local: ./data: another wq-local is using it'
    answers 0 "$LOCAL" --keep data "$LOCAL" --keep other echo both
    says both
    answers 0 "$LOCAL" --keep data true
}

@test "--keep: the folder is free again after kill -9" {
    spawn local "$LOCAL" --keep data sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -KILL "$PID"
    eventually 10 "$LOCAL" --keep data true
}

@test "--keep: a folder that cannot be made is 73" {
    touch file
    answers 73 "$LOCAL" --keep file/data echo never
    says
    complains '*wq-local: file/data: cannot be made'
}

@test "a server that does not start is 69, in its own words" {
    answers 0 "$LOCAL" --keep data wq-push -q job apple
    echo junk >data/appendonlydir/appendonly.aof.manifest
    answers 69 "$LOCAL" --keep data echo never
    says
    complains 'wq-local: redis-server did not start (status 1)*FATAL AOF MANIFEST FILE ERROR*junk*'
}

@test "--server: another program, or none" {
    printf '#!/bin/sh\nexec redis-server "$@" --maxmemory-policy "${POLICY:-noeviction}" --databases 3\n' >mine
    chmod +x mine
    for server in ./mine "$BOX/mine"; do
        answers 0 "$LOCAL" --server "$server" sh -c "$ask config get databases"
        says databases 3
    done
    POLICY=nonsense answers 69 "$LOCAL" --server ./mine echo never
    complains 'wq-local: */mine did not start (status 1)*nonsense*noeviction*'
    answers 69 "$LOCAL" --server no-such-server true
    complains 'wq-local: no-such-server: not found'
    answers 69 "$LOCAL" --server false true
    complains 'wq-local: false did not start (status 1)'
}

@test "a server that does not hear SIGTERM is ended too" {
    eventually 20 test -s "$DEAF/status"
    is "$(<"$DEAF/status")" 0
    gone "$(<"$DEAF/server")"
    is "$(ls -A "$DEAF/tmp")" ''
}
