#!/usr/bin/env bats
# The reader of records in Lua. (RecordTests.swift holds the one in Swift to the same table.)

load helper

@test "the scripts read and write records as the table says" {
    answers 0 /usr/bin/python3 -B "$REPO/Tests/shell/records.py" "$SOCKET"
    grep -qE '^# [0-9]{2,} records$' "$BOX/out"
}
