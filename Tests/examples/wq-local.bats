#!/usr/bin/env bats
# bin/wq-local: a Redis of its own for a command, which ends with it whatever happens.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

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

setup() {
    make_box
    LOCAL=$REPO/bin/wq-local
    export TMPDIR=$BOX/tmp
    mkdir "$TMPDIR"
    cd "$BOX" || return
    export REDIS_URL=redis://elsewhere.example
}

# Every test's end: no server is left, and nothing in the temporary folder.
teardown() {
    cd /
    local left=0
    eventually 10 cleared || left=1
    [ ! -s server ] || slay "$(<server)"
    end_all
    return $left
}

cleared() {
    [ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "unixsocket:$TMPDIR" >&2
}

# lifeless PROCESS: it ended, even if nobody has taken note
lifeless() {
    gone "$1" || grep -q '^State:.Z' "/proc/$1/status"
}

# The command of many tests: tells the server's and its own process, and goes on.
stays() {
    cat <<'END'
        redis-cli -s "${WQ_URL#unix://}" info server | sed -n 's/^process_id:\([0-9]*\).*/\1/p' >server
        echo $$ >process
END
}

ask='redis-cli -s "${WQ_URL#unix://}"'

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
    answers 3 "$LOCAL" wq-lease job
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

@test "kill -9 of wq-local ends the server and the command" {
    spawn local "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -KILL "$PID"
    eventually 10 lifeless "$(<server)"
    eventually 10 lifeless "$(<process)"
}

@test "kill -9 of its whole process group ends the server" {
    spawn local setsid "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -KILL -- "-$PID"
    eventually 10 lifeless "$(<server)"
}

@test "a signal before the server is ready leaves nothing" {
    printf '#!/bin/sh\necho $$ >server\nexec env --default-signal=TERM sleep 1000\n' >mine
    chmod +x mine
    spawn local "$LOCAL" --server "$BOX/mine" echo never
    started() { cp "$TMPDIR"/wq-local.??????/data/server . 2>/dev/null && [ -s server ]; }
    eventually 10 started
    kill -TERM "$PID"
    ends 143 "$PID"
    eventually 10 lifeless "$(<server)"
}

@test "SIGTERM goes to the command, which ends in its own time with its Redis there" {
    spawn local "$LOCAL" sh -c "trap '$ask ping; exit 5' TERM; $(stays); while :; do sleep 0.05; done"
    eventually 10 test -s process
    kill -TERM "$PID"
    ends 5 "$PID"
    is "$(<local.out)" PONG
    gone "$(<server)"
}

@test "a command ended by SIGTERM ends wq-local by it" {
    spawn local "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -TERM "$PID"
    ends 143 "$PID"
    gone "$(<process)"
    gone "$(<server)"
}

# A terminal sends Ctrl-C to the whole group. A shell has what it runs in the background ignore it,
# which env undoes here.
@test "Ctrl-C reaches the command and not the server" {
    spawn local env --default-signal=INT setsid \
        "$LOCAL" sh -c "trap '$ask ping; exit 5' INT; $(stays); while :; do sleep 0.05; done"
    eventually 10 test -s process
    kill -INT -- "-$PID"
    ends 5 "$PID"
    is "$(<local.out)" PONG
}

@test "Ctrl-C ends wq-local by that signal when it ends the command" {
    spawn local env --default-signal=INT setsid "$LOCAL" sh -c "$(stays); exec sleep 1000"
    eventually 10 test -s process
    kill -INT -- "-$PID"
    ends 130 "$PID"
    gone "$(<server)"
}

@test "on a terminal the command has the terminal" {
    cat >program <<'END'
        stty size
        read -r line
        echo "got $line"
        exit 3
END
    mkfifo keys
    spawn terminal sh -c 'exec script -qec "$1 sh program" /dev/null <keys' sh "$LOCAL"
    exec 8>keys
    eventually 10 test -s terminal.out
    printf 'apple\r' >&8
    ends 3 "$PID"
    exec 8>&-
    grep -q 'got apple' terminal.out
}

@test "what the command leaves running does not keep the server" {
    answers 0 "$LOCAL" sh -c "$(stays); sleep 1000 >/dev/null 2>&1 & echo \$! >left"
    slay "$(<left)"
    gone "$(<server)"
}

@test "a server that ended before the command is no trouble" {
    answers 4 "$LOCAL" sh -c "$ask shutdown; exit 4"
    complains ''
}

@test "a temporary folder that someone removed is no trouble" {
    spawn local "$LOCAL" sh -c "$(stays); rm -r '$TMPDIR'/*; exit 4"
    ends 4 "$PID"
    gone "$(<server)"
}

@test "an odd or long TMPDIR is not used for the socket" {
    for odd in "$BOX/a b" "$BOX/50%" "$BOX/$(printf 'x%.0s' {1..90})" relative; do
        mkdir -p "$odd"
        TMPDIR=$odd answers 0 "$LOCAL" sh -c 'echo "$WQ_URL"; wq-push job apple'
        matches "$(<out)" $'unix:///tmp/wq-local.*\n1'
        folder=$(sed -n '1s,^unix://\(.*\)/.*,\1,p' out)
        [ ! -e "$folder" ]
    done
}

@test "a server that does not hear SIGTERM is ended too" {
    eventually 20 test -s "$DEAF/status"
    is "$(<"$DEAF/status")" 0
    gone "$(<"$DEAF/server")"
    is "$(ls -A "$DEAF/tmp")" ''
}
