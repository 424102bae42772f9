#!/usr/bin/env bats
# wq-work and wq-renew are killed at random instants: nothing that they started goes on.

load ../shell/helper

@test "a second after a kill -9, nothing of the commands is left: forty instants, always the same" {
    answers 0 python -B "$BATS_TEST_DIRNAME/keepers.py" 40 1
    says '40 rounds with the seed 1, 0 of them bad'
}
