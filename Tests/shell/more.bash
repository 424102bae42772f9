# Loaded after helper by the tests of the later life of an item: what they measure and set up alike.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

# The clock of Redis, in ms.
now() {
    r eval "local t = redis.call('time') return t[1] * 1000 + math.floor(t[2] / 1000)" 0
}

# between LOW NUMBER HIGH: either end is in.
between() {
    if [ "$2" -lt "$1" ] || [ "$2" -gt "$3" ]; then fail "$2 is not between $1 and $3"; fi
}

past() {
    [ "$(now)" -gt "$1" ]
}

# field QUEUE ID N: of a record: 1 attempt, 2 owner, 3 since, 4 reason, 5 item.
field() {
    r hget "$1:items" "$2" | cut -f"$3"
}

# The delay of the only delayed item of a queue, in ms, from its release or push.
delay() {
    local id due
    read -r id due < <(r zrange "$1:delayed" 0 -1 withscores | paste -sd' ')
    # A ms is added for each digit of the number but the first.
    local number=${id%.*}
    echo $((due - $(field "$1" "$id" 3) - ${#number} + 1))
}

# The only delayed item's time has come.
due_now() {
    r zadd "$1:delayed" xx 1 "$(r zrange "$1:delayed" 0 0)"
}

# lapsed QUEUE [OPTION...]: leases an item and waits until the lease has run out; prints its ID.
lapsed() {
    local lease
    lease=$(lease "$@" -l 1ms)
    eventually 5 past "$(r zscore "$1:leased" "$lease")"
    printf '%s\n' "$lease"
}

# holds MIN MAX QUEUE LEASE: the lease ends so many ms from now.
holds() {
    between "$1" "$(($(r zscore "$3:leased" "$4") - $(now)))" "$2"
}

# taken_away QUEUE LEASE: its holder loses the lease, even if it renews it meanwhile; the item is ready again.
taken_away() {
    local tries
    for tries in {1..20}; do
        r zadd "$1:leased" xx 1 "$2" && wq-reap -q "$1"
        [ -n "$(r zscore "$1:leased" "$2")" ] || return 0
    done
    fail "it is renewed each time, $tries times"
}

# dead QUEUE ITEM [REASON]: pushes and leases it and gives it up.
dead() {
    wq-push -q "$1" "$2"
    wq-lease -0 "$1" | wq-release -0 --dead --reason "${3-}" "$1" -
}

# items QUEUE: in the order in which they will be taken, a line each.
items() {
    r lrange "$1" 0 -1 | tac
}

# nobody_sleeps SECONDS: no process is a sleep of that length, by which those of a test are told from others.
nobody_sleeps() {
    ! pgrep -fx "sleep $1" >/dev/null
}

# refuses COMMAND...: a usage error, told by its name, that leaves nothing in Redis.
refuses() {
    local before
    before=$(r dbsize)
    answers 64 "$@"
    says
    complains "$1: "$'*\nusage: '"$1 *"
    is "$(r dbsize)" "$before"
}

# The errors that all programs have in common, for COMMAND QUEUE [WORD...].
unreachable() {
    WQ_URL=unix://$BOX/none WQ_CONNECT_TIMEOUT=20ms answers 69 "$@"
    says
    complains "$1: cannot reach Redis at *$BOX/none*: No such file or directory"
}

# What is in Redis from here on survives its end, if it is started with --appendonly yes then.
keep_on_disk() {
    r config set appendfsync always
    r config set appendonly yes
    eventually 5 kept_on_disk
}

kept_on_disk() {
    r info persistence | tr -d '\r' | grep -c -e aof_enabled:1 -e aof_rewrite_in_progress:0 \
        -e aof_rewrite_scheduled:0 | grep -qx 3 &&
        # In one file before Redis 7.
        { [ -e "$BOX/appendonlydir/appendonly.aof.manifest" ] || [ -e "$BOX/appendonly.aof" ]; }
}

# terminal COLUMNS COMMAND [AWAITED KEYS]...: runs it at a terminal; see terminal.py.
terminal() {
    timeout -k 1 20 /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"
}

# feeds OPTION...: starts a push, as $PUSH, that reads what is written to descriptor 9.
feeds() {
    [ -p "$BOX/feed" ] || mkfifo "$BOX/feed"
    spawn push sh -c "exec wq-push $* <'$BOX/feed'"
    PUSH=$PID
    exec 9>"$BOX/feed"
}

end_feed() {
    exec 9>&-
}

# attempt QUEUE OPTION...: leases the next item, gives it back at once, and prints which attempt it was.
attempt() {
    eval "$(wq-lease --sh "$@")"
    echo "$WQ_ATTEMPT"
    wq-release --delay 0 "$1" "$WQ_LEASE"
}

# json EXPRESSION: a Python one about the objects that were answered, a list called all.
json() {
    python - "$BOX/out" "$1" <<'END'
import json, sys

all = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert eval(sys.argv[2]), all
END
}

# script_calls: how many calls of scripts there were since the last `config resetstat`.
script_calls() {
    r info commandstats | tr -d '\r' | sed -nE 's/^cmdstat_eval(sha)?:calls=([0-9]+),.*/\2/p' | awk '{ n += $1 } END { print n + 0 }'
}

# busiest: of the job logs on its input, the most starts in any second, and those in the first minute.
busiest() {
    grep -v '^start' | cut -f 1 | sort -n | awk '
        { at[NR] = $1 }
        END {
            for (i = 1; i <= NR; i++) {
                while (at[i] - at[j + 1] >= 1) j++
                if (i - j > most) most = i - j
                if (at[i] < at[1] + 60) minute++
            }
            print most, minute
        }'
}
