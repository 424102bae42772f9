#!/usr/bin/env bats
# Servers that do not answer like Redis, for every program: it ends, with 76 or 69 and a message, and does not take much
# memory. What exactly they answer is in hostile.py, which runs hundreds of programs a second; cut-off.bats has more.

load ../shell/helper
load servers

# family FAMILY: see hostile.py; what is wrong is shown.
family() {
    local status=0
    python -B "$BATS_TEST_DIRNAME/hostile.py" "$1" "$BOX" "$SOCKET" >"$BOX/out" 2>"$BOX/err" || status=$?
    grep '^#' "$BOX/out" >&3 || true
    [ "$status" = 0 ] || fail "$1"
}

@test "an answer of a wrong type or shape is 76" {
    family types
}

@test "greetings that are answered with nonsense are 76 or 69" {
    family greetings
}

@test "lengths that cannot be, lists that nobody asked for, and deep nesting are 76 at once" {
    family lengths
}

@test "memory grows with what arrives, not with what is announced" {
    family memory
}

@test "an item of 64 MB is leased all the same" {
    family large
}

@test "numbers that are too large, or negative, crash nothing" {
    family numbers
}

@test "a wrong answer at any step, or one too many, crashes nothing" {
    family steps
}

@test "nonsense to those who wait is 76" {
    family waiting
}

@test "nonsense to a renewal stops the command when its lease has ended, if not before" {
    family holding
}

@test "nonsense to a worker that is about to end does not keep it" {
    family ending
}

@test "a worker that is told what it did not ask ends" {
    family extra
}

@test "cluster nodes that lie about where a queue is are 75, 76 or 69 before long" {
    family clusters
}

@test "sentinels that answer nonsense, or lie, are 76 or 69" {
    family sentinels
}
