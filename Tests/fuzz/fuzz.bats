#!/usr/bin/env bats
# A few seconds of the fuzzers, always the same. (Those of the core run with the unit tests.)

load ../shell/helper

setup() {
    make_box
    export FUZZ_SEED=1 FUZZ_SECONDS=4
}

@test "damaged records and changed answers: nothing is lost, and every program ends" {
    "$REPO/Tests/fuzz/run" records programs >"$BOX/out" || fail 'something was found'
    grep '^#' "$BOX/out" >&3
}

@test "a program that crashes is found, and how to see it again is told" {
    mkdir "$BOX/bin"
    ln -s "$WQ_BIN"/wq-* "$BOX/bin"
    rm "$BOX/bin/wq-list"
    # It cannot take an error.
    printf '#!/bin/sh\n%s "$@" || kill -SEGV $$\n' "$WQ_BIN/wq-list" >"$BOX/bin/wq-list"
    chmod +x "$BOX/bin/wq-list"
    export WQ_BIN=$BOX/bin
    FUZZ_SECONDS=1 answers 1 "$REPO/Tests/fuzz/run" programs
    grep -q 'signal 11' "$BOX/out"
    again=$(grep -m 1 -o 'FUZZ_SEED=[0-9]* FUZZ_CASE=[0-9]*' "$BOX/out")
    # shellcheck disable=SC2086 # words
    answers 1 env $again "$REPO/Tests/fuzz/run" programs
    grep -q 'signal 11' "$BOX/out"
    grep -q '^# 1 runs' "$BOX/out"
}
