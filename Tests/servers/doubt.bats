#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# What wq-complete and wq-release answer after their connection broke: no more than is known.

load ../shell/helper
load servers

# answer_lost: from here on, through a proxy: Redis does what it is told first, and its answer never arrives.
answer_lost() {
    teach
    [ -z "${PROXY-}" ] || slay "$PROXY"
    proxy lose 1 1
    export WQ_URL=unix://$BOX/p
}

# doubts PROGRAM LEASE...: it is not known of these.
doubts() {
    says "${@/#/doubtful$TAB}"
    complains "wq-*: the connection broke, and Redis does not know any more whether these leases were *: ${*: -1}; *"
}

# broken COMMAND: from here on, the next first answer is lost, and the command is run before the connection is made anew.
broken() {
    teach
    [ -z "${PROXY-}" ] || slay "$PROXY"
    proxy lose 1 1 "$1"
    export WQ_URL=unix://$BOX/p
}

@test "leases that a Redis from an older copy never gave are in doubt" {
    r config set appendonly yes >/dev/null
    eventually 5 yields 0 rewrites
    wq-push -q q a b
    # The folder of Redis 7, the file of earlier ones.
    mkdir "$BOX/old"
    cp -r "$BOX"/appendonly* "$BOX/old"
    wq-lease -n 2 q >"$BOX/leases"
    spawn completion completes_later
    eventually 5 yields 2 connections
    slay "$REDIS"
    rm -rf "$BOX"/appendonly*
    mv "$BOX"/old/* "$BOX"
    start_redis --appendonly yes
    touch "$BOX/go"
    ends 69 "$PID"
    mv "$BOX/completion.out" "$BOX/out"
    mv "$BOX/completion.err" "$BOX/err"
    is "$(held q)" $'a\nb'
    is "$(cut -f1 "$BOX/out" | sort -u)" doubtful
    is "$(cut -f2 "$BOX/out" | sort)" "$(cut -f1 "$BOX/leases" | sort)"
    while IFS=$TAB read -r lease _; do complains "*$lease*"; done <"$BOX/leases"
}

rewrites() {
    r info persistence | tr -d '\r' | sed -n 's/^aof_rewrite_in_progress://p'
}

connections() {
    r client list | wc -l
}

# A connection stands before there is anything to say.
completes_later() {
    { eventually 10 [ -e "$BOX/go" ] && cat "$BOX/leases"; } | wq-complete q -
}

@test "an answer that was lost is answered again, whatever it was" {
    for program in wq-complete wq-release; do
        wq-push -q -u "unix://$SOCKET" job apple banana
        mapfile -t leases < <(wq-lease -u "unix://$SOCKET" -n 2 job | cut -f1)
        r zadd job:leased xx 1 "${leases[0]}"
        wq-reap -q -u "unix://$SOCKET" job
        answer_lost
        answers 1 "$program" job x "${leases[@]}" y
        says "unknown${TAB}x" "lost${TAB}${leases[0]}" "unknown${TAB}y"
        is "$(grep -c lost "$BOX/proxy.out")" 1
    done
    is "$(r hmget job:stats completed released | xargs)" '1 1'
}

@test "an answer that was lost again and again is answered in the end" {
    wq-push -q job apple
    lease=$(lease job)
    teach
    proxy lose 1 3
    WQ_URL=unix://$BOX/p answers 1 wq-complete job x "$lease"
    says "unknown${TAB}x"
    is "$(grep -c lost "$BOX/proxy.out")" 3
    is "$(r hget job:stats completed)" 1
}

@test "leases that were never held are unknown or in doubt, and leave nothing behind" {
    answers 1 wq-complete nosuch x
    is "$(r dbsize)" 0
    for program in wq-complete wq-release; do
        answer_lost
        answers 69 "$program" nosuch x
        doubts x
    done
    is "$(r dbsize)" 0
}

@test "what Redis forgot between the two tries is in doubt" {
    for forget in 'del job:calls' flushall 'eval "for i=0,4095 do redis.call([[hset]],KEYS[1],([[%03x]]):format(i),[[0]]) end" 1 job:calls'; do
        wq-push -q -u "unix://$SOCKET" job apple
        lease=$(lease job -u "unix://$SOCKET")
        broken "$(printf 'redis-cli -s %q ' "$SOCKET")$forget"
        answers 69 wq-complete job "$lease"
        doubts "$lease"
    done
}

@test "who comes second hears unknown, and who comes first that it is done" {
    wq-push -q job apple
    lease=$(lease job)
    broken "WQ_URL=unix://$SOCKET wq-complete job $lease >$BOX/second"
    answers 0 wq-complete job "$lease"
    silent
    is "$(<"$BOX/second")" "unknown${TAB}$lease"
}

@test "the notes of many calls stay few, and are gone with the queue" {
    seq 900 | wq-push -q job
    wq-lease -n 900 job >"$BOX/leases"
    while IFS= read -r line; do
        printf '%s\n' "$line"
        sleep 0.001
    done <"$BOX/leases" | wq-complete job -
    is "$(r hget job:stats completed)" 900
    [ "$(r hlen job:calls)" -le 4 ]
    seq 100 | wq-push -q job
    wq-work -j 4 job true
    [ "$(r hlen job:calls)" -le 8 ]
    [ "$(r memory usage job:calls)" -lt 1000 ]
    wq-purge job
    is "$(r dbsize)" 0
}

@test "a stale replica does nothing, and says so" {
    free_ports 1
    start_node "${FREE[0]}" --replicaof 127.0.0.1 1
    for program in wq-complete wq-release wq-renew; do
        answers 75 "$program" -u "redis://127.0.0.1:${FREE[0]}" job 1.0123456789ab
        says
    done
}

@test "a full Redis completes and releases, and notes it" {
    wq-push -q job apple banana
    mapfile -t leases < <(wq-lease -n 2 job | cut -f1)
    r config set maxmemory 1 >/dev/null
    answers 0 wq-complete job "${leases[0]}"
    answers 0 wq-release --delay 0 job "${leases[1]}"
    is "$(r hmget job:stats completed released | xargs)" '1 1'
    is "$(r hlen job:calls)" 2
}

@test "a key of another type in place of the notes stops a call before it does anything" {
    wq-push -q job apple
    lease=$(lease job)
    r set job:calls x >/dev/null
    for program in wq-complete wq-release; do
        answers 65 "$program" job "$lease"
        complains '*job:calls*'
    done
    is "$(r hget job:stats completed)" ''
    is "$(r zcard job:leased)" 1
}

@test "replicas that are too few stay too few when the call is sent again" {
    wq-push -q job apple banana
    mapfile -t leases < <(wq-lease -n 2 job | cut -f1)
    for n in 0 1; do
        [ "$n" = 0 ] || proxy lose 1 1
        [ "$n" = 0 ] || export WQ_URL=unix://$BOX/p
        WQ_REPLICAS=1 WQ_COMMAND_TIMEOUT=1s answers 75 wq-complete job "${leases[n]}"
        says
        complains '*Redis did it, but only 0 of the 1 replicas that WQ_REPLICAS asks for have it*'
    done
    is "$(r hget job:stats completed)" 2
}
