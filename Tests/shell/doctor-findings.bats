#!/usr/bin/env bats
# wq-doctor on queues: each state that keeps work from being done, made true and found; and each command that it prints is
# run as it stands there, and mends that.

load helper
load more
load doctor

setup() {
    make_box
    start_sound
}

# mended [QUEUE]: after the printed commands nothing is found any more.
mended() {
    [ -n "$(commands)" ] || fail 'no command is printed'
    commands >"$BOX/commands"
    bash -e "$BOX/commands" >"$BOX/done" </dev/null
    answers 0 wq-doctor "$@"
    is "$(tail -n 1 "$BOX/out")" sound
}

# since QUEUE ID MS: the record says that it is in its state since then.
since() {
    r hset "$1:items" "$2" "$(field "$1" "$2" 1)$TAB$(field "$1" "$2" 2)$TAB$3$TAB$(field "$1" "$2" 4)$TAB$(field "$1" "$2" 5)"
}

@test "a paused queue" {
    wq-config job paused=yes
    finds paused 'job is paused*' job
    is "$(commands)" 'wq-config job paused='
    mended job
}

@test "a sealed queue" {
    wq-config job sealed=yes
    finds sealed 'job is sealed*' job
    mended job
}

@test "a queue that a setting holds open, with items and without" {
    wq-config job open=yes
    finds open 'job is held open*never drained*' job
    reads job
    finds open 'job is held open*never drained*' job
    mended job
}

@test "a setting that is none" {
    r hset job:config max-attempts many retry-delay -5 paused true
    finds setting '*max-attempts=many*counts as 10*retry-delay=-5*paused=true*' job
    mended job
}

@test "a key of a wrong type is named, whichever it is, and put aside" {
    for key in '' :processing :arriving :items :leased :delayed :suspects :dead :attempts :producers :config :stats :seq :lost :known :calls; do
        wq-purge --force job
        wq-push -q job apple
        r del "job$key"
        if [ "$key" = :seq ]; then r rpush job:seq x; else r set "job$key" x; fi
        answers 1 wq-doctor job
        complains ''
        grep -q "^finding${TAB}type${TAB}job has a key job$key that is a " "$BOX/out" || fail "no finding: $key"
        commands | grep "renamenx" | bash
        is "$(r type "job$key")" none
        answers 0 wq-push -q job banana
        answers 0 wq-lease job
        r del "job$key.aside"
    done
}

@test "a number that is none, in each counter, with which the programs go on afterwards" {
    wq-push -q job banana
    lease job
    for value in abc '' 1.5 -3 99999999999999999999 999999999999999; do
        for key in seq stats:pushed stats:leased stats:completed stats:mark; do
            case $key in
                seq) r set job:seq "$value" ;;
                *) r hset job:stats "${key#*:}" "$value" ;;
            esac
        done
        if [ "$value" = abc ]; then
            answers 65 wq-push job banana
            complains 'wq-push: *no number*wq-doctor*'
            answers 65 wq-lease job
            complains 'wq-lease: *no number*wq-doctor*'
        fi
        finds number '*job:seq*' job
        is "$(commands | wc -l)" 5
        mended job
        answers 0 wq-push -q job banana
        wq-complete job "$(lease job)"
        answers 0 wq-stat --audit job
    done
    # IDs go on being new ones.
    r hset job:stats leased 40
    r set job:seq none
    answers 1 wq-doctor job
    commands | bash
    [ "$(r get job:seq)" -ge 40 ]
}

@test "a number of attempts that is none" {
    for number in many 1234567890; do
        wq-release --delay 0 job "$(lease job)"
        r hset job:attempts "$(r hkeys job:attempts)" "$number"
        [ "$number" != many ] || answers 65 wq-lease job
        [ "$number" != many ] || complains 'wq-lease: *no number*wq-doctor*'
        finds number '*job:attempts*' job
        mended job
    done
    answers 0 wq-lease job
}

@test "a lease that ends in hours, and whose it is" {
    WQ_OWNER=pod-7 lease job -l 5h
    finds lease 'job has 1 lease that ends in more than an hour: *of pod-7, in 4h;*' job
    mended job
}

@test "a lease that is renewed for hours is taken away from its holder, for good" {
    spawn worker env WQ_OWNER=pod-7 wq-work -l 2s job sh -c 'sleep 60' sh
    eventually 10 leased job
    id=$(r zrange job:leased 0 0)
    since job "$id" "$(($(now) - 3 * 3600000))"
    finds held 'job has 1 lease, *pod-7 for 3h*' job
    mended job
    # No renewal undoes it, as it would undo a deadline of 0, and the command is stopped.
    eventually 10 grep -q "$id" "$BOX/worker.err"
    is "$(r zscore job:leased "$id")" ''
}

leased() {
    [ "$(r zcard "$1:leased")" = 1 ]
}

@test "a ready item that nobody takes for days" {
    r hset job:stats mark "1 $(($(now) - 3 * 86400000))"
    finds waiting 'job *nobody has taken for 3d*' job
    commands | sed 's/COMMAND/true/' | bash
    answers 0 wq-doctor job
}

@test "an item that expires again and again but does not die" {
    wq-config job max-attempts=0 retry-delay=0
    for _ in 1 2 3 4; do
        lapsed job
        wq-reap -q job
    done
    finds again 'job has 1 delayed item, 4 of *max-attempts is 0*' job
    # Its next failure is then its last.
    commands | bash
    answers 0 wq-doctor job
    lapsed job
    wq-reap -q job
    is "$(r zcard job:dead)" 1
}

