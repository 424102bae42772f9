# Loaded by every end-to-end test. A test has a folder of its own, $BOX, and in it a Redis of its own
# on the Unix socket $SOCKET, with no TCP port; $WQ_URL says so to the programs, which come from the
# folder $WQ_BIN. Whatever a test starts through these functions ends with it, pass or fail.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

REPO=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
WQ_BIN=${WQ_BIN:-$REPO/bin}
if ! WQ_BIN=$(cd "$WQ_BIN" && pwd -P) || ! "$WQ_BIN/wq-push" --help >/dev/null; then
    echo "no programs that run in '$WQ_BIN': run make, or set WQ_BIN to the folder that has them" >&2
    exit 1
fi
export PATH="$WQ_BIN:$PATH"
# Another server to test with; see Tests/servers/fetch.
SERVER=${WQ_TEST_SERVER:-redis-server}
USERS=()
# shellcheck source=/dev/null # it is checked by itself
[ -z "${WQ_TEST_ACL-}" ] || . "$REPO/Tests/servers/users.bash"
unset REDIS_URL REDIS_PORT REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDISCLI_AUTH
unset NO_COLOR WQ_COMMAND_TIMEOUT WQ_CONNECT_TIMEOUT WQ_DEBUG_STOP WQ_LEASE WQ_OWNER WQ_PASSWORD WQ_PASSWORD_FILE WQ_REPLICAS
unset WQ_SENTINEL_PASSWORD WQ_TLS_CACERT WQ_TLS_CERT WQ_TLS_INSECURE WQ_TLS_KEY WQ_TLS_SNI WQ_URL WQ_USER
TAB=$'\t'
# shellcheck source=/dev/null # it is checked by itself
. "$REPO/Tests/shell/each.bash"

# The usual beginning and end of a test; a file that needs others defines its own.
setup() {
    make_box
    # shellcheck disable=SC2119 # it is not given the test's operands
    start_redis
}

teardown() {
    end_all
}

# The name is short because a socket's path has room for 107 bytes.
make_box() {
    [ -z "${WQ_TEST_ACL-}" ] || spare
    BOX=$(mktemp -d "${TMPDIR:-/tmp}/wq.XXXXXX")
    SOCKET=$BOX/s
    STARTED=()
    export WQ_URL="unix://$SOCKET"
}

# shellcheck disable=SC2120 # tests pass options
# start_redis [OPTION...]: a server with these options beyond the usual; its process is $REDIS.
start_redis() {
    launch_redis "$@"
    eventually 10 redis_replies
}

# The same without waiting for it to be ready.
launch_redis() {
    "$SERVER" --port 0 --unixsocket "$SOCKET" --dir "$BOX" --save '' --logfile "$BOX/redis.log" \
        "${USERS[@]}" "$@" >/dev/null 2>&1 3>&- &
    REDIS=$!
    STARTED+=("$REDIS")
}

redis_replies() {
    [ "$(r ping 2>&1)" = PONG ]
}

# r COMMAND...: asks the test's Redis.
r() {
    redis-cli -s "$SOCKET" "$@"
}

# older VERSION: the test's server is, or is like, a Redis from before that one.
older() {
    local version
    version=$(r info server | sed -n 's/^redis_version:\([0-9.]*\).*/\1/p')
    [ "$version" != "$1" ] && printf '%s\n' "$version" "$1" | sort -C -V
}

# spawn NAME COMMAND...: runs it beside the test, as $PID, its output in $BOX/NAME.out and .err.
spawn() {
    local name=$1
    shift
    "$@" </dev/null >"$BOX/$name.out" 2>"$BOX/$name.err" 3>&- &
    PID=$!
    STARTED+=("$PID")
}

# proxy HOW...: stands on $BOX/p before the test's Redis, and does what Tests/fakes/proxy.py says. Its process is $PROXY;
# what it has to tell is in $BOX/proxy.out.
proxy() {
    rm -f "$BOX/p"
    spawn proxy /usr/bin/python3 -B "$REPO/Tests/fakes/proxy.py" "$BOX/p" "$SOCKET" "$@"
    # shellcheck disable=SC2034 # the tests use it
    PROXY=$PID
    eventually 5 [ -S "$BOX/p" ]
}

# liar PLACE HOW...: a server that answers as Tests/fakes/liar.py says, on a socket or a port. Its process is $LIAR.
liar() {
    spawn liar /usr/bin/python3 -B "$REPO/Tests/fakes/liar.py" "$@"
    # shellcheck disable=SC2034 # the tests use it
    LIAR=$PID
    if [ "${1#/}" = "$1" ]; then
        eventually 5 listens "$1"
    else
        eventually 5 [ -S "$1" ]
    fi
}

