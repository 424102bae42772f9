#!/usr/bin/env bats
# A queue of a million items: no program holds Redis for long, none needs memory for it.

load ../shell/helper

@test "no call takes long in a queue of a million items, of which 100,000 expire, die and come back at once" {
    python -B "$BATS_TEST_DIRNAME/million.py" "$SOCKET" "$BOX" >"$BOX/report" 2>"$BOX/err" || {
        grep '^#' "$BOX/report" >&3
        fail 'too slow'
    }
    grep '^#' "$BOX/report" >&3
}
