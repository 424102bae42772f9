#!/usr/bin/env bats
# Items that are larger than max-item-bytes: none gets into a worker's memory.

load helper

# letters N: so many.
letters() {
    head -c "$1" /dev/zero | tr '\0' x
}

@test "wq-push refuses one, names its size and the limit, and adds what came before" {
    wq-config job max-item-bytes=1000
    answers 0 wq-push job "$(letters 1000)"
    {
        seq 3
        letters 1001
    } >"$BOX/items"
    answers 65 wq-push -f "$BOX/items" job
    complains 'wq-push: item 4 of 1001 bytes *1000 bytes*max-item-bytes*'
    {
        seq 3000
        letters 1001
        echo
        seq 3000
    } >"$BOX/items"
    answers 65 wq-push -f "$BOX/items" job
    says
    complains 'wq-push: item 3001 of 1001 bytes *had been pushed*'
    for option in --front '--delay 1h' '--id night'; do
        # shellcheck disable=SC2086 # one word or two
        answers 65 wq-push $option job "$(letters 1001)"
    done
    # Nothing holds the queue open.
    is "$(r exists job:producers)" 0
    wq-config job max-item-bytes=0
    answers 0 wq-push job "$(letters 2000)"
}

@test "after a refusal the push can go on where it stopped" {
    wq-config job max-item-bytes=10
    printf '%s\n' one 'far too long' two >"$BOX/items"
    answers 65 wq-push --id night -f "$BOX/items" job
    wq-config job max-item-bytes=
    answers 0 wq-push --id night -f "$BOX/items" job
    is "$(r lrange job 0 -1 | sort | xargs)" 'far too long one two'
}

@test "one that came by rpush is dead, with the reason, and the others are leased" {
    wq-config job max-item-bytes=10
    wq-push -q job a b
    r lpush job 'this is too long' >/dev/null
    r lpush job 'and this, too' c >/dev/null
    wq-push -q job d
    r rpush job 'first of all it is too long' >/dev/null
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" a
    answers 0 wq-lease -n 10 job
    until [ "$(wc -l <"$BOX/out")" -eq 3 ]; do
        wq-lease -n 10 job >>"$BOX/out"
    done
    is "$(cut -f2 "$BOX/out" | xargs)" 'b c d'
    answers 0 wq-list --dead job
    is "$(wc -l <"$BOX/out")" 3
    grep -q 'larger than max-item-bytes=10' "$BOX/out"
    is "$(r hget job:stats dead)" 3
    # Who raises the limit can have it.
    wq-config job max-item-bytes=100
    answers 0 wq-retry --all job
    answers 0 wq-lease -n 9 job
}

@test "a queue of nothing else is used, and drained but for what is dead" {
    wq-config job max-item-bytes=10
    r rpush job 'this is too long'
    answers 3 wq-lease job
    answers 4 wq-lease --strict job
    is "$(r zcard job:dead),$(r hexists job:config epoch),$(r llen job)" 1,1,0
}

@test "one that arrives for a waiter is dead, and the waiter goes on" {
    wq-config job max-item-bytes=10 open=yes
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    r rpush job 'this is too long'
    eventually 5 yields 1 r zcard job:dead
    r rpush job short
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" short
    spawn work wq-work job echo
    eventually 5 blocked 1
    r rpush job 'this is too long, too' fine
    eventually 5 grep -qx fine "$BOX/work.out"
    eventually 5 yields 2 r zcard job:dead
}

@test "64 MB is the default" {
    head -c 67108865 /dev/zero | tr '\0' x >"$BOX/item"
    answers 65 wq-push -f "$BOX/item" job
    complains 'wq-push: item 1 of 67108865 bytes *67108864 bytes*'
    is "$(r exists job)" 0
}
