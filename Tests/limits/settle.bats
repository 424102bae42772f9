#!/usr/bin/env bats
# Leases that are completed and released while connections are cut.

load ../shell/helper

@test "wherever its connection is cut, a settlement is done once, and none that was not done is called so" {
    echo "# WQ_SEED=${WQ_SEED:=$RANDOM}" >&3
    command=(python -B "$BATS_TEST_DIRNAME/settle.py" "$SOCKET" "$BOX/cut" "$WQ_SEED")
    "${command[@]}" >"$BOX/out" 2>"$BOX/err" || fail "${command[*]}"
    grep '^#' "$BOX/out" >&3
}
