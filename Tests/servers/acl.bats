#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# docs/acl.md is true: its users can do their work, with nothing missing and nothing to spare.

load ../shell/helper
load servers

setup() {
    make_box
    start_redis
    grep '^ACL SETUSER' "$REPO/docs/acl.md" >"$BOX/lines"
    is "$(r <"$BOX/lines" | sort | uniq -c | xargs)" '5 OK'
    : >"$BOX/used"
}

# as USER COMMAND...: runs it as this user, and notes which commands Redis carried out for it.
as() {
    local seen=0
    r config resetstat >/dev/null
    run_as "$@" || seen=$?
    note_commands
    return "$seen"
}

run_as() {
    WQ_USER=$1 WQ_PASSWORD=$1-password "${@:2}"
}

# note_commands [COMMAND...]: those that Redis carried out since, but these.
note_commands() {
    r info commandstats | tr -d '\r' | sed -n '/:calls=0,/d; s/^cmdstat_\([^:]*\):.*/\1/p' |
        grep -vxF "$(printf '%s\n' 'config|resetstat' auth "$@")" >>"$BOX/used" || true
}

# may USER: the commands of its line.
may() {
    grep "^ACL SETUSER $1 " "$BOX/lines" | grep -o ' +[^ ]*' | tr -d ' +' | sort
}

# needs_all USER: what was noted is what its line has.
needs_all() {
    told <"$BOX/used" | diff <(may "$1" | told) - || fail "< is in docs/acl.md and not used, > is used and not there"
}

# As far as the server tells them: Redis 6.2 counts all of CLIENT, and of CONFIG, as one, also what the test itself asks.
told() {
    if r info commandstats | grep -q 'config|'; then sort -u; else sed 's/|.*//; /^client$/d; /^config$/d' | sort -u; fi
}

# digest TEXT: its SHA-1.
digest() {
    printf %s "$1" | sha1sum | cut -d' ' -f1
}

# over: all leases have run out; due: all delayed items are due.
over() { long_ago job2:leased; }
due() { long_ago job2:delayed; }

# long_ago KEY: all its times are long over.
long_ago() {
    r eval 'for _, id in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do redis.call("ZADD", KEYS[1], 1, id) end' 1 "$1"
}

# left_behind ITEM: a waiter was killed a while ago, after it arrived.
left_behind() {
    r rpush job2:arriving "$1" >/dev/null
    r hset job2:stats arriving "$(digest "$1") 1 1" >/dev/null
}

# take [OPTION...]: the worker leases; the IDs are in LEASES.
take() {
    answers 0 as worker wq-lease "$@" job2
    mapfile -t LEASES < <(cut -f1 "$BOX/out")
}

@test "the worker can do all that a worker does" {
    seq 500 | wq-push -q job2
    take -n 300
    answers 0 as worker wq-complete job2 "${LEASES[@]:4}"
    answers 0 as worker wq-renew job2 "${LEASES[@]:0:4}"
    answers 0 as worker wq-renew -l 300ms job2 "${LEASES[0]}" -- sh -c 'sleep 0.3'
    answers 0 as worker wq-release --delay 0 job2 "${LEASES[0]}"
    answers 0 as worker wq-release job2 "${LEASES[1]}"
    answers 0 as worker wq-release --dead job2 "${LEASES[2]}"
    over
    # The one that failed, the one that ran out, the one that was delayed, and what nobody leased.
    due
    left_behind late
    take -n 205
    answers 1 as worker wq-complete job2 1.0123456789ab "${LEASES[@]}"
    says "unknown${TAB}1.0123456789ab"
    # One whose answer is lost.
    wq-push -q job2 cherry
    proxy lose 1 1
    WQ_URL=unix://$BOX/p take
    over
    take
    answers 0 as worker wq-complete job2 "${LEASES[0]}"
    # Leases that run out, and are lost; one of them for the last time.
    wq-push -q job2 apple banana
    take
    over
    take
    r hset job2:config max-attempts 1
    over
    take
    over
    answers 1 as worker wq-complete job2 "${LEASES[0]}" 2.0123456789ab || true
    answers 3 as worker wq-lease --until-drained job2
    waits_for_arrivals
    answers 3 as worker wq-lease job2
    works
    is "$(r exists job2:processing)" 0
    needs_all worker
}

# A waiter; what the test itself does meanwhile does not count, or is done by others before. (The item may come just
# when it looks at the queue; then it leases at once.)
waits_for_arrivals() {
    until grep -qx lpos "$BOX/used"; do
        r config resetstat
        WQ_USER=worker WQ_PASSWORD=worker-password spawn wait wq-lease -w job2
        eventually 5 waits 1
        r rpush job2 cherry
        ends 0 "$PID"
        note_commands client 'client|list'
        as worker wq-complete job2 - <"$BOX/wait.out"
    done
}

