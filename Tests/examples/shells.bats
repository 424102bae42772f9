#!/usr/bin/env bats
# The examples, wq-local and the loops of the documentation in each shell that a reader may have.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    export TMPDIR=$BOX/tmp EXAMPLES=$REPO/examples
    mkdir tmp
    SHELLS=(dash bash 'bash --posix' 'busybox ash' mksh 'zsh --emulate sh' yash)
}

# in_each NAME: runs this function with each shell, as $SH, on an empty Redis
in_each() {
    local shell
    for shell in "${SHELLS[@]}"; do
        read -r -a SH <<<"$shell"
        "${SH[@]}" -c true
        r flushall >/dev/null
        "$1" || fail "in $shell"
    done
}

items=('apple' 'two  words' '*' "a'b" '$(touch hit)' 'back\nslash' -n -- '')

# pushed: these are in the queue job
pushed() {
    wq-push -q job -- "${items[@]}"
}

all_done() {
    [ ! -e hit ]
    answers 0 wq-empty --strict job
}

@test "worker.sh" {
    in_each worker_works
}

worker_works() {
    pushed
    answers 0 "${SH[@]}" "$EXAMPLES/worker.sh" job sh -c 'printf "<%s>\n" "$1"' sh
    printf '<%s>\n' "${items[@]}" | cmp - out
    all_done
    head -c 200000 /dev/zero | tr '\0' x | wq-push -q --whole job
    wq-push -q job apple ''
    answers 0 "${SH[@]}" "$EXAMPLES/worker.sh" job echo
    says apple ''
    is "$(wq-list --dead job | cut -f 6)" 'too long to be an argument'
    wq-config job max-attempts=1
    wq-push -q job banana
    answers 0 "${SH[@]}" "$EXAMPLES/worker.sh" job false
    is "$(wq-list --dead job | cut -f 6 | tail -n 1)" 'false: status 1'
}

@test "batch.sh" {
    in_each batch_works
}

batch_works() {
    pushed
    answers 0 "${SH[@]}" "$EXAMPLES/batch.sh" job cat
    says "${items[@]}"
    all_done
    wq-config job max-attempts=1
    wq-push -q job apple
    answers 0 "${SH[@]}" "$EXAMPLES/batch.sh" job false
    is "$(wq-list --dead job | cut -f 6)" 'false: status 1'
}

@test "pipe.sh and dead-letters.sh" {
    in_each letters_work
}

letters_work() {
    printf '%s\n' 'back\nslash' apple >list
    printf 'banana\n' | gzip >packed.gz
    answers 0 "${SH[@]}" "$EXAMPLES/pipe.sh" job list packed.gz
    says "2${TAB}list" "1${TAB}packed.gz"
    wq-lease -n 2 job | wq-release --dead --reason odd job -
    answers 0 "${SH[@]}" "$EXAMPLES/dead-letters.sh" job
    is "$(xargs <out)" 'dead in job: 2 2 odd'
    answers 0 "${SH[@]}" "$EXAMPLES/dead-letters.sh" job save letters
    is "$(wc -l <letters)" 2
    answers 0 "${SH[@]}" "$EXAMPLES/dead-letters.sh" job retry odd
    says 2
}

@test "crawl.sh" {
    in_each crawl_works
}

crawl_works() {
    printf '<a href="b.html">b</a> <a href="b.html#c">c</a>' >a.html
    answers 0 "${SH[@]}" "$EXAMPLES/crawl.sh" --page job "file://$BOX/a.html"
    says "file://$BOX/a.html"
    is "$(wq-list job | cut -f 2,7),$(ls tmp)" "ready${TAB}file://$BOX/b.html,"
}

@test "ladder.sh, retry.sh, progress.sh and heartbeat.sh" {
    in_each others_work
}

others_work() {
    wq-push -q job apple
    FIRST=10ms STEPS=2 answers 4 "${SH[@]}" "$EXAMPLES/ladder.sh" job false
    is "$(cut -f 3,7 out)" "2${TAB}apple"
    answers 0 "${SH[@]}" "$EXAMPLES/retry.sh" retry 20ms
    grep -q "Drained. Given up" out
    seq 5 >list
    WQ_INTERVAL=100ms answers 0 "${SH[@]}" "$EXAMPLES/progress.sh" nap 2 echo <list
    is "$(sort nap.log | xargs)" '1 2 3 4 5'
    rm nap.log
    touch alive
    answers 0 "${SH[@]}" "$EXAMPLES/heartbeat.sh" alive
}

@test "resize.sh" {
    in_each resize_works
}

resize_works() {
    rm -rf small
    gm convert -size 20x10 xc:red JPEG:./-odd.jpg
    SIZE=10x10 answers 0 "${SH[@]}" "$EXAMPLES/resize.sh" -odd.jpg
    is "$(gm identify -format %wx%h ./small/-odd.jpg)" 10x5
}

@test "each of them is read by each shell" {
    in_each all_read
}

all_read() {
    for script in $(cd "$REPO" && grep -rl '^#!/bin/sh' examples bin/wq-local .ci docs/man/generate); do
        "${SH[@]}" -n "$REPO/$script"
    done
}

@test "the tutorial's worker, under run-locally" {
    in_each tutorial_works
}

tutorial_works() {
    answers 0 "${SH[@]}" "$EXAMPLES/kubernetes/fill.sh" job
    says 9
    WORK_SECONDS=0.01 answers 0 "${SH[@]}" "$EXAMPLES/run-locally" -p 2 "${SH[@]}" "$EXAMPLES/kubernetes/worker.sh" job
    is "$(grep -c 'Working on' out)" 9
    all_done
}

@test "wq-local" {
    in_each local_works
}

local_works() {
    rm -rf kept
    answers 0 "${SH[@]}" "$REPO/bin/wq-local" --keep kept sh -c 'wq-push -q q warm; wq-push -q q X; wq-lease q'
    truncate -s -4 "$(find kept -name '*.incr.aof' -o -name appendonly.aof -type f)"
    answers 3 "${SH[@]}" "$REPO/bin/wq-local" --keep kept sh -c 'wq-lease -n 2 q | cut -f 2; exit 3'
    says warm X
    complains 'wq-local: kept: the last change was not written whole, and is taken back (* bytes)'
}

# blocks: the loops of the README and of wq-lease(1)
blocks() {
    awk '$0 == "<!-- test: worker -->" { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside { print }' "$REPO/README.md" >readme
    mandoc -T utf8 "$REPO/docs/man/wq-lease.1" | sed 's/.\x08//g' | sed -n '/TAB=/,/-eq 3/s/^ *//p' >page
    grep -q wq-lease readme
    grep -q wq-lease page
}

@test "the loops of the README and of wq-lease(1), also typed into zsh" {
    blocks
    SHELLS+=('zsh -f' 'zsh -f -i')
    in_each loops_work
}

loops_work() {
    for loop in readme page; do
        wq-push -q job2 -- "${items[@]}"
        answers 0 "${SH[@]}" <"$loop"
        printf 'working on %s\n' "${items[@]}" | cmp - out
        [ ! -e hit ]
        answers 0 wq-empty job2
        WQ_CONNECT_TIMEOUT=20ms WQ_URL=unix:///none answers 1 "${SH[@]}" <"$loop"
    done
}