# listens PORT: a server does, on 127.0.0.1.
listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ends STATUS PID [SECONDS]: a spawned process ends by itself, with this status.
ends() {
    eventually "${3:-10}" gone "$2"
    local seen=0
    wait "$2" 2>/dev/null || seen=$?
    [ "$seen" -eq "$1" ] || fail "process $2: exit $1 expected, $seen seen"
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

# lifeless PROCESS: it ended, even if its parent has not taken note.
lifeless() {
    gone "$1" || grep -q '^State:.Z' "/proc/$1/status"
}

# Ends a spawned process as nothing can prevent.
slay() {
    [ $# -gt 0 ] || return 0
    kill -KILL "$@" 2>/dev/null || true
    wait "$@" 2>/dev/null || true
}

end_all() {
    slay "${STARTED[@]}"
    rm -rf "$BOX"
}

# eventually SECONDS COMMAND...: tries the command until it succeeds, for so long.
eventually() {
    local deadline=$((${EPOCHREALTIME//[!0-9]/} + $1 * 1000000))
    shift
    until "$@"; do
        if [ "${EPOCHREALTIME//[!0-9]/}" -ge "$deadline" ]; then
            echo "never came true: $*" >&2
            return 1
        fi
        sleep 0.01
    done
}

# yields TEXT COMMAND...: it prints this.
yields() {
    [ "$("${@:2}")" = "$1" ]
}

# written FILE: something is in it.
written() {
    [ -s "$BOX/$1" ]
}

# lines FILE N: it has so many lines, or more.
lines() {
    [ "$(wc -l <"$BOX/$1")" -ge "$2" ]
}

# blocked N: so many clients wait inside Redis.
blocked() {
    r info clients | tr -d '\r' | grep -qx "blocked_clients:$1"
}

# answers STATUS COMMAND...: it ends with this status, before long. Its bytes are in $BOX/out and $BOX/err.
answers() {
    local want=$1 seen=0
    shift
    [ "$(type -t "$1")" != file ] || set -- timeout --foreground -k 1 20 "$@"
    "$@" >"$BOX/out" 2>"$BOX/err" 3>&- || seen=$?
    [ "$seen" -eq "$want" ] || fail "exit $want expected, $seen seen: $*"
}

# says [LINE...]: what was answered on stdout, to the byte.
says() {
    { [ $# -eq 0 ] || printf '%s\n' "$@"; } | cmp -s - "$BOX/out" || fail 'stdout expected:' "$@"
}

# complains PATTERN: what was answered on stderr.
complains() {
    # shellcheck disable=SC2053 # a pattern is wanted
    [[ $(<"$BOX/err") == $1 ]] || fail "stderr expected: $1"
}

# Nothing was answered but the status.
silent() {
    if [ -s "$BOX/out" ] || [ -s "$BOX/err" ]; then fail 'silence expected'; fi
}

fail() {
    printf '%s\n' "$@"
    for stream in out err; do
        [ ! -e "$BOX/$stream" ] || { echo "$stream:" && head -c 2000 "$BOX/$stream" | cat -v; }
    done
    return 1
} >&2

# matches SEEN PATTERN: as the shell's patterns do.
matches() {
    # shellcheck disable=SC2053 # a pattern is wanted
    [[ $1 == $2 ]] || fail "$(printf 'seen %q, expected one like %s' "$1" "$2")"
}

# fits SEEN REGEX: an extended regular expression.
fits() {
    [[ $1 =~ $2 ]] || fail "$(printf 'seen %q, expected one that fits %s' "$1" "$2")"
}

# lacks SEEN PATTERN: it is not like that.
lacks() {
    # shellcheck disable=SC2053 # a pattern is wanted
    [[ $1 != $2 ]] || fail "$(printf 'seen %q, expected none like %s' "$1" "$2")"
}

# is SEEN EXPECTED
is() {
    [ "$1" = "$2" ] || fail "$(printf 'seen %q, expected %q' "$1" "$2")"
}

# teach [URL]: the server knows the scripts from here on, so that their texts are not sent.
teach() (
    export WQ_URL=${1-unix://$SOCKET}
    wq-push -q jobknown apple banana
    lease=$(lease jobknown)
    wq-renew jobknown "$lease"
    wq-release --dead jobknown "$lease"
    wq-retry -q --all jobknown
    wq-complete jobknown "$(lease jobknown)"
    wq-reap -q jobknown
    wq-list jobknown >"$BOX/known"
    wq-stat jobknown >"$BOX/known"
    wq-config jobknown max-attempts=3
    wq-purge --force jobknown
)

# lease QUEUE [OPTION...]: leases and prints the lease ID alone.
lease() {
    local record
    record=$(wq-lease "$@") && printf '%s\n' "${record%%"$TAB"*}"
}

# reads QUEUE [OPTION...]: the next item and nothing else, completed.
reads() {
    local record
    record=$(wq-lease "$@") && wq-complete "$1" "${record%%"$TAB"*}" && printf '%s\n' "${record#*"$TAB"}"
}

# into_dead_pipe COMMAND...: runs it with stdout on a pipe whose reader is gone.
into_dead_pipe() {
    local pipe reader status=0
    [ -p "$BOX/dead" ] || mkfifo "$BOX/dead"
    # Opened for both first, as else either end would wait for the other.
    exec {reader}<>"$BOX/dead"
    exec {pipe}>"$BOX/dead"
    exec {reader}>&-
    "$@" >&"$pipe" {pipe}>&- || status=$?
    exec {pipe}>&-
    return "$status"
}

# held QUEUE: every item that Redis still has for it, wherever, sorted. Records that no state refers to do not count.
held() {
    # shellcheck disable=SC2016 # it is Lua
    r eval 'local queue, held = KEYS[1], {}
        local function elements(key, type, command)
            return redis.call("TYPE", key).ok == type and redis.call(command, key, 0, -1) or {}
        end
        for _, list in ipairs({"", ":arriving", ":processing"}) do
            for _, item in ipairs(elements(queue .. list, "list", "LRANGE")) do
                if item ~= "wq:busy" then held[#held + 1] = item end
            end
        end
        for _, state in ipairs({":leased", ":delayed", ":suspects", ":dead"}) do
            for _, id in ipairs(elements(queue .. state, "zset", "ZRANGE")) do
                local record = redis.call("HGET", queue .. ":items", id)
                if record then held[#held + 1] = record:match("^%d+\t[^\t]*\t%d+\t[^\t]*\t(.*)$") or record end
            end
        end
        return held' 1 "$1" | grep . | sort
}

# The rediswq lease key of an item.
lease_key() {
    printf '%s:leased_by_session:%s' "$1" "$(printf %s "$2" | sha224sum | cut -d' ' -f1)"
}

python() {
    /usr/bin/python3 "$@"
}