# The whole worker, until it is told to end. (The test asks for INFO itself.)
works() {
    wq-push -q job2 apple
    r config resetstat
    WQ_USER=worker WQ_PASSWORD=worker-password spawn work wq-work --forever job2 echo
    eventually 5 blocked 1
    kill "$PID"
    ends 143 "$PID"
    is "$(<"$BOX/work.out")" apple
    note_commands client 'client|list' info
}

@test "the producer can do all that a producer does" {
    seq 2500 >"$BOX/numbers"
    answers 0 as producer wq-push -f "$BOX/numbers" job2
    answers 0 as producer wq-push --id night job2 apple
    answers 0 as producer wq-push --id night job2 apple
    answers 0 as producer wq-push --front -f "$BOX/numbers" job2
    answers 0 as producer wq-push --delay 1h job2 cherry
    answers 0 as producer wq-push --if-active --seal job2 date
    answers 1 as producer wq-push job2 elderberry
    r flushall
    answers 1 as producer wq-push --if-active job2 apple
    needs_all producer
}

@test "the reaper can do all that a reaper does" {
    seq 200 | wq-push -q job2
    wq-lease -n 100 job2 >"$BOX/leases"
    wq-release --delay 1h job2 "$(lease job2)"
    r rpush job2:arriving early
    answers 0 as reaper wq-reap job2
    says
    over
    due
    r del job2:arriving
    left_behind late
    answers 0 as reaper wq-reap job2
    says "requeued${TAB}101"
    is "$(r exists job2:processing)" 0
    r hset job2:config max-attempts 1
    r rpush job2:processing orphan1
    wq-lease -n 2 job2
    over
    answers 0 as reaper wq-reap --grace 10ms job2
    says "dead${TAB}3"
    r hdel job2:config max-attempts
    r rpush job2:processing orphan2
    answers 0 as reaper wq-reap --grace 10ms job2
    says "orphans${TAB}1"
    needs_all reaper
}

@test "the reader can see all" {
    seq 200 | wq-push -q job2
    wq-lease -n 3 job2 >"$BOX/leases"
    wq-release --delay 1h job2 "$(cut -f1 "$BOX/leases" | sed -n 1p)"
    wq-release --dead job2 "$(cut -f1 "$BOX/leases" | sed -n 2p)"
    r lpush job2:processing held
    r set "$(lease_key job2 held)" someone px 60000
    r lmove job2 job2:arriving right left
    for option in '' --totals --json --prometheus --audit; do
        # shellcheck disable=SC2086 # none or one
        answers 0 as reader wq-stat $option job2
    done
    answers 0 as reader wq-list job2
    is "$(wc -l <"$BOX/out")" 201
    answers 1 as reader wq-empty -v job2
    answers 1 as reader wq-doctor job2
    needs_all reader
}

@test "the operator can do all that an operator does" {
    answers 1 as operator wq-doctor
    ! grep '^unseen' "$BOX/out" || fail 'that is to be seen'
    answers 0 as operator wq-config job2 max-attempts=3
    answers 0 as operator wq-config job2 max-attempts=
    answers 0 as operator wq-config job2
    wq-push -q --id night job2 apple banana cherry date
    wq-lease -n 4 job2 | wq-release --dead --reason odd job2 -
    id=$(r zrange job2:dead 0 0)
    answers 0 as operator wq-retry job2 "$id"
    answers 0 as operator wq-retry --match odd job2
    wq-release --dead job2 "$(lease job2)"
    answers 0 as operator wq-retry --all job2
    lease job2
    answers 1 as operator wq-purge job2
    answers 0 as operator wq-purge --force job2
    is "$(r dbsize)" 0
    needs_all operator
}

# A queue with an item in each state; LEASE is one that is held.
fill() {
    seq 9 | wq-push -q job2
    wq-release --dead job2 "$(lease job2)"
    wq-release --delay 1h job2 "$(lease job2)"
    LEASE=$(lease job2)
    r rpush job2:processing orphan
    r lmove job2 job2:arriving right left
}

# Every key to the byte.
contents() {
    for key in $(r keys '*' | sort); do
        echo "$key $(r dump "$key" | sha1sum)"
    done
}

# run PROGRAM USER [QUEUE]: as this user, with the operands that it needs.
run() {
    local program=$1 user=$2 queue=${3:-job2}
    case $program in
        wq-push) set -- apple ;;
        wq-complete | wq-renew | wq-release) set -- "$LEASE" ;;
        wq-retry) set -- --all ;;
        wq-reap) set -- --grace 0 ;;
        wq-purge) set -- --force ;;
        wq-config) set -- paused=yes ;;
        *) set -- ;;
    esac
    run_as "$user" "$program" "$queue" "$@"
}

