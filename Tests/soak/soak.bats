#!/usr/bin/env bats
# Some seconds of the soak, always with the same plan. `make soak` goes on for an hour.

load ../shell/helper

setup() {
    make_box
}

# soak [VARIABLE=VALUE...]: always the same plan.
soak() {
    env SOAK_SEED=1 "$@" "$REPO/Tests/soak/run"
}

@test "kills, cuts and faults at random: no answer is better than the truth, and nothing is lost" {
    answers 0 soak SOAK_SECONDS=25
    grep '^#' "$BOX/out" >&3
    # It did what it is for.
    grep -Eq '^# [0-9]{2,} operations, [0-9]+ programs killed, [0-9]{2,} connections cut' "$BOX/out"
}

# lying PROGRAM TEXT: from here on, it is a script.
lying() {
    mkdir "$BOX/bin"
    ln -s "$WQ_BIN"/wq-* "$BOX/bin"
    rm "$BOX/bin/$1"
    printf '#!/bin/sh\n%s\n' "$2" >"$BOX/bin/$1"
    chmod +x "$BOX/bin/$1"
}

@test "an answer that is better than the truth is found, and told with the seed, the step and what led to it" {
    # It says that all is well when it does not know.
    lying wq-complete "'$WQ_BIN/wq-complete' \"\$@\" || exit 0"
    answers 1 soak SOAK_SECONDS=60 WQ_BIN="$BOX/bin"
    grep -Eq '^SOAK_SEED=1: lane [0-9]+, round [0-9]+, step [0-9]+$' "$BOX/out"
    grep -q '^[0-9]*: .*wq-complete' "$BOX/out"
}

@test "a program that takes an item and says that there is none is found" {
    # It completes what it took, and says nothing of it.
    # shellcheck disable=SC2016 # the script expands it
    lying wq-lease 'for queue; do :; done
        "'"$WQ_BIN"'/wq-complete" -q "$queue" "$("'"$WQ_BIN"'/wq-lease" "$queue" | cut -f 1)"; exit 1'
    answers 1 soak SOAK_SECONDS=60 WQ_BIN="$BOX/bin"
    grep -Eq '^(change|nothing-untrue): ' "$BOX/out"
}
