#!/usr/bin/env bats
# examples/worker.sh, the reference worker.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    export WORKER=$REPO/examples/worker.sh
}

@test "runs the command with each item, completes them, ends with 0 when the queue is drained" {
    wq-push -q job apple banana cherry
    answers 0 "$WORKER" job echo 'worked on'
    says 'worked on apple' 'worked on banana' 'worked on cherry'
    complains ''
    answers 0 wq-empty job
    is "$(held job)" ''
}

@test "the command has the item in WQ_ITEM too, and the lease and the attempt" {
    wq-push -q job apple
    answers 0 "$WORKER" job sh -c 'echo "$1,$WQ_ITEM,$WQ_ATTEMPT,$WQ_LEASE"' sh
    fits "$(<out)" '^apple,apple,1,1\.[0-9a-f]{12}$'
}

@test "a drained queue at the start is 0, and nothing runs; one that was never used is 66" {
    answers 66 "$WORKER" job echo never
    says
    wq-push -q job </dev/null
    answers 0 "$WORKER" job echo never
    silent
}

@test "an item may be any bytes but NUL" {
    items=('' ' ' ' two  spaces ' '-n' '--' "it's" '"$HOME" `id` $(id) \n \\ ' '*' $'tab\there' $'two\nlines'
        $'newlines at the end\n\n\n' $'\n' $'\xff\xfe\x80 bytes' $'\e[31m' "'; touch broken; '" 'ünïcode')
    for item in "${items[@]}"; do
        wq-push -q job -- "$item"
        printf '%s\0' "$item" "$item" >>expected
    done
    answers 0 "$WORKER" job sh -c 'printf "%s\0" "$1" "$WQ_ITEM"' sh
    cmp expected out
    [ ! -e broken ]
}

# soon: what fails is tried again within moments
soon() {
    wq-config job retry-delay=50ms
}

@test "a failed item is told, and given back with the reason: it is tried again later" {
    wq-push -q job apple banana
    soon
    answers 0 "$WORKER" job sh -c \
        'wq-list --delayed job; echo "$1 $WQ_ATTEMPT"; [ "$1$WQ_ATTEMPT" != apple1 ] || exit 9' sh
    is "$(grep -v "$TAB" out)" $'apple 1\nbanana 1\napple 2'
    matches "$(grep "$TAB" out)" "1.*${TAB}delayed${TAB}1$TAB*${TAB}sh: status 9${TAB}apple"
    complains 'worker.sh: sh failed with status 9 on lease 1.* (attempt 1)'
    is "$(wc -l <err)" 1
    is "$(r hget job:stats released)" 1
}

@test "an item that always fails is dead at last, and the worker ends" {
    wq-push -q job apple
    soon
    wq-config job max-attempts=3
    answers 0 "$WORKER" job false
    is "$(wc -l <err)" 3
    is "$(wq-list --dead job | cut -f 2,3,6,7)" "dead${TAB}3${TAB}false: status 1${TAB}apple"
}

@test "status 75 is not held against the item, which comes back later" {
    wq-push -q job apple banana
    wq-config job max-attempts=1
    spawn worker "$WORKER" job sh -c 'echo "$1 $WQ_ATTEMPT"; [ "$1" != apple ] || exit 75' sh
    both() { yields $'apple 1\nbanana 1' cat worker.out; }
    eventually 10 both
    eventually 10 yields "delayed${TAB}0${TAB}sh: status 75${TAB}apple" sh -c 'wq-list job | cut -f 2,3,6,7'
    # Seconds, and not the moment that the first retry of a failure would take.
    [ "$(wq-list --delayed job | cut -f 5)" -gt 5000 ]
    kill -TERM "$PID"
    ends 143 "$PID"
}

@test "a command that was interrupted ends the worker: 130, its item at once for others" {
    wq-push -q job apple banana
    answers 130 "$WORKER" job sh -c 'echo "$1"; kill -INT $$' sh
    says apple
    is "$(wq-list --ready job | cut -f 7)" $'apple\nbanana'
    is "$(r exists job:attempts)" 0
}

