#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# docs/acl.md is true: its users can do their work, with nothing missing and nothing to spare.

load ../shell/helper
load servers
load acl

# as USER COMMAND...: runs it as this user, and notes which commands Redis carried out for it.
as() {
    local seen=0
    r config resetstat >/dev/null
    run_as "$@" || seen=$?
    note_commands
    return "$seen"
}

# note_commands [COMMAND...]: those that Redis carried out since, but these.
note_commands() {
    r info commandstats | tr -d '\r' | sed -n '/:calls=0,/d; s/^cmdstat_\([^:]*\):.*/\1/p' |
        grep -vxF "$(printf '%s\n' 'config|resetstat' auth "$@")" >>"$BOX/used" || true
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
    answers 0 as producer wq-push --once 1h job2 fig grape fig
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
    is "$(r zcard job2:suspects)" 100
    long_ago job2:suspects
    answers 0 as reaper wq-reap job2
    is "$(r exists job2:processing job2:suspects)" 0
    r hset job2:config max-attempts 1
    r rpush job2:processing orphan1
    wq-lease -n 2 job2
    over
    answers 0 as reaper wq-reap --orphan-after 10ms job2
    says "dead${TAB}3"
    r hdel job2:config max-attempts
    r rpush job2:processing orphan2
    answers 0 as reaper wq-reap --orphan-after 10ms job2
    says "orphans${TAB}1"
    # What Redis lost half of.
    r hset job2:items 9.abcdefabcdef "1${TAB}${TAB}1${TAB}${TAB}apple"
    r zadd job2:dead 1 8.abcdefabcdef
    answers 0 as reaper wq-reap --strays job2
    says "strays${TAB}1" "lost${TAB}1"
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
    # What a restart would do is asked if there is a file to start from.
    r config set appendonly yes
    answers 1 as reader wq-doctor
    answers 0 as reader wq-stat
    is "$(cut -f1 "$BOX/out")" job2
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
    wq-release --delay 0 job2 "$(lease job2)"
    answers 0 as operator wq-drop --ready --match cherry job2
    wq-lease -n 2 job2 | wq-release --dead job2 -
    answers 0 as operator wq-drop --dead --match banana job2
    wq-push --once 1h job2 elder fig
    id=$(lease job2)
    answers 0 as operator wq-drop --dry-run job2 "$id"
    answers 0 as operator wq-drop job2 "$id"
    answers 0 as operator wq-drop --ready --match fig job2
    # So far from the end of the list that those before them are set aside.
    seq 3000 | wq-push -q job2
    answers 0 as operator wq-drop --ready --match 7 job2
    lease job2
    answers 1 as operator wq-purge job2
    answers 0 as operator wq-purge --force job2
    is "$(r dbsize)" 0
    needs_all operator
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
