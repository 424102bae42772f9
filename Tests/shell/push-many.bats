#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# wq-push of many lines, whose items are added beside its script: they get there as the script would have put them.

load helper
load more

setup() {
    make_box
    start_redis
    RUNS=()
    cat >"$BOX/worker" <<'END'
while lease=$(wq-lease -t 2s job); do
    printf '%s\n' "$lease" >>"$1"
    wq-complete job "${lease%%	*}"
done
END
    # The first lines come one by one.
    cat >"$BOX/slow" <<'END'
head -n "$2" "$1" | while read -r line; do
    echo "$line"
    sleep 0.002
done
tail -n +"$(($2 + 1))" "$1"
END
}

# feed: what is written to $FEED from now on is pushed, by $PRODUCER.
feed() {
    mkfifo "$BOX/feed"
    spawn producer sh -c "exec wq-push $* <'$BOX/feed'"
    PRODUCER=$PID
    exec {FEED}>"$BOX/feed"
}

# sends FIRST LAST: these numbers, at once; they arrive as the queue's last.
sends() {
    seq "$1" "$2" >&"$FEED"
    eventually 5 yields "$2" r lindex job "${3:-0}"
}

# is_fed STATUS: that was all.
is_fed() {
    exec {FEED}>&-
    ends "$1" "$PRODUCER"
}

# holds_all LAST: all numbers up to that one, once and in order, and no key that the push used.
holds_all() {
    r lrange job 0 -1 | tac | cmp - <(seq "$1")
    is "$(r hget job:stats pushed)" "$1"
    is "$(r --scan --type list --pattern 'job:*')" ''
}

beside() {
    r info commandstats | grep -q "^cmdstat_$1:"
}

@test "many lines are added beside the script, few are not" {
    seq 1019 >"$BOX/few"
    wq-push -q -f "$BOX/few" few
    beside lpushx && false
    seq 1020 >"$BOX/many"
    wq-push -q -f "$BOX/many" job
    beside lpushx
    is "$(r lrange job 0 -1 | tac | cksum)" "$(seq 1020 | cksum)"
}

@test "they go behind what is there, or before it" {
    wq-push -q job early
    seq 3000 | wq-push -q --front job
    beside rpushx
    seq 3001 6000 | wq-push -q job
    { seq 3000 -1 1 && echo early && seq 3001 6000; } | cmp - <(r lrange job 0 -1 | tac)
}

@test "every byte and an item of none arrive among many" {
    python -c 'import os
for n in range(5000): os.write(1, b"\0" if n % 7 == 0 else bytes([n % 255 + 1]) * (n % 90) + b"\n\xff\0")' >"$BOX/records"
    answers 0 wq-push -0 --keep-blank job <"$BOX/records"
    says 5000
    wq-lease -0 -n 5000 job | cut -z -f2- | cmp - "$BOX/records"
}

@test "who waits gets what many lines bring, all of it" {
    wq-config job open=yes
    for n in 1 2 3; do
        spawn "wait$n" sh "$BOX/worker" "$BOX/got$n"
        RUNS+=("$PID")
    done
    eventually 5 blocked 3
    feed job
    for n in 0 100 200 300 400; do
        seq $((n + 1)) $((n + 100)) >&"$FEED"
        eventually 5 blocked 3
    done
    is_fed 0
    for pid in "${RUNS[@]}"; do ends 0 "$pid"; done
    cut -f2 "$BOX"/got? | sort -n | cmp - <(seq 500)
}

@test "a script that Redis has forgotten adds nothing twice" {
    feed job
    sends 1 10
    sends 11 1000
    r script flush
    sends 1001 2000
    r script flush
    seq 2001 9000 >&"$FEED"
    is_fed 0
    holds_all 9000
}

@test "a user who may not do some of it hands all to the script" {
    for command in multi exec lpushx rename renamenx; do
        r flushall
        r acl setuser default reset on nopass '~*' '&*' +@all "-$command"
        feed job
        sends 1 10
        sends 11 1000
        seq 1001 5000 >&"$FEED"
        is_fed 0
        r acl setuser default +@all
        holds_all 5000
        rm "$BOX/feed"
    done
}

@test "a queue that is sealed meanwhile takes no more, and keeps what it had" {
    feed job
    sends 1 10
    sends 11 1000
    r hset job:config sealed yes
    # It does not read all of it.
    seq 1001 5000 >&"$FEED" || [ $? -eq 141 ]
    is_fed 1
    matches "$(<"$BOX/producer.err")" "wq-push: job is sealed: * \\(1000 items had been pushed)"
    holds_all 1000
}

@test "a key of another type meanwhile is 65 and stays, and so do the items" {
    feed job
    sends 1 10
    sends 11 1000
    r rename job there
    r set job text
    # It does not read all of it.
    seq 1001 5000 >&"$FEED" || [ $? -eq 141 ]
    is_fed 65
    matches "$(<"$BOX/producer.err")" "wq-push: the key job is a string, * \\(1000 items had been pushed)"
    is "$(r get job)" text
    r del job
    r rename there job
    holds_all 1000
}

@test "a full Redis is 75, and nothing of what it refused is there" {
    feed job
    sends 1 10
    sends 11 1000
    r config set maxmemory 1
    # It does not read all of it.
    seq 1001 5000 >&"$FEED" || [ $? -eq 141 ]
    is_fed 75
    r config set maxmemory 0
    matches "$(<"$BOX/producer.err")" "*\\(1000 items had been pushed)"
    holds_all 1000
}

@test "of a batch of which another run of the push added a part, the rest is added" {
    feed --id night job
    sends 1 10
    sends 11 500
    seq 600 | wq-push -q --id night job
    is "$(r llen job)" 600
    seq 501 2000 >&"$FEED"
    is_fed 0
    holds_all 2000
    is "$(<"$BOX/producer.out")" 2000
}

@test "... also if that is a single item" {
    feed --id night job
    sends 1 10
    sends 11 500
    seq 1499 | wq-push -q --id night job
    seq 501 1500 >&"$FEED"
    is_fed 0
    holds_all 1500
}

@test "two runs of one push at once, with batches of their own, add each item once" {
    seq 20000 >"$BOX/numbers"
    for n in 1 2 3 4; do
        spawn "run$n" sh -c 'sh "$@" | wq-push --id night job' sh "$BOX/slow" "$BOX/numbers" $((n * 7))
        RUNS+=("$PID")
    done
    for pid in "${RUNS[@]}"; do ends 0 "$pid"; done
    holds_all 20000
}

@test "what was added is there when Redis was killed" {
    keep_on_disk
    feed job
    sends 1 10
    sends 11 1000
    sends 1001 2500
    is_fed 0
    slay "$REDIS"
    start_redis --appendonly yes
    holds_all 2500
}
