#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# What the users of docs/acl.md may not do, and what happens if a command is missing.

load ../shell/helper
load servers
load acl

# A queue with an item in each state; LEASE is one that is held.
fill_states() {
    seq 9 | wq-push -q job2
    wq-release --dead job2 "$(lease job2)"
    wq-release --delay 1h job2 "$(lease job2)"
    LEASE=$(lease job2)
    r rpush job2:processing orphan
    r lmove job2 job2:arriving right left
}

# run PROGRAM USER [QUEUE]: as this user, with the operands that it needs.
run() {
    local program=$1 user=$2 queue=${3:-job2}
    case $program in
        wq-push) set -- apple ;;
        wq-complete | wq-renew | wq-release) set -- "$LEASE" ;;
        wq-retry) set -- --all ;;
        wq-drop) set -- --dead ;;
        wq-reap) set -- --orphan-after 0 ;;
        wq-purge) set -- --force ;;
        wq-config) set -- paused=yes ;;
        *) set -- ;;
    esac
    run_as "$user" "$program" "$queue" "$@"
}

@test "nobody can do the work of another, and is told what is not permitted" {
    fill_states
    contents >"$BOX/before"
    while read -r user others; do
        for program in $others; do
            answers 77 run "$program" "$user"
            says
            complains "$program: *permi*"
        done
    done <<'END'
producer wq-lease wq-complete wq-renew wq-release wq-reap wq-empty wq-stat wq-list wq-retry wq-drop wq-purge
worker wq-push wq-reap wq-empty wq-stat wq-retry wq-drop wq-purge
reaper wq-push wq-lease wq-complete wq-renew wq-release wq-empty wq-stat wq-retry wq-purge
reader wq-push wq-lease wq-complete wq-renew wq-release wq-reap wq-config wq-retry wq-drop wq-purge
operator wq-push wq-lease
END
    contents | diff "$BOX/before" -
}

@test "nobody can do his work with another queue" {
    fill_states
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
operator wq-config wq-retry wq-drop wq-purge
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

# needs COMMAND PROGRAM [ARG...]: the worker may not use the command; it is named.
needs() {
    r acl setuser worker "-$1"
    answers 77 run_as worker "${@:2}"
    says
    [[ $(tr '[:upper:]' '[:lower:]' <"$BOX/err") == "$2: "*"$1"* ]] || fail "$1 is not named"
    r acl setuser worker "+$1"
}

@test "a command that is missing is named" {
    fill_states
    # Commands that a program sends, and such that are inside its script.
    r script flush
    needs eval wq-lease job2
    for command in time hmget zadd hset incrby; do
        needs "$command" wq-lease job2
    done
    needs zrem wq-complete job2 "$LEASE"
    needs zmscore wq-renew job2 "$LEASE"
    run_as worker wq-lease -n 20 job2
    needs blmove wq-lease -w job2
    # In another database, where the scripts that are sent begin with another line.
    wq-push -q -u "unix://$SOCKET?db=3" job2 apple
    export WQ_URL="unix://$SOCKET?db=3"
    r acl setuser worker +select
    for command in select zadd hset incrby; do
        needs "$command" wq-lease job2
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
