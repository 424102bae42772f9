#!/usr/bin/env bats
# What KEDA sees of a queue, key by key, and whether the triggers in examples/kubernetes/production do what is needed.
# shellcheck disable=SC2016 # what is in single quotes is Markdown, Lua or Python

load ../shell/helper
load ../shell/more
load manifests

README=$REPO/examples/kubernetes/production/README.md
KEYS=(job2 job2:leased job2:delayed job2:suspects job2:processing job2:items job2:dead job2:producers)

setup_file() {
    render
}

# count KEY: as KEDA's trigger "redis" does, by a script that asks for the key's type and counts what is in it.
count() {
    r "${AS[@]}" eval 'local count = {list = "LLEN", none = "LLEN", zset = "ZCARD", set = "SCARD", hash = "HLEN"}
        return redis.call(count[redis.call("TYPE", KEYS[1]).ok], KEYS[1])' 1 "$1"
}

# Each of these brings a queue of three items into a state, of which the first line of the array STATES has the words.
STATES=(unused drained ready paused leased expired reaped delayed due fell_due dead alone pushing open foreign)
declare -gA WORDS=([unused]='never used' [drained]='all done' [ready]='ready' [paused]='ready, paused' [leased]='leased'
    [expired]='leased, the leases are over' [reaped]='the same after `wq-reap`: suspects' [delayed]='delayed'
    [due]='delayed, and due' [fell_due]='the same after `wq-reap`' [dead]='dead' [alone]='leased, of which two died'
    [pushing]='none yet, a push holds the queue open' [open]='none, `open=yes`'
    [foreign]='in the hands of `rediswq` clients')

three() { wq-push -q job2 apple banana cherry; }
unused() { :; }
drained() { three && wq-lease -n 3 job2 >"$BOX/leases" && wq-complete job2 - <"$BOX/leases"; }
ready() { three; }
paused() { three && wq-config job2 paused=yes; }
leased() { three && wq-lease -n 3 job2 >"$BOX/leases"; }
expired() { leased && for id in $(r zrange job2:leased 0 -1); do r zadd job2:leased xx 1 "$id" >"$BOX/set"; done; }
reaped() { expired && wq-reap -q job2; }
delayed() { wq-push -q --delay 1h job2 apple banana cherry; }
due() { delayed && for id in $(r zrange job2:delayed 0 -1); do r zadd job2:delayed xx 1 "$id" >"$BOX/set"; done; }
fell_due() { due && wq-reap -q job2; }
dead() { leased && wq-release --dead job2 - <"$BOX/leases"; }
alone() { leased && head -n 2 "$BOX/leases" | wq-release --dead job2 -; }
open() { wq-config job2 open=yes; }
foreign() {
    three
    for item in apple banana cherry; do
        r rpoplpush job2 job2:processing >"$BOX/set"
        r set "$(lease_key job2 "$item")" someone px 60000 >"$BOX/set"
    done
}
pushing() {
    [ -p "$BOX/items" ] || mkfifo "$BOX/items"
    wq-push -q job2 <"$BOX/items" 3>&- &
    PUSH=$!
    exec 7>"$BOX/items"
    eventually 5 r_has job2:producers
}
r_has() { [ "$(r exists "$1")" = 1 ]; }

# every COMMAND: runs it in each state, with $state, on a server that has nothing else.
every() {
    for state in "${STATES[@]}"; do
        r flushall >"$BOX/set"
        PUSH=
        "$state"
        "$@"
        [ -z "$PUSH" ] || { exec 7>&- && wait "$PUSH"; }
    done
}

row() {
    printf '| %s |' "${WORDS[$state]}"
    for key in "${KEYS[@]}"; do printf ' %s |' "$(count "$key")"; done
    echo
}

