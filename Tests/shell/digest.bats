#!/usr/bin/env bats
# Scripts are called by their digests: a server that knows a script gets no text, one that does not gets it once.

load helper

setup() {
    make_box
    start_redis
    wq-push -q job a b c d e f g h
}

# calls COMMAND FIELD: what INFO commandstats counted of it.
calls() {
    r info commandstats | tr -d '\r' | awk -F '[:=,]' -v command="cmdstat_$1" -v field="$2" \
        '$1 == command { for (i = 2; i < NF; i += 2) if ($i == field) seen = $(i + 1) } END { print seen + 0 }'
}

# sent N COMMAND...: runs the command once, then N times, and prints how many bytes Redis got each of those times.
sent() {
    local before after count=$1
    "${@:2}" >"$BOX/sent"
    before=$(r info stats | tr -d '\r' | sed -n 's/^total_net_input_bytes://p')
    for ((i = 0; i < count; i++)); do "${@:2}" >"$BOX/sent" || return; done
    after=$(r info stats | tr -d '\r' | sed -n 's/^total_net_input_bytes://p')
    echo $(((after - before) / count))
}

@test "a server that does not know the script gets its text once" {
    r script flush
    r config resetstat
    answers 0 wq-lease job
    is "$(calls evalsha failed_calls) $(calls eval calls)" '1 1'
    answers 0 wq-lease job
    is "$(calls evalsha calls) $(calls eval calls)" '2 1'
}

@test "a call to a server that knows the script is small" {
    for url in "unix://$SOCKET" "unix://$SOCKET?db=3"; do
        export WQ_URL=$url
        wq-push -q job a b c d e f g h
        lease=$(wq-lease job | cut -f1)
        wq-complete job "$lease"
        [ "$(sent 5 wq-lease job)" -le 1200 ] || fail "$(sent 1 wq-lease job) bytes a lease"
        [ "$(sent 5 wq-push -q job x)" -le 1200 ] || fail "$(sent 1 wq-push -q job x) bytes a push"
        [ "$(sent 5 wq-stat job)" -le 1200 ] || fail "$(sent 1 wq-stat job) bytes a look"
    done
    is "$(r -n 3 llen job)" 7
}

@test "many calls under way carry the text once, whether the server knows it or not" {
    wq-push -q many $(seq 1500)
    for completed in 700 1400; do
        [ $completed = 1400 ] || r script flush
        r config resetstat
        wq-lease -n 700 many >"$BOX/leases"
        is "$(wc -l <"$BOX/leases")" 700
        is "$(calls eval calls) $(calls evalsha failed_calls)" '1 0'
        wq-complete many - <"$BOX/leases"
        is "$(r hget many:stats completed)" $completed
    done
}

@test "a user who may not call by digests sends the texts" {
    r acl setuser plain on '>plain' '~job*' '+@all' '-evalsha'
    export WQ_USER=plain WQ_PASSWORD=plain
    answers 0 wq-lease job
    lease=$(cut -f1 "$BOX/out")
    answers 0 wq-complete job "$lease"
    answers 0 wq-push job x
    answers 0 wq-list job
    answers 0 wq-work -q job true
    is "$(r hget job:stats completed)" 9
    # A user who may do neither hears it.
    r acl setuser plain '-eval'
    answers 77 wq-lease job
    says
    matches "$(<"$BOX/err")" "*'eval'*"
}

@test "a worker asks once whether it may call by digests" {
    r acl setuser plain on '>plain' '~job*' '+@all' '-evalsha'
    WQ_USER=plain WQ_PASSWORD=plain answers 0 wq-work -q job true
    [ "$(calls evalsha rejected_calls)" -le 2 ] || fail "$(calls evalsha rejected_calls) refused calls"
    is "$(r hget job:stats completed)" 8
}

@test "a server that forgets its scripts all the time is told them again" {
    (while r script flush >/dev/null; do sleep 0.01; done) &
    flusher=$!
    seq 400 | wq-push -q slow
    answers 0 wq-work -q -j 2 slow true
    kill "$flusher"
    wait "$flusher" || true
    is "$(r hget slow:stats completed)" 400
    answers 0 wq-stat --audit slow
}
