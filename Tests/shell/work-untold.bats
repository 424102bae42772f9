#!/usr/bin/env bats
# wq-work: what Redis does not take of what became of items is told of each, and not called done.

# What is in single quotes is for the shell inside.
# shellcheck disable=SC2016

load helper
load more

setup() {
    make_box
    start_redis
}

# ended STATUS: the worker ended with that, and its last line is "0 done, N failed".
ended() {
    ends "$1" "$PID"
    fits "$(tail -n 1 "$BOX/work.err")" "wq-work: 0 done, $2 failed, 0 dead in .* s"
}

@test "of each item that Redis refuses to hear of, that is said, and it is not done" {
    [ -z "${WQ_TEST_ACL-}" ] || skip 'it has a user of its own'
    r acl setuser w on '>pw' '~*' '+@all'
    wq-push -q job 1 2
    for json in '' --json; do
        WQ_USER=w WQ_PASSWORD=pw spawn work wq-work ${json:+"$json"} -j 2 job sh -c \
            ': >"$1/up$2"; until [ -e "$1/go" ]; do sleep 0.01; done' x "$BOX"
        both() { [ -e "$BOX/up1" ] && [ -e "$BOX/up2" ]; }
        eventually 5 both
        r acl setuser w -eval -evalsha
        : >"$BOX/go"
        ends 77 "$PID"
        is "$(r zcard job:leased)" 2
        for id in $(wq-list --leased job | cut -f1); do
            grep "$id" "$BOX/work.err" | grep -q 'does not take what became of lease' || fail "nothing is said of $id"
        done
        if [ -n "$json" ]; then
            grep -q '"done":0,"failed":2,' "$BOX/work.err"
            is "$(grep -c '"event":"lost"' "$BOX/work.err")" 2
        else
            grep -q '^wq-work: 0 done, 2 failed, ' "$BOX/work.err"
        fi
        r acl setuser w +eval +evalsha
        wq-list --leased job | cut -f1 | wq-release --no-charge job -
        rm "$BOX/go" "$BOX"/up*
    done
}

@test "an item that somebody settled while its command ran is not done by that, and no item goes to anybody" {
    wq-push -q job apple
    spawn work wq-work job sh -c 'sleep 0.6'
    eventually 5 yields 1 r zcard job:leased
    wq-release --dead job "$(wq-list --leased job | cut -f1)"
    ends 0 "$PID"
    matches "$(<"$BOX/work.err")" '*is not known any more: somebody completed, released or removed it*'
    lacks "$(<"$BOX/work.err")" 'someone else'
    grep -q '^wq-work: 0 done, 1 failed, ' "$BOX/work.err"
}
