#!/usr/bin/env bats
# Items that lie in Redis and in no state: wq-doctor and the audit find them, and wq-reap brings them back.

load helper
load more
load doctor

setup() {
    make_box
    start_sound
}

@test "an item in no state is found, and comes back" {
    r hset job:items 99.abcdefabcdef "2${TAB}me${TAB}17${TAB}why${TAB}banana"
    finds stray 'job has 1 item in job:items *99.abcdefabcdef*' job
    commands >"$BOX/commands"
    answers 0 bash "$BOX/commands"
    says "strays${TAB}1"
    is "$(wq-list --ready job | cut -f3,7)" "2${TAB}banana
-${TAB}apple"
    is "$(r exists job:items)" 0
}

@test "an item that lost its lease's entry is found by the audit too, and wq-reap alone brings it back" {
    r zrem job:leased "$(lease job)"
    answers 1 wq-stat --audit job
    is "$(grep stray "$BOX/out")" "stray${TAB}1"
    answers 0 wq-reap job
    says "strays${TAB}1"
    answers 0 wq-stat --audit job
    answers 0 wq-doctor job
}

@test "a push that was broken off half way is found, and its items come back in their order" {
    wq-push -q job banana cherry
    r rename job job:push:0123456789ab:0
    wq-push -q job date
    answers 1 wq-doctor job
    grep -q "^finding${TAB}stray${TAB}job has items in job:push:0123456789ab:0," "$BOX/out"
    answers 1 wq-stat --audit job
    is "$(grep stray "$BOX/out")" "stray${TAB}3"
    answers 0 wq-reap job
    says "strays${TAB}3"
    is "$(wq-list --ready job | cut -f7 | paste -sd' ')" 'apple banana cherry date'
    answers 0 wq-doctor job
}

@test "one item in no state is found among hundreds that are leased" {
    seq 700 | wq-push -q job
    wq-lease -n 701 job >/dev/null
    r hset job:items 9999.abcdefabcdef "2${TAB}me${TAB}17${TAB}why${TAB}banana"
    answers 1 wq-stat --audit job
    is "$(grep stray "$BOX/out")" "stray${TAB}1"
    answers 0 wq-reap job
    says "strays${TAB}1"
    is "$(r lrange job 0 -1),$(r hlen job:items),$(r zcard job:leased)" banana,701,701
}

@test "items in no state are not called lost: what is said to do brings all back, and the numbers are right" {
    wq-push -q job banana cherry
    lease job
    r del job:leased
    answers 1 wq-doctor job
    ! grep -q audit "$BOX/out" || fail 'nothing is lost'
    commands >"$BOX/commands"
    answers 0 bash "$BOX/commands"
    answers 0 wq-stat --audit job
    is "$(items job | sort)" $'apple\nbanana\ncherry'
    answers 0 wq-doctor job
}
