#!/usr/bin/env bats
# wq-doctor: what it says if it may not see everything.

load helper
load more
load doctor

## What cannot be seen.

@test "without CONFIG it says what it could not see, and sees the rest" {
    start_sound
    r acl setuser default -config
    answers 0 wq-doctor job
    complains ''
    grep -q "^unseen${TAB}fsync${TAB}.*CONFIG.*appendfsync" "$BOX/out"
    is "$(grep -c ^finding "$BOX/out")" 0
    # INFO tells some of it.
    r acl setuser default +config
    r config set maxmemory-policy allkeys-lru
    r config set appendonly no
    r acl setuser default -config
    answers 1 wq-doctor job
    is "$(grep ^finding "$BOX/out" | cut -f2 | sort | paste -sd' ')" 'eviction persistence'
    is "$(grep -c sound "$BOX/out")" 0
}

@test "without INFO, too" {
    start_sound
    local is_old=no expected
    ! older 7.0 || is_old=yes
    r acl setuser default -info
    answers 0 wq-doctor job
    # Redis 6.2 has no ACL DRYRUN, and whether it is needed depends on the version.
    expected=version
    [ $is_old = no ] || expected=$'version\ndefault'
    is "$(grep ^unseen "$BOX/out" | cut -f2)" "$expected"
    # As the users of applications usually are.
    r acl setuser default -@dangerous
    answers 0 wq-doctor job
    complains ''
    # Redis 6.2 counts all of CLUSTER among the dangerous commands.
    expected=$'version\neviction\npersistence\ndefault'
    [ $is_old = no ] || expected=$'version\neviction\npersistence\nqueues\ndefault'
    is "$(grep ^unseen "$BOX/out" | cut -f2)" "$expected"
    is "$(grep -c -e ^finding -e sound "$BOX/out")" 0
    # The queue can be seen all the same.
    dead job banana
    answers 1 wq-doctor job
    is "$(grep ^finding "$BOX/out" | cut -f2)" dead
}

@test "without INFO no replica is taken for missing" {
    start_sound
    r acl setuser default -info
    answers 0 wq-doctor --replicas 1
    is "$(grep ^unseen "$BOX/out" | grep -c replicas)" 1
}

@test "who may do nothing is 77" {
    start_sound
    r acl setuser default -@all
    answers 77 wq-doctor job
    complains 'wq-doctor: *permit*'
    is "$(grep -c sound "$BOX/out")" 0
}
