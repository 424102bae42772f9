#!/usr/bin/env bats
# The small examples: pipe.sh, batch.sh and the crontab.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    PIPE=$REPO/examples/pipe.sh
    BATCH=$REPO/examples/batch.sh
    export TMPDIR=$BOX
}

# drain: all items, in the order in which they come out
drain() {
    wq-lease -n 10000 job | cut -f 2-
}

@test "pipe.sh: files into the queue, a line each, packed ones too" {
    printf 'apple\nbanana\n' >plain
    printf 'cherry\n' | gzip >a.gz
    printf 'date\nfig\n' | xz >"a b.xz"
    answers 0 "$PIPE" job plain a.gz 'a b.xz'
    says "2${TAB}plain" "1${TAB}a.gz" "2${TAB}a b.xz"
    complains ''
    is "$(drain)" $'apple\nbanana\ncherry\ndate\nfig'
}

@test "pipe.sh: standard input, with and without a name" {
    is "$(seq 3 | "$PIPE" job)" "3${TAB}-"
    is "$(seq 4 6 | "$PIPE" job -)" "3${TAB}-"
    is "$(drain)" "$(seq 6)"
}

@test "pipe.sh: a file that is missing or damaged, and nothing was pushed" {
    seq 1000 | gzip | head -c 1000 >cut.gz
    seq 3 >good
    mkdir folder
    for bad in cut.gz missing folder; do
        answers 66 "$PIPE" job good $bad
        says
        complains "*pipe.sh: $bad: cannot be read; nothing was pushed"
    done
    is "$(r exists job)" 0
}

@test "pipe.sh: wq-push's own error" {
    r set job text >/dev/null
    seq 3 >good
    answers 65 "$PIPE" job good
    says
    answers 64 "$PIPE"
}

@test "batch.sh: a hundred at a time, on standard input, all completed" {
    seq 250 | wq-push -q job
    answers 0 "$BATCH" job sh -c 'wc -l; echo batch >>batches'
    says 100 100 50
    is "$(wc -l <batches)" 3
    complains ''
    answers 0 wq-empty job
}

@test "batch.sh: every item once, tabs and spaces in it" {
    seq 250 | sed "s/^/ a${TAB}b /" >items
    wq-push -q job <items
    answers 0 "$BATCH" job cat
    cmp items out
}

@test "batch.sh: a failed batch is told and given back: it is tried again later" {
    seq 3 | wq-push -q job
    wq-config job retry-delay=100ms
    answers 0 "$BATCH" job sh -c 'cat; [ -e again ] && exit; touch again; exit 9'
    is "$(sort out)" $'1\n1\n2\n2\n3\n3'
    complains 'batch.sh: sh failed with status 9 on 3 items'
    is "$(r hmget job:stats released completed)" $'3\n3'
}

@test "batch.sh: what always fails is dead at last, with the reason" {
    seq 3 | wq-push -q job
    wq-config job max-attempts=1
    answers 0 "$BATCH" job false
    is "$(wq-list --dead job | cut -f 6,7)" "$(printf 'false: status 1\t%d\n' 1 2 3)"
}

@test "batch.sh: status 75 is not held against the items, which come back later" {
    seq 2 | wq-push -q job
    wq-config job max-attempts=1
    spawn batch "$BATCH" job sh -c 'exit 75'
    eventually 10 yields 2 r zcard job:delayed
    is "$(wq-list job | cut -f 2,3,6,7)" "$(printf 'delayed\t0\tsh: status 75\t%d\n' 1 2)"
    [ "$(wq-list --delayed -n 1 job | cut -f 5)" -gt 5000 ]
    kill -TERM "$PID"
    ends 143 "$PID"
}

@test "batch.sh: an interrupted command ends it: 130, its items at once for others" {
    seq 150 | wq-push -q job
    answers 130 "$BATCH" job sh -c 'wc -l; kill -INT $$'
    says 100
    is "$(r exists job:attempts),$(drain | sort -n)" "0,$(seq 150)"
}

@test "batch.sh: lost leases are named, and it goes on" {
    for status in 0 9; do
        rm -f again
        seq 2 | wq-push -q job
        WQ_LEASE_TIME=300ms answers 0 "$BATCH" job sh -c "cat
            [ ! -e again ] || exit 0
            touch again
            until wq-reap job | grep -q requeued; do sleep 0.05; done
            exit $status"
        is "$(sort out)" $'1\n1\n2\n2'
        complains "*lost${TAB}*lost${TAB}*batch.sh: these leases ran out *"
    done
}

@test "batch.sh: what does not fit on a line ends it, after the rest of the batch is done" {
    wq-push -q job apple $'two\nlines' banana
    answers 65 "$BATCH" job cat
    says apple banana
    complains 'wq-lease: *'
    is "$(r exists job:leased),$(r zcard job:delayed)" 0,1
}