@test "the README's table of what KEDA counts is what it counts" {
    {
        printf '| the three items are |' && printf ' `%s` |' "${KEYS[@]}" && echo
        printf '| --- |' && printf ' ---: |%.0s' "${KEYS[@]}" && echo
        every row
    } >"$BOX/table"
    sed -n '/^| the three items are /,/^$/p' "$README" | grep . >"$BOX/told"
    diff "$BOX/told" "$BOX/table"
}

# triggers KIND: of each trigger the key, and how many of its elements a worker is wanted for.
triggers() {
    ask_of "$ALL" "'\n'.join(t['metadata']['listName'] + ' ' + t['metadata']['listLength']
        for t in kind('$1')[0]['spec']['triggers'])"
    cp "$BOX/out" "$BOX/$1"
}

# wanted KIND: how many workers the most demanding trigger wants.
wanted() {
    local key length most=0 n
    while read -r key length; do
        n=$((($(count "$key") + length - 1) / length))
        [ "$n" -le "$most" ] || most=$n
    done <"$BOX/$1"
    echo "$most"
}

# There is a worker exactly while something is left to do; wq-empty knows. For "open" alone nothing can be done.
right() {
    local left=0
    wq-empty -q job2 2>"$BOX/said" || left=1
    [ "$state" != open ] || left=0
    for kind in ScaledObject ScaledJob; do
        is "$kind $state $(($(wanted "$kind") > 0))" "$kind $state $left"
    done
    (($(count job2) == 0 && left == 1)) && MISSED+=("$state")
    return 0
}

@test "with the triggers of the manifests there is a worker in each state in which something is left, and in no other" {
    triggers ScaledObject
    triggers ScaledJob
    MISSED=()
    every right
    # What the list alone would have missed.
    is "${MISSED[*]}" 'leased expired reaped delayed due alone pushing foreign'
}

@test "the ScaledObject keeps the workers that are busy, and a worker has no more items than it counts with" {
    triggers ScaledObject
    seq 30 | wq-push -q job2
    wq-lease -n 30 -l 1h job2 >"$BOX/leases"
    is "$(wanted ScaledObject)" 8
    ask_of "$ALL" '[t["metadata"]["listLength"] for t in kind("ScaledObject")[0]["spec"]["triggers"]
        if t["name"] == "leased"]' \
        '[w for w in named("work", "Deployment")["spec"]["template"]["spec"]["containers"][0]["command"]
        if w.startswith(("--jobs", "--prefetch"))]'
    says "['4']" "['--jobs=4', '--prefetch=0']"
}

@test "what a worker leaves behind when all is done wants no worker" {
    triggers ScaledObject
    triggers ScaledJob
    pushing
    kill -KILL "$PUSH"
    exec 7>&-
    wait "$PUSH" || true
    is "$(wanted ScaledJob)" 1
    # The hold of the push that was killed is over; the worker that KEDA starts for it finds nothing to do.
    r zadd job2:producers xx 1 "$(r zrange job2:producers 0 0)"
    answers 0 wq-work job2 true
    is "$(wanted ScaledJob),$(wanted ScaledObject)" 0,0
}

@test "KEDA's user may do what KEDA does, and see no other keys" {
    line=$(sed -n 's/^    ACL SETUSER keda /keda /p' "$README")
    # Older servers know no CLIENT SETINFO, which a client does without.
    older 7.2 && line=${line/+client|setinfo /}
    # shellcheck disable=SC2086 # words
    is "$(r acl setuser $line)" OK
    AS=(--user keda --pass keda-password --no-auth-warning)
    is "$(r "${AS[@]}" ping)" PONG
    three
    wq-lease job2
    is "$(for key in "${KEYS[@]}"; do count "$key"; done | tr '\n' ' ')" '2 1 0 0 1 1 0 0 '
    r sadd job2:set a
    is "$(count job2:set)" 1
    matches "$(count other 2>&1)" '*NOPERM*'
    matches "$(r "${AS[@]}" lpop job2 2>&1)" '*NOPERM*'
}
