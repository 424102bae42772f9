#!/usr/bin/env bats
# Some seconds of the soak, always with the same plan. `make soak` goes on for an hour.

load ../shell/helper

setup() {
    make_box
}

@test "kills, cuts and faults at random: no answer is better than the truth, and nothing is lost" {
    SOAK_SEED=1 SOAK_SECONDS=${SOAK_SECONDS:-25} "$REPO/Tests/soak/run" >"$BOX/out" || fail 'something was found'
    grep '^#' "$BOX/out" >&3
    # It did what it is for.
    read -r _ operations _ kills _ _ cuts _ <"$BOX/out"
    grep -Eq '^# [0-9]{3,} operations, [0-9]{2,} programs killed, [0-9]{3,} connections cut' "$BOX/out"
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
    SOAK_SEED=1 SOAK_SECONDS=20 WQ_BIN=$BOX/bin answers 1 timeout 60 "$REPO/Tests/soak/run"
    grep -Eq '^SOAK_SEED=1: lane [0-9]+, round [0-9]+, step [0-9]+$' "$BOX/out"
    grep -q '^[0-9]*: .*wq-complete' "$BOX/out"
}

@test "an item that is lost is found" {
    # It takes more than it says.
    lying wq-lease "'$WQ_BIN/wq-complete' -q \"\$3\" \$('$WQ_BIN/wq-lease' \"\$3\" | cut -f 1); exit 1"
    SOAK_SEED=1 SOAK_SECONDS=20 WQ_BIN=$BOX/bin answers 1 timeout 60 "$REPO/Tests/soak/run"
    grep -q '^change: ' "$BOX/out"
}