@test "batch.sh: SIGTERM ends it after the batch: 143, no file left" {
    mkdir tmp
    export TMPDIR=$BOX/tmp
    seq 150 | wq-push -q job
    spawn batch "$BATCH" job sh -c 'wc -l; until [ -e go ]; do sleep 0.05; done'
    eventually 10 test -s batch.out
    kill -TERM "$PID"
    touch go
    ends 143 "$PID"
    is "$(<batch.out)" 100
    is "$(r llen job),$(r exists job:leased)" 50,0
    is "$(ls -A tmp)" ''
}

# shellcheck disable=SC2030,SC2031 # it goes through a file
@test "batch.sh: with head as its reader it ends with 74, with all other items ready and uncharged" {
    seq 2000 | wq-push -q job
    wq-config job max-attempts=1
    for shell in dash bash mksh yash 'zsh --emulate sh' 'busybox ash'; do
        (
            status=0
            # shellcheck disable=SC2086 # busybox has a word more
            $shell "$BATCH" job sh -c 'cat; sleep 0.1; echo end' 2>err || status=$?
            echo "$status" >status
        ) | head -n 2 >out
        is "$(wc -l <out)" 2
        is "$(<status)" 74
        is "$(r exists job:attempts job:delayed job:dead job:leased)" 0
    done
    is "$(r llen job)" $((2000 - 0$(r hget job:stats completed)))
    [ "$(r llen job)" -ge 1400 ]
}

@test "batch.sh: on a full disk it ends with 74, with all items ready and uncharged" {
    seq 150 | wq-push -q job
    wq-config job max-attempts=1
    seen=0
    "$BATCH" job cat >/dev/full 2>err || seen=$?
    is "$seen" 74
    is "$(r llen job),$(r exists job:attempts job:dead)" 150,0
    # COMMAND says so itself, and is charged for that.
    answers 0 "$BATCH" job sh -c 'exit 74'
    is "$(r zcard job:dead)" 150
}

@test "batch.sh: TERM to all processes charges no attempt, also where it reaches the command a little earlier" {
    seq 150 | wq-push -q job
    spawn batch "$BATCH" job sh -c 'echo $$ >began; exec sleep 77.1'
    eventually 5 written began
    kill "$(<began)"
    sleep 0.1
    kill "$PID"
    ends 143 "$PID"
    is "$(r llen job),$(r exists job:attempts job:delayed)" 150,0
}

@test "batch.sh: a command that outlives a signal to all processes has seen the whole batch" {
    for item in {1..30}; do printf '%s%9999s\n' "$item" x; done | wq-push -q job
    spawn batch setsid "$BATCH" job sh -c 'trap : TERM; echo >began; until [ -e go ]; do sleep 0.02; done; wc -l'
    eventually 5 written began
    # All but the sleep, whose end says nothing.
    kill -TERM -- "-$PID"
    touch go
    ends 143 "$PID"
    is "$(<batch.out),$(r hget job:stats completed)" 30,30
}

@test "batch.sh: errors and usage" {
    WQ_URL=unix://$BOX/nowhere WQ_CONNECT_TIMEOUT=100ms answers 69 "$BATCH" job cat
    says
    answers 64 "$BATCH" job
    complains 'usage: batch.sh *'
}

# What cron does with a line: five fields of time, then a command for sh.
@test "crontab: every line is one that cron takes, and its command does what is said" {
    crontab=$REPO/examples/crontab
    grep -vE '^(#|$|[A-Z_]+=)' "$crontab" >lines
    is "$(grep -cvE '^([0-9*/,-]+ +){5}[^ ]' lines)" 0
    is "$(grep -c '[^\\]%' lines)" 0
    mkdir incoming
    touch incoming/apple 'incoming/banana split' incoming/$'cherry\npie'
    sed -E "s/^([^ ]+ +){5}//; s,/srv/incoming,$BOX/incoming," lines >commands
    mapfile -t commands <commands
    is "${#commands[@]}" 3
    export PATH=$REPO/examples:$PATH

    wq-push -q job2 apple
    wq-lease -l 1ms job2 >/dev/null
    reaped() { sh -c "${commands[0]}" >reaped && [ -s reaped ]; }
    eventually 5 reaped
    is "$(<reaped)" "requeued${TAB}1"
    answers 0 sh -c "${commands[0]}"
    silent

    answers 0 sh -c "${commands[1]}"
    silent
    is "$(find incoming -type f -name '*.gz' -printf x)" xxx
    answers 0 sh -c "${commands[2]}"
    silent
    wq-push -q nightly date
    answers 0 sh -c "${commands[2]}"
    says 'the queue nightly is not drained, or has dead items: wq-list nightly'
}
