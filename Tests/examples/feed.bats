#!/usr/bin/env bats
# The examples for wq-work --feed: feed.sh, feed.awk, feed.py, feed.pl.

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    EXAMPLES=$REPO/examples
    export OUT=$BOX/counts
}

# counts OPTION... -- COMMAND...: it counts the lines of files, and gives up the one that is not there.
counts() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    seq 7 >seven
    seq 300 >'three hundred'
    printf 'one line\nand a half' >half
    : >empty
    wq-push -q job seven none 'three hundred' half empty
    answers 0 wq-work -j 2 "${options[@]}" --feed job "$@"
    says
    is "$(sort "$OUT")" "$(printf '%s\t%s\n' 0 empty 2 half 300 'three hundred' 7 seven)"
    matches "$(wq-list --dead job | cut -f 3,6-)" "1${TAB}*: status 65: cannot read it${TAB}none"
    is "$(wq-stat job | grep -c '^dead.1$')" 1
}

@test "feed.sh" {
    counts -- "$EXAMPLES/feed.sh"
}

@test "feed.sh in each shell" {
    local shell
    for shell in dash bash 'busybox ash' mksh 'zsh --emulate sh' yash; do
        rm -f "$OUT"
        r flushall >/dev/null
        # shellcheck disable=SC2086 # words
        counts -- $shell "$EXAMPLES/feed.sh"
    done
}

@test "feed.awk in each awk" {
    local awk
    for awk in mawk gawk 'busybox awk' original-awk; do
        command -v "${awk%% *}" >/dev/null || continue
        rm -f "$OUT"
        r flushall >/dev/null
        # shellcheck disable=SC2086 # words
        counts -- $awk -W interactive -f "$EXAMPLES/feed.awk"
    done
}

@test "feed.py, to which items may be any bytes" {
    counts --json -- "$EXAMPLES/feed.py"
    seq 3 >$'\xff'
    wq-push -q job $'\xff'
    answers 0 wq-work --json --feed job "$EXAMPLES/feed.py"
    grep -aqx $'3\t\xff' "$OUT"
}

@test "feed.pl, to which items may have newlines" {
    counts --null -- "$EXAMPLES/feed.pl"
    seq 3 >$'new\nline'
    printf 'new\nline' | wq-push -q --whole job
    answers 0 wq-work --null --feed job "$EXAMPLES/feed.pl"
    is "$(tail -n 2 "$OUT")" $'3\tnew\nline'
}
