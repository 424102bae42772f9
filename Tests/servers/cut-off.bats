#!/usr/bin/env bats
# What Redis answers, cut after any byte. (In Tests/chaos, a worker's connections are cut while all goes on.)

load ../shell/helper
load servers

@test "an answer that ends early is 69, whether the connection is closed or silent" {
    python -B "$BATS_TEST_DIRNAME/hostile.py" cut "$BOX" "$SOCKET" >"$BOX/out" 2>"$BOX/err" || fail cut
    grep '^#' "$BOX/out" >&3
}