@test "an item that failed again and again and is leased is given up" {
    wq-config job max-attempts=0
    for _ in 1 2 3; do wq-release --delay 0 job "$(lease job)"; done
    WQ_OWNER=pod-7 lease job
    finds again 'job has 1 leased item*pod-7*3 of *' job
    commands | bash
    is "$(wq-list --dead job | cut -f6)" 'failed again and again'
}

@test "an item that has tries left as usual is no finding" {
    for _ in 1 2; do wq-release --delay 0 job "$(lease job)"; done
    lease job
    answers 0 wq-doctor job
}

@test "leases, delayed items and holds that a clock set back keeps" {
    id=$(lease job)
    since job "$id" "$(($(now) + 3000000))"
    r zadd job:leased xx "$(($(now) + 3060000))" "$id"
    finds clock 'job has 1 lease from the future*[45][09]m*' job
    mended job
    wq-push -q --delay 1m other banana
    id=$(r zrange other:delayed 0 0)
    since other "$id" "$(($(now) + 3000000))"
    r zadd other:delayed xx "$(($(now) + 3060000))" "$id"
    finds clock 'other has 1 delayed item from the future*[45][09]m*' other
    mended other
    is "$(wq-list --ready other | cut -f7)" banana
    r zadd other:producers "$(($(now) + 3000000))" 'night of pod'
    finds clock 'other is held open by the push night of pod*[45][09]m*' other
    mended other
}

@test "records that are gone: of dead and delayed items, of leased ones" {
    dead job banana
    wq-push -q --delay 1h job cherry
    r del job:items
    answers 1 wq-doctor job
    grep -q "^finding${TAB}records${TAB}job has 1 delayed item without" "$BOX/out"
    grep -q "^finding${TAB}records${TAB}job has 1 dead item without" "$BOX/out"
    # wq-reap says how many there were.
    is "$(bash <<<"$(commands | sort -u | grep wq-reap)")" "lost${TAB}2"
    # Lost they are all the same.
    finds audit 'job lacks 2 of *' job
    mended job
    lease job
    r del job:items
    finds records 'job has 1 leased item without*' job
    commands | bash
    finds audit 'job lacks 1 of *' job
    mended job
}

@test "who holds the queue open, and a command that ends it" {
    mkfifo "$BOX/input"
    spawn input bash -c "exec sleep 60 >'$BOX/input'"
    WQ_OWNER=$'pod\t7' spawn push wq-push --id night -f "$BOX/input" job
    eventually 10 yields 1 r zcard job:producers
    finds producer 'job is held open by the push night of pod_7,*' job
    commands | bash
    eventually 20 gone "$PID"
    complains ''
    grep -q 'wq-push: job is sealed' "$BOX/push.err"
    wq-config job sealed=
    answers 0 wq-doctor job
}

@test "one bad queue hides nothing of the others" {
    r set bad:leased x
    r hset bad:config format 1
    r hset worse:config format 99
    wq-config job paused=yes
    answers 78 wq-doctor bad worse job
    is "$(cut -sf1,2 "$BOX/out" | sed 1d)" "finding${TAB}type
unseen${TAB}format
finding${TAB}paused"
    complains 'wq-doctor: *format*'
    # The same without operands.
    answers 78 wq-doctor
    is "$(cut -sf2 "$BOX/out" | sed 1d | sort | paste -sd' ')" 'format paused type'
    answers 1 wq-doctor bad job
    complains ''
}

@test "without operands all queues are looked at, and nothing else" {
    r set app:config text
    r hset cache:config size 7
    r rpush list a
    wq-push -q 'with space' a
    wq-config 'with space' paused=yes
    finds paused 'with space is paused*'
    is "$(commands)" "wq-config 'with space' paused="
    mended
}

@test "commands are words for a shell, whatever the queue is called" {
    # shellcheck disable=SC2016 # a name
    for name in "it's" $'two\nlines\e[31m' 'añ€' -q '$(touch x)' '{a}*?'; do
        wq-push -q -- "$name" a
        wq-config -- "$name" paused=yes
        answers 1 wq-doctor -- "$name"
        is "$(commands | wc -l)" 1
        run ! grep -q $'\e' "$BOX/out"
        mended -- "$name"
    done
}

@test "with -u the commands name the server, too" {
    wq-config job paused=yes
    WQ_URL=redis://nowhere.invalid answers 1 wq-doctor -u "unix://$SOCKET" job
    commands >"$BOX/commands"
    WQ_URL=redis://nowhere.invalid bash -e "$BOX/commands"
    answers 0 wq-doctor job
}

@test "who may not look at one queue hears it, and of the others what is wrong" {
    [ -z "${WQ_TEST_ACL-}" ] || skip 'it is about another user'
    r acl setuser some on nopass '~job*' +@all
    export WQ_USER=some WQ_PASSWORD=x
    wq-config job paused=yes
    answers 77 wq-doctor secret job
    complains 'wq-doctor: *permit*'
    grep -q "^unseen${TAB}queue${TAB}secret " "$BOX/out"
    grep -q "^finding${TAB}paused${TAB}job " "$BOX/out"
    wq-config job paused=
    answers 77 wq-doctor secret job
}
