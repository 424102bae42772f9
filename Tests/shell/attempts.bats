#!/usr/bin/env bats
# How attempts are counted, and when an item is dead.

load helper
load more

## Attempts.

@test "a lease tells which attempt it is, in sh and in JSON" {
    wq-push job apple
    is "$(attempt job)" 1
    is "$(attempt job)" 2
    answers 0 wq-lease --json job
    is "$(python -c 'import json, sys; print(json.load(sys.stdin)["attempt"])' <"$BOX/out")" 3
}

@test "a lease that runs out is an attempt, too" {
    wq-push job apple
    lapsed job
    is "$(attempt job)" 2
    lapsed job
    wq-reap -q job
    is "$(attempt job)" 4
}

@test "attempts are those of the item, not of its neighbours" {
    wq-push job apple banana
    is "$(attempt job)" 1
    is "$(attempt job)" 2
    wq-complete job "$(lease job)"
    is "$(attempt job)" 1
}

@test "with its completion the attempts of an item are forgotten" {
    wq-push job apple
    attempt job
    wq-complete job "$(lease job)"
    is "$(r exists job:attempts)" 0
    wq-push job apple
    is "$(attempt job)" 1
}

# tried ITEM: leases the next item, which is that one, fails with it, and prints which attempt that was.
tried() {
    local lease
    lease=$(wq-lease --json job)
    python - "$1" "$lease" <<'END'
import json, sys
lease = json.loads(sys.argv[2])
assert lease["item"] == sys.argv[1], lease
print(lease["attempt"])
END
    wq-release --delay 0 job "$(r zrange job:leased -1 -1)"
}

@test "an equal item that is pushed later has no attempts behind it" {
    wq-config job max-attempts=3
    wq-push -q job same
    is "$(tried same),$(tried same)" 1,2
    wq-push -q job same
    first=$(lease job)
    second=$(lease job)
    is "$(field job "$first" 1),$(field job "$second" 1)" 3,1
    # The fresh one does not die of its first failure, whichever comes back first.
    wq-release --delay 0 job "$second"
    wq-release --delay 0 job "$first"
    is "$(r zcard job:dead),$(r llen job)" 1,1
    is "$(attempt job)" 2
}

@test "each of many equal items has its own attempts" {
    wq-config job max-attempts=0
    wq-push -q job same same same other
    read -r one two three < <(wq-lease -n 3 job | cut -f1 | xargs)
    wq-release --delay 0 job "$one"
    one=$(lease job)
    is "$(field job "$one" 1)" 2
    wq-release --delay 0 job "$three"
    wq-release --no-charge job "$two"
    wq-release --delay 0 job "$one"
    is "$(r hvals job:attempts)" '1 0 2'
    is "$(wq-list --ready job | cut -f3 | xargs)" '2 - 1 -'
    is "$(wq-lease --json -n 4 job | python -c 'import json, sys
print([json.loads(line)["attempt"] for line in sys.stdin])')" '[3, 1, 2, 1]'
    is "$(r exists job:attempts)" 0
}

@test "equal items that fail one after the other have as many attempts" {
    wq-push -q job same same
    read -r one two < <(wq-lease -n 2 job | cut -f1 | xargs)
    wq-release --delay 0 job "$one"
    is "$(r hvals job:attempts)" 1
    wq-release --delay 0 job "$two"
    is "$(r hvals job:attempts)" 1x2
    is "$(attempt job),$(field job "$(lease job)" 1)" 2,3
}

@test "a thousand equal items that failed take a few bytes" {
    yes same | head -n 1000 | wq-push -q job
    # All are leased before the first comes back, or it would be leased again.
    wq-lease -n 1000 job >"$BOX/leases"
    wq-release --delay 0 job - <"$BOX/leases"
    is "$(r hvals job:attempts)" 1x1000
    wq-push -q job same
    is "$(wq-lease --json -n 1001 job | grep -c '"attempt":2')" 1000
    is "$(r exists job:attempts)" 0
}

@test "a delayed item, an uncharged one and one that a waiter got keep their own" {
    wq-push -q job same
    is "$(tried same)" 1
    lease=$(lease job)
    wq-release --delay 1h job "$lease"
    wq-push -q job same
    is "$(attempt job)" 1
    due_now job
    wq-reap -q job
    # The delayed one came last, and so is next.
    lease=$(lease job)
    is "$(field job "$lease" 1)" 3
    wq-release --no-charge job "$lease"
    r blmove job job:arriving right left 1 >/dev/null
    eventually 15 rescued
    is "$(tried same)" 3
}