@test "a command that ends by SIGTERM has failed, unless the worker was to end too" {
    wq-push -q job apple banana
    wq-config job max-attempts=1
    spawn worker "$WORKER" job sh -c '[ "$1" != apple ] || exit 143; echo $$; until [ -e go ]; do sleep 0.02; done; exit 143' sh
    eventually 10 test -s worker.out
    kill -TERM "$PID"
    touch go
    ends 143 "$PID"
    is "$(wq-list job | cut -f 2,7)" $'ready\tbanana\ndead\tapple'
}

@test "Ctrl-C on a terminal ends command and worker, and gives the item back" {
    wq-push -q job apple
    mkfifo keys
    # A shell has what it runs in the background ignore that signal, which env undoes here.
    spawn terminal env --default-signal=INT sh -c 'exec script -qec "$WORKER job sh -c \"echo begun; sleep 1000\"" /dev/null <keys'
    exec 8>keys
    eventually 10 grep -q begun terminal.out
    printf '\003' >&8
    ends 130 "$PID"
    exec 8>&-
    is "$(wq-list job | cut -f 2,7)" "ready${TAB}apple"
}

@test "a command that takes longer than its lease keeps it" {
    wq-push -q job apple
    WQ_LEASE_TIME=300ms answers 0 "$WORKER" job sh -c 'echo "$1 $WQ_ATTEMPT"
        now=$(date +%s%N) && until [ $(($(date +%s%N) - now)) -gt 700000000 ]; do wq-reap job; done' sh
    says 'apple 1'
    complains ''
    is "$(r hget job:stats expired),$(r hget job:stats completed)" ,1
}

@test "WQ_MAX_TIME ends a command that hangs: a failed attempt" {
    wq-push -q job apple
    wq-config job max-attempts=1
    WQ_MAX_TIME=100ms answers 0 "$WORKER" job sh -c 'exec sleep 1000'
    complains 'wq-renew: *worker.sh: sh failed with status 1 on lease 1.*'
    is "$(wq-list --dead job | cut -f 3,6,7)" "1${TAB}sh: status 1${TAB}apple"
}

# What a command does to lose its own lease.
lose='redis-cli -s "${WQ_URL#unix://}" zadd job:leased 1 "$WQ_LEASE" && wq-reap job'

@test "a lost lease is told, and the worker goes on" {
    wq-push -q job apple banana
    answers 0 "$WORKER" job sh -c '
        echo "$1 $WQ_ATTEMPT"
        [ "$1$WQ_ATTEMPT" != apple1 ] || { '"$lose"'; } >/dev/null' sh
    is "$(sort out)" $'apple 1\napple 2\nbanana 1'
    complains 'worker.sh: lease 1.* is lost: *'
    is "$(wc -l <err)" 1
}

@test "a command whose lease is lost is stopped" {
    wq-push -q job apple
    WQ_LEASE_TIME=500ms answers 0 "$WORKER" job sh -c '
        echo "$1 $WQ_ATTEMPT"
        [ "$WQ_ATTEMPT" = 2 ] || { '"$lose"'; exec sleep 1000; } >/dev/null' sh
    says 'apple 1' 'apple 2'
    complains 'wq-renew: the lease 1.*worker.sh: lease 1.* is lost: *'
}

@test "a command that does not exist is 127, and no item is taken for it" {
    wq-push -q job apple
    answers 127 "$WORKER" job no-such-command
    complains 'worker.sh: no-such-command: not found'
    is "$(wq-list job | cut -f 2,7)" "ready${TAB}apple"
}

@test "waits while others hold what is left, and takes what comes back" {
    wq-push -q job apple
    wq-lease -l 1200ms job >/dev/null
    answers 0 "$WORKER" job echo
    says apple
}

@test "SIGTERM: the current item is finished, the next not begun, 143" {
    wq-push -q job apple banana
    spawn worker "$WORKER" job sh -c 'echo "$1"; until [ -e go ]; do sleep 0.05; done; echo done' sh
    eventually 10 test -s worker.out
    kill -TERM "$PID"
    touch go
    ends 143 "$PID"
    is "$(<worker.out)" $'apple\ndone'
    is "$(held job)" banana
    is "$(<worker.err)" ''
}