@test "nobody can do the work of another, and is told what is not permitted" {
    fill
    contents >"$BOX/before"
    while read -r user others; do
        for program in $others; do
            answers 77 run "$program" "$user"
            says
            complains "$program: *permi*"
        done
    done <<'END'
producer wq-lease wq-complete wq-renew wq-release wq-reap wq-empty wq-stat wq-list wq-retry wq-purge
worker wq-push wq-reap wq-empty wq-stat wq-retry wq-purge
reaper wq-push wq-lease wq-complete wq-renew wq-release wq-empty wq-stat wq-retry wq-purge
reader wq-push wq-lease wq-complete wq-renew wq-release wq-reap wq-config wq-retry wq-purge
operator wq-push wq-lease wq-complete wq-renew wq-release wq-reap
END
    contents | diff "$BOX/before" -
}

@test "nobody can do his work with another queue" {
    fill
    r copy job2 other
    while read -r user programs; do
        for program in $programs; do
            answers 77 run "$program" "$user" other
            says
            complains "$program: *key*"
        done
    done <<'END'
producer wq-push
worker wq-lease wq-complete wq-renew wq-release
reaper wq-reap
reader wq-empty wq-stat wq-list
operator wq-config wq-retry wq-purge
END
    is "$(r keys 'other*')" other
}

@test "nobody can do anything else" {
    for user in producer worker reaper reader operator; do
        while read -r command; do
            # shellcheck disable=SC2086 # words
            [[ $(r --user $user --pass $user-password --no-auth-warning $command 2>&1) == NOPERM* ]] ||
                fail "$user: $command"
        done <<'END'
get other
keys job2
flushall
config set maxmemory 1
acl list
client list
eval return 1 other
publish job2 x
shutdown
END
    done
}

# lacks COMMAND PROGRAM [ARG...]: the worker may not use the command; it is named.
lacks() {
    r acl setuser worker "-$1"
    answers 77 run_as worker "${@:2}"
    says
    [[ $(tr '[:upper:]' '[:lower:]' <"$BOX/err") == "$2: "*"$1"* ]] || fail "$1 is not named"
    r acl setuser worker "+$1"
}

@test "a command that is missing is named" {
    fill
    # Commands that a program sends, and such that are inside its script.
    lacks eval wq-lease job2
    for command in time hmget zadd hset incrby; do
        lacks "$command" wq-lease job2
    done
    lacks zrem wq-complete job2 "$LEASE"
    lacks zmscore wq-renew job2 "$LEASE"
    run_as worker wq-lease -n 20 job2
    lacks blmove wq-lease -w job2
    # Redis 6.2 takes away only all of SCRIPT.
    older 7.0 || lacks 'script|load' wq-lease -w job2
    # In another database, where the scripts that are sent begin with another line.
    wq-push -q -u "unix://$SOCKET?db=3" job2 apple
    export WQ_URL="unix://$SOCKET?db=3"
    r acl setuser worker +select
    for command in select zadd hset incrby; do
        lacks "$command" wq-lease job2
    done
}

@test "what is missing keeps no item: it is where it was, or leased" {
    for command in $(may worker); do
        case $command in
            client* | eval | evalsha | script* | blmove | time) continue ;;
        esac
        r flushall
        wq-push -q job2 apple
        wq-release --delay 0 job2 "$(lease job2)"
        r acl setuser worker "-$command"
        run_as worker wq-lease job2 >"$BOX/out" 2>"$BOX/err" || is $? 77
        is "$(held job2 | uniq)" apple
        if [ -s "$BOX/out" ]; then
            run_as worker wq-release --delay 0 job2 "$(cut -f1 "$BOX/out")" 2>"$BOX/err" || is $? 77
            is "$(held job2 | uniq)" apple
        fi
        r acl setuser worker "+$command"
    done
}

@test "a worker who may not end a wait drops its connection" {
    ! older 7.0 || skip 'only all of CLIENT can be taken away'
    r acl setuser worker '-client|id' '-client|unblock'
    wq-config job2 open=yes
    WQ_USER=worker WQ_PASSWORD=worker-password spawn work wq-work job2 echo
    eventually 5 blocked 1
    wq-config job2 paused=yes
    eventually 5 blocked 0
    wq-push -q job2 apple
    wq-config job2 paused=no open=no
    ends 0 "$PID"
    is "$(<"$BOX/work.out")" apple
}

@test "a user who may not give his connection a name does without" {
    ! older 7.0 || skip 'only all of CLIENT can be taken away'
    r acl setuser worker '-client|setname'
    wq-push -q job2 apple
    answers 0 run_as worker wq-lease job2
    is "$(cut -f2 "$BOX/out")" apple
    complains ''
}

@test "what the notes add is what is needed" {
    wq-push -q -u "unix://$SOCKET?db=3" job2 apple
    export WQ_URL="unix://$SOCKET?db=3"
    answers 77 run_as worker wq-lease job2
    matches "$(<"$BOX/err")" "wq-lease: *[Ss][Ee][Ll][Ee][Cc][Tt]*"
    r acl setuser worker +select
    answers 0 run_as worker wq-lease job2
    export WQ_URL=unix://$SOCKET
    r hset job2 not list
    answers 65 run_as worker wq-lease job2
    r acl setuser worker +type
    answers 65 run_as worker wq-lease job2
    complains 'wq-lease: *job2 is a hash*'
}