rescued() {
    wq-reap -q job
    [ "$(r exists job:arriving)" = 0 ]
}

@test "what was taken away from a list leaves no attempts behind when the queue has no items" {
    wq-push -q job apple banana
    is "$(tried apple)" 1
    r del job >/dev/null
    wq-push -q job apple
    is "$(attempt job)" 1
    r rpop job >/dev/null
    answers 3 wq-lease job
    is "$(r exists job:attempts)" 0
}

@test "an item that a rediswq client took from it and left has the attempts from before" {
    wq-push -q job apple
    is "$(tried apple)" 1
    r rpoplpush job job:processing >/dev/null
    answers 1 wq-lease job
    wq-push -q job banana
    wq-reap -q --orphan-after 0 job
    lease=$(lease job)
    is "$(field job "$lease" 1,5)" "3${TAB}apple"
}

## Death.

@test "at max-attempts an item dies of its last release, with reason and owner" {
    wq-config job max-attempts=2
    wq-push job apple
    wq-release --delay 0 --reason first job "$(lease job)"
    is "$(r exists job:dead)" 0
    lease=$(WQ_OWNER=me lease job)
    wq-release --reason second job "$lease"
    is "$(field job "$lease" 1,2,4,5)" "2${TAB}me${TAB}second${TAB}apple"
    is "$(r zrange job:dead 0 -1)" "$lease"
    is "$(r exists job job:leased job:delayed job:attempts job:processing)" 0
    answers 3 wq-lease job
    answers 4 wq-empty --strict job
}

@test "at max-attempts an item dies of a lease that runs out, and that is the reason" {
    wq-config job max-attempts=2
    wq-push job apple banana
    lapsed job
    stale=$(WQ_OWNER=me lapsed job)
    answers 0 wq-lease job
    is "$(cut -f2 "$BOX/out")" banana
    is "$(field job "$stale" 1,2,4,5)" "2${TAB}me${TAB}lease expired${TAB}apple"
    answers 1 wq-complete job "$stale"
    says "lost${TAB}$stale"
}

@test "max-attempts=0 lets an item be tried for ever" {
    wq-config job max-attempts=0
    wq-push job apple
    for n in {1..12}; do
        is "$(attempt job)" "$n"
    done
    lapsed job
    is "$(attempt job)" 14
}

@test "max-attempts=1 gives an item one chance" {
    wq-config job max-attempts=1
    wq-push job apple
    wq-release job "$(lease job)"
    is "$(r zcard job:dead)" 1
}

@test "a limit that is lowered holds at the next failure, one that is raised saves the item" {
    wq-push job apple
    attempt job
    attempt job
    wq-config job max-attempts=2
    eval "$(wq-lease --sh job)"
    is "$WQ_ATTEMPT" 3
    wq-config job max-attempts=4
    wq-release --delay 0 job "$WQ_LEASE"
    wq-config job max-attempts=2
    wq-release --delay 0 job "$(lease job)"
    is "$(r zcard job:dead)" 1
}

@test "dead items lie apart: the others go on" {
    dead job apple
    wq-push job banana
    is "$(reads job)" banana
    answers 3 wq-lease job
    is "$(held job)" apple
    answers 0 wq-stat --audit job
}

@test "of equal items whose attempts differ from one to the next, sixty-four runs are kept, and every copy counts" {
    wq-config job max-attempts=0
    yes same | head -n 140 | wq-push -q job
    wq-lease -n 70 job >"$BOX/first"
    wq-release --delay 0 job - <"$BOX/first"
    wq-lease -n 70 job >"$BOX/twice"
    wq-lease -n 70 job >"$BOX/once"
    cut -f1 "$BOX/twice" "$BOX/once" | awk 'NR <= 70 { one[NR] = $0; next } { print one[NR - 70]; print }' >"$BOX/mixed"
    wq-release --delay 0 job - <"$BOX/mixed"
    is "$(r hvals job:attempts | wc -w)" 64
    is "$(r hvals job:attempts | tr ' ' '\n' | awk -Fx '{ n += NF > 1 ? $2 : 1 } END { print n }')" 140
}
