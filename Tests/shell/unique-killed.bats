#!/usr/bin/env bats
# wq-push --unique by several at once that are killed and run again. Tests/limits has the same of 100,000 items.

load helper

@test "three producers push the same 10,000 names, twice, are killed and go on: each name is there once" {
    echo "# WQ_SEED=${WQ_SEED:=$RANDOM}" >&3
    answers 0 timeout 60 python3 -B "$REPO/Tests/limits/producers.py" "$SOCKET" "$BOX" 10000 "$WQ_SEED"
    grep '^#' "$BOX/out" >&3
}
