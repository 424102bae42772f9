#!/usr/bin/env bats
# wq-drop by states, texts and reasons, and what it would do.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load drop

@test "--dead, --delayed and --ready take the items of their states, and of no other" {
    fill
    answers 0 wq-drop --dead job
    says 2
    is "$(r exists job:dead)" 0
    answers 0 wq-drop --delayed job
    says 3
    is "$(r exists job:delayed job:suspects)" 0
    answers 0 wq-drop --ready job
    says 2
    is "$(r llen job)" 0
    is "$(r zcard job:leased)" 1
    is "$(count_of job)" 7
    sound job
    answers 0 wq-drop --dead --delayed --ready job
    says 0
    fill
    answers 0 wq-drop --json --dead --delayed --ready job
    says '{"dropped":7}'
    sound job
    for state in --dead --delayed --ready; do
        answers 0 wq-drop "$state" other
        says 0
    done
    is "$(r keys 'other*')" ''
}

# Two dead, two delayed, a suspect, two ready, one leased.
fill() {
    local lease
    for lease in 1 2; do
        wq-push -q --front job "dead $lease"
        wq-release --dead job "$(lease job)"
    done
    wq-push -q --front job leased
    lease job >/dev/null
    wq-push -q --front job suspect
    lapsed job >/dev/null
    wq-reap -q job
    delayed job late later
    wq-push -q job ready steady
}

@test "--match takes those whose item has the text or, of those that have one, the reason" {
    dead job 'apple pie'
    dead job 'cherry cake' 'no apples left'
    dead job 'banana split' 'oven off'
    delayed job 'apple late' 'fig late'
    wq-push -q job 'apple now' 'fig now'
    answers 0 wq-drop --dead --match apple job
    says 2
    answers 0 wq-drop --delayed --ready --match apple job
    says 2
    is "$(r lrange job 0 -1)" 'fig now'
    answers 0 wq-drop --dead --match oven job
    says 1
    sound job
}

@test "--reason takes those whose reason has the text" {
    dead job 'oven one' 'no luck'
    dead job 'two' 'oven off'
    wq-push -q job three
    wq-release --delay 1h --reason 'oven hot' job "$(lease job)"
    answers 0 wq-drop --dead --reason oven --match one job
    says 0
    answers 0 wq-drop --dead --delayed --reason oven job
    says 2
    is "$(wq-list --dead job | cut -f7)" 'oven one'
    refuses wq-drop --ready --reason oven job
    sound job
}

@test "a text is no pattern, and any bytes: every character stands for itself" {
    for text in 'a.c' 'a*c' '[abc]' '%d+' '^a' 'c$' '(' '%' $'\\' $'\xff'; do
        for place in '' '--delay 1h'; do
            r flushall >/dev/null
            # shellcheck disable=SC2086 # two words or none
            wq-push -q $place job abc "see $text there" 'a c'
            answers 0 wq-drop --ready --delayed --match "$text" job
            says 1
            is "$(wq-list job | wc -l)" 2
        done
    done
    printf 'two\nlines\0one line\0' | wq-push -0q job
    answers 0 wq-drop --ready --match $'o\nl' job
    says 1
}

@test "of thousands, all that match go, and the others keep their order" {
    seq 3000 | wq-push -q job
    answers 0 wq-drop --ready --match 7 job
    says "$(seq 3000 | grep -c 7)"
    is "$(wq-lease -n 3000 job | cut -f2)" "$(seq 3000 | grep -v 7)"
    wq-list --leased job >"$BOX/leases"
    wq-release --dead job - <"$BOX/leases"
    answers 0 wq-drop --dead --match 5 job
    says "$(seq 3000 | grep -v 7 | grep -c 5)"
    is "$(wq-list --dead job | cut -f7)" "$(seq 3000 | grep -v 7 | grep -v 5)"
    sound job
}

@test "from a long list they go in short steps, and the others keep their order and their attempts" {
    seq 12000 | wq-push -q job
    wq-release --delay 0 job "$(lease job)"
    is "$(r hlen job:attempts)" 1
    answers 0 wq-drop --ready --match 00 job
    says "$(seq 12000 | grep -c 00)"
    # What would be passed thousands of times is set aside, and put back.
    answers 0 wq-drop --ready --match 7 job
    says "$(seq 12000 | grep -v 00 | grep -c 7)"
    [ "$(r get job:seq)" -gt 5000 ] || fail "only $(r get job:seq) were set aside"
    is "$(r exists job:delayed job:items job:processing)" 0
    is "$(wq-list --ready job | head -n 1 | cut -f3,7)" "1${TAB}1"
    diff <(wq-list --ready job | cut -f7) <(seq 12000 | grep -v -e 00 -e 7) | head -n 3 >"$BOX/out"
    says
    sound job
}

@test "a dry run shows what would go as wq-list does, and changes nothing" {
    fill
    for state in dead delayed; do
        contents >"$BOX/before"
        answers 0 wq-drop --dry-run "--$state" job
        is "$(cut -f-4,6- "$BOX/out")" "$(wq-list "--$state" job | cut -f-4,6-)"
        answers 0 wq-drop --dry-run --json --match la "--$state" job
        is "$(jq -r .item "$BOX/out")" "$(wq-list --json "--$state" job | jq -r .item | grep la)"
        answers 0 wq-drop --dry-run -q "--$state" job
        silent
        contents | diff "$BOX/before" -
    done
    answers 0 wq-drop --dry-run --ready --match ea job
    says "-${TAB}ready${TAB}-${TAB}-${TAB}-${TAB}-${TAB}ready" "-${TAB}ready${TAB}-${TAB}-${TAB}-${TAB}-${TAB}steady"
    mapfile -t ids < <(r hkeys job:items)
    answers 1 wq-drop --dry-run job "${ids[@]}" 9.0123456789ab
    is "$(grep -v ^unknown "$BOX/out" | cut -f1,2,7 | sort)" \
        "$(wq-list --leased --delayed --dead job | cut -f1,2,7 | sort)"
    is "$(grep ^unknown "$BOX/out")" "unknown${TAB}9.0123456789ab"
    contents | diff "$BOX/before" -
}

# All that lies in Redis.
contents() {
    r --raw keys '*' | sort | while read -r key; do
        printf '%s ' "$key"
        r --raw dump "$key" | md5sum
    done
}

@test "a dry run shows thousands" {
    seq 1000 | wq-push -q job
    is "$(wq-drop --dry-run --ready --match 9 job | cut -f7)" "$(seq 1000 | grep 9)"
    wq-lease -n 1000 job | wq-release --dead job -
    is "$(wq-drop --dry-run --dead --match 9 job | cut -f7)" "$(seq 1000 | grep 9)"
    is "$(r hlen job:items)" 1000
}

@test "of equal items each takes its attempts along" {
    wq-push -q job a x a x a
    wq-release --delay 0 job "$(lease job)"
    is "$(r hlen job:attempts)" 1
    answers 0 wq-drop --ready --match a job
    says 3
    is "$(r exists job:attempts)" 0
    wq-push -q job a
    is "$(wq-list --ready job | cut -f3,7)" "-${TAB}x
-${TAB}x
-${TAB}a"
    sound job
}
