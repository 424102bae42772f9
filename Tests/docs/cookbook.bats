#!/usr/bin/env bats
# docs/cookbook.md is true: each of its blocks is run as written, and does what the page says.
# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

NL=$'\n'

setup() {
    make_box
    start_redis
    mkdir "$BOX/kitchen"
    cd "$BOX/kitchen" || return
    printf '%s\n' apple 'banana split' cherry >list.txt
    # The command that the blocks stand for.
    mkdir out
    printf '%s\n' '#!/bin/sh' 'printf "%s\n" "$1" >>done.txt' 'printf "%s\n" "$1" >"out/$$"' >./do
    chmod +x ./do
}

# block NAME: writes it to ../block.
block() {
    awk -v marker="<!-- test: $1 -->" '
        $0 == marker { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$REPO/docs/cookbook.md" >"$BOX/block"
    written block || fail "the page has no block $1"
}

# cooks NAME: runs it; it succeeds.
cooks() {
    block "$1"
    answers 0 sh "$BOX/block"
}

# all_done [ITEM...]: these were done, once each.
all_done() {
    is "$(sort done.txt)" "$(printf '%s\n' "$@" | sort)"
}

@test "each block has a test here" {
    sed -n 's/^<!-- test: \(.*\) -->$/\1/p' "$REPO/docs/cookbook.md" | sort >"$BOX/named"
    sed -nE 's/^ *(WQ_.*)?(cooks|block) ([a-z-]+).*$/\3/p' "$BATS_TEST_FILENAME" | sort -u >"$BOX/tested"
    is "$(comm -23 "$BOX/named" "$BOX/tested")" ''
    [ "$(wc -l <"$BOX/named")" -ge 20 ]
    is "$(grep -c '^```sh$' "$REPO/docs/cookbook.md")" "$(wc -l <"$BOX/named")"
}

@test "lines of a file, and again after a crash" {
    cooks lines
    all_done apple 'banana split' cherry
    rm done.txt
    head -n 2 list.txt | wq-push -q --id list-1 job
    wq-lease -l 100ms job >/dev/null
    cooks resume
    all_done apple 'banana split' cherry
}

@test "as xargs and GNU parallel do it, with names that need quotes" {
    mkdir sub
    touch 'a b.log' $'sub/c\nd.log' -- '-e.log' keep.txt
    cooks xargs
    is "$(find . -name '*.gz' -print0 | tr '\n\0' '?\n' | sort)" "$(printf '%s\n' ./-e.log.gz './a b.log.gz' './sub/c?d.log.gz' | sort)"
    echo 1 >'x y.conf' && echo 2 >-z.conf
    cooks parallel
    is "$(cat ./'x y.bak' ./-z.bak)" "$(printf '%s\n' 1 2)"
    is "$(sed 1d log | wc -l)" 2
    touch 'c d.txt'
    printf './none.txt\0' | wq-push -q -0 texts
    wq-config texts max-attempts=1 >/dev/null
    cooks batch
    is "$(find . -name '*.txt' ! -perm /222 | sort | xargs -d '\n')" './c d.txt ./keep.txt ./list.txt'
    is "$(wq-list --dead texts | cut -f 7)" ./none.txt
}

@test "a pipeline for each item" {
    printf '%s\n' b a >one && printf '%s\n' d c >'the other'
    wq-push -q texts one 'the other'
    cooks pipeline
    is "$(cat one.sorted 'the other.sorted' | xargs)" 'A B C D'
}

@test "one item becomes many, then one thing more" {
    printf '%s\n' 1 2 >first && printf '%s\n' 3 4 5 >second
    wq-push -q files first second
    # A splitter was killed half-way.
    head -n 1 second | wq-push -q --id 'split second' parts
    cooks fan-out
    all_done 1 2 3 4 5
    cooks fan-in
    is "$(sort report)" "$(seq 5)"
    rm done.txt
    printf '%s\n' 6 7 >third
    wq-push -q files third
    cooks fan-out-beside
    all_done 6 7
    is "$(wq-config parts | grep '^open')" "open${TAB}no${TAB}default"
    rm report
    wq-push -q parts bad
    wq-work -q --dead-on 1 parts false
    block fan-in
    answers 4 sh "$BOX/block"
    [ ! -e report ]
}

@test "retries, and dead items: listed, put back, removed, moved" {
    cooks retries
    is "$(wq-config job | grep -c -e '^retry-delay.10s' -e '^retry-delay-max.10m' -e '^max-attempts.6')" 3
    wq-push -q job apple banana cherry
    for reason in 'a timeout' 'no such fruit' 'a timeout, too'; do
        wq-lease job | wq-release -q --dead --reason "$reason" job -
    done
    cooks dead
    is "$(wq-list job | cut -f 2,7)" "ready${TAB}apple${NL}ready${TAB}cherry"
    while wq-lease job >lease; do wq-release -q --dead job - <lease; done
    # It was killed between the two steps.
    printf 'apple\n' | wq-push -q --id "from job $(wq-list --dead job | cut -f 1 | head -n 1)" by-hand
    cooks move
    is "$(wq-lease -n 9 by-hand | cut -f 2 | sort | xargs)" 'apple cherry'
    is "$(wq-list --dead job)" ''
}

@test "so many calls a second" {
    printf '%s\n' '#!/bin/sh' 'date +%s%N >>calls' '[ "$1" != 3 ] || [ -e again ] || { touch again; exit 75; }' >call
    chmod +x call
    seq 7 | wq-push -q calls
    wq-config calls retry-delay=100ms
    spawn work sh -c 'cd "$1" && exec sh "$2"' sh "$PWD" <(
        block rate
        cat "$BOX/block"
    )
    block rate
    wait "$PID" || true
    answers 0 sh "$BOX/block"
    is "$(wc -l <calls)" 8
    # Four may come at once, and then one each fifth of a second.
    [ $(($(sed -n 8p calls) - $(sed -n 1p calls))) -ge 590000000 ]
}

@test "every night, on many machines" {
    mkdir data && touch data/a data/b data/c
    block nightly
    for machine in 1 2 3; do
        spawn "machine$machine" sh "$BOX/block"
        MACHINES[machine]=$PID
    done
    for machine in 1 2 3; do ends 0 "${MACHINES[machine]}" 20; done
    all_done a b c
    # In the same night nothing is done again.
    cooks nightly
    all_done a b c
}

@test "only what is new" {
    mkdir inbox && touch inbox/a 'inbox/b c'
    cooks once
    says 2
    touch inbox/d
    cooks once
    says 1
    wq-work -q files true
    cooks once
    says 0
}

@test "urgent things first, and priorities" {
    wq-push -q job apple
    cooks front
    is "$(wq-lease job | cut -f 2)" urgent
    wq-push -q low 1 2
    wq-push -q high 3 4
    cooks priorities
    is "$(xargs <done.txt)" '3 4 1 2'
    is "$(r hget low:stats completed)" 2
    wq-push -q low 5
    wq-push -q high 6
    cooks priorities-sh
    is "$(tail -n 2 done.txt | xargs)" '6 5'
    is "$(r hget low:stats completed)" 3
}

@test "a turn for each customer" {
    seq 100 103 | wq-push -q work-ann
    wq-push -q work-bob 200
    cooks turns
    is "$(head -n 2 done.txt | sort | xargs)" '100 200'
    all_done 100 101 102 103 200
}

@test "not before a time; progress; an alert" {
    cooks delay
    is "$(wq-list reminders | cut -f 2)" delayed
    wq-push -q job apple banana
    wq-work -q --max-items 1 job ./do || true
    cooks progress
    grep -q '"ready":1' "$BOX/out"
    grep -q "^total completed${TAB}1" "$BOX/out"
    r config set appendonly yes
    block alert
    answers 0 sh "$BOX/block"
    silent
    wq-work -q --dead-on 1 --reason-from-stderr job -- sh -c 'echo broken >&2; exit 1'
    sh "$BOX/block" >"$BOX/told" || true
    grep -q 'broken' "$BOX/told"
}

@test "stop and go on, take something back, try a worker" {
    wq-push -q job apple banana cherry
    block pause
    sed -n 1p "$BOX/block" >"$BOX/first"
    answers 0 sh "$BOX/first"
    answers 1 wq-lease job
    cooks pause
    answers 0 wq-lease job
    wq-push -q --front job cherry
    answers 0 wq-lease job
    cooks cancel
    says 1 1
    is "$(wq-list job | cut -f 2,7 | sort)" "leased${TAB}apple${NL}ready${TAB}cherry"
    cooks try
    all_done apple banana
}