@test "SIGTERM while waiting is heard within moments: 143" {
    wq-push -q job apple
    wq-lease -l 100s job >/dev/null
    spawn worker "$WORKER" job echo
    eventually 10 blocked 1
    kill -TERM "$PID"
    ends 143 "$PID" 5
    is "$(<worker.out)$(<worker.err)" ''
}

@test "an unreachable Redis is 69" {
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$WORKER" job echo never
    says
    complains "wq-lease: *$BOX/nowhere*"
}

@test "a Redis that goes away during the work is 69" {
    wq-push -q job apple
    WQ_CONNECT_TIMEOUT=100ms answers 69 "$WORKER" job sh -c 'echo "$1"; redis-cli -s "${WQ_URL#unix://}" shutdown' sh
    says apple
    complains 'wq-complete: *'
}

@test "a Redis that goes away before the work fails is 69" {
    wq-push -q job apple
    WQ_CONNECT_TIMEOUT=100ms answers 69 "$WORKER" job \
        sh -c 'redis-cli -s "${WQ_URL#unix://}" shutdown; exit 9'
    complains '*sh failed with status 9 *wq-release: *'
}

@test "a Redis that goes away while waiting is 69" {
    wq-push -q job apple
    wq-lease -l 100s job >/dev/null
    WQ_CONNECT_TIMEOUT=100ms spawn worker "$WORKER" job echo never
    eventually 10 blocked 1
    kill "$REDIS"
    ends 69 "$PID"
}

@test "other errors end it with their status" {
    r set job text >/dev/null
    answers 65 "$WORKER" job echo never
    complains 'wq-lease: *'
    r del job >/dev/null
    WQ_LEASE_TIME=soon answers 64 "$WORKER" job echo never
    says
}

@test "usage" {
    answers 64 "$WORKER"
    complains 'usage: worker.sh QUEUE COMMAND [[]ARG...]'
    answers 64 "$WORKER" job
    complains 'usage: *'
}

@test "eight workers, two hundred items: each once" {
    seq 200 | wq-push -q job
    for n in {1..8}; do
        spawn "worker$n" "$WORKER" job echo
        workers[n]=$PID
    done
    for n in {1..8}; do ends 0 "${workers[n]}" 30; done
    is "$(cat worker?.out | sort -n)" "$(seq 200)"
}

# shellcheck disable=SC2030,SC2031 # it goes through a file
@test "with head as its reader it ends with 74, with all other items ready and uncharged" {
    seq 60 | wq-push -q job
    for shell in dash bash mksh yash 'zsh --emulate sh' 'busybox ash'; do
        (
            status=0
            # shellcheck disable=SC2086 # busybox has a word more
            $shell "$WORKER" job sh -c 'echo "$1"; exit 0' sh 2>err || status=$?
            echo "$status" >status
        ) | head -n 2 >out
        is "$(wc -l <out)" 2
        is "$(<status)" 74
        is "$(r exists job:attempts job:delayed job:dead job:leased)" 0
    done
    is "$(r llen job)" $((60 - $(r hget job:stats completed)))
}

@test "a command whose own status is 74 fails, and does not end the worker" {
    wq-config job max-attempts=1
    wq-push -q job apple banana
    answers 0 "$WORKER" job sh -c 'echo "$1"; [ "$1" != apple ] || exit 74' sh
    says apple banana
    is "$(r zcard job:dead)" 1
}

@test "TERM to all processes charges no attempt, also where it reaches the command a little earlier" {
    wq-push -q job apple
    spawn worker "$WORKER" job sh -c 'echo $$ >began; sleep 77.1; :' sh
    eventually 5 written began
    kill "$(<began)"
    sleep 0.1
    kill "$PID"
    ends 143 "$PID"
    is "$(r llen job)" 1
    is "$(r exists job:attempts job:delayed)" 0
}
