#!/usr/bin/env bats
# wq-work --feed: commands that live, read items and answer each with a status.

# What is in single quotes is for the shell inside; functions are called through others.
# shellcheck disable=SC2016,SC2317

load helper
load more
load work
load screen

# The loop that the manual page has, with this for the work on "$item".
loop() {
    printf 'while IFS= read -r item; do %s </dev/null >&2; echo $?; done' "$1"
}

# feed OPTION... -- COMMAND...: works on the queue job until it is drained.
feed() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    answers 0 wq-work "${options[@]}" --feed job "$@"
    says
}

# dead: the reasons of the dead items and the items, in the order of the items.
dead() {
    wq-list --dead job | cut -f 6,7 | sort -t "$TAB" -k 2
}

# once: an attempt that fails is the last.
once() {
    wq-config job max-attempts=1
}

@test "one sh does all, and what it says goes to standard error" {
    seq 100 | wq-push -q job
    feed -- sh -c "echo \$\$ >>'$BOX/started'; $(loop 'echo "did $item"')"
    is "$(grep '^did' "$BOX/err")" "$(seq 100 | sed 's/^/did /')"
    complains $'*\nwq-work: 100 done, 0 failed, 0 dead in *'
    is "$(wc -l <"$BOX/started")" 1
    is "$(r hmget job:stats leased completed | paste -sd' ')" '100 100'
}

@test "awk, Python and Perl" {
    local worker
    for worker in "awk -W interactive '{ print >>(ENVIRON[\"BOX\"] \"/seen\"); print 0; fflush() }'" \
        "python3 -c 'import sys
for item in sys.stdin: open(\"$BOX/seen\", \"a\").write(item); print(0, flush=True)'" \
        "perl -ne 'BEGIN { \$| = 1; open(F, q(>>), q($BOX/seen)) } print F; print qq(0\n)'"; do
        rm -f "$BOX/seen"
        printf '%s\n' ' two  words ' '*' '\n' '' "it's" '$(x)' | wq-push -q --keep-blank job
        eval "feed -- $worker"
        is "$(<"$BOX/seen")" "$(printf '%s\n' ' two  words ' '*' '\n' '' "it's" '$(x)')"
    done
}

@test "an answer means what an exit status means" {
    once
    wq-push -q job '0' '0 well done' '1' '1 no such file' "2${TAB}  tabs" '65 never' '9' '126' '255'
    feed --dead-on 9 -- sh -c 'while IFS= read -r item; do printf "%s\n" "$item"; done'
    is "$(dead)" "$(printf "sh: status %s\t%s\n" 1 1 '1: no such file' '1 no such file' 126 126 255 255 \
        '2: tabs' '2\t  tabs' '65: never' '65 never' 9 9)"
    is "$(r hget job:stats completed)" 2
}

@test "65 and --dead-on make an item dead at once, others are tried again, 75 costs nothing" {
    wq-config job retry-delay=1ms max-attempts=3
    wq-push -q job 1 65 66
    feed --dead-on 66 -- sh -c 'while IFS= read -r item; do echo "$item"; done'
    is "$(wq-list --dead job | cut -f 3,7 | sort)" "$(printf '%s\n' "1${TAB}65" "1${TAB}66" "3${TAB}1")"
    wq-push -q job later
    answers 1 wq-work --max-items 1 --feed job -- sh -c 'read -r item; echo 75 no network; read -r item'
    complains '*[(]attempt 1) was given back: sh: status 75: no network*'
    between 9000 "$(delay job)" 10000
    due_now job
    is "$(attempt job)" 1
}

@test "three at once, each started once, each with its own slot" {
    seq 60 | wq-push -q job
    feed -j 3 -- sh -c 'echo "$WQ_SLOT $WQ_QUEUE ${WQ_ITEM-none} ${WQ_LEASE-none} ${WQ_ATTEMPT-none}" >>"$BOX/env"
        while IFS= read -r item; do sleep 0.01; echo 0; done'
    is "$(sort "$BOX/env")" "$(printf '%s job none none none\n' 1 2 3)"
    is "$(r hget job:stats completed)" 60
}

@test "--null: an item may have newlines; --json: it may be anything" {
    printf 'two\nlines\0\0one\0' | wq-push -q --null --keep-blank job
    feed -0 -- python3 -c 'import sys
for item in iter(lambda: sys.stdin.buffer.raw.read(9999), b""): print(0 if item.endswith(b"\0") else 1, flush=True)
'
    is "$(r hget job:stats completed)" 3
    printf 'a\nb\0\0\377"' | wq-push -q --whole job
    wq-push -q job 'übel'
    feed --json -- python3 -c 'import json, os, sys
for line in sys.stdin:
    print(line, file=open(os.environ["BOX"] + "/seen", "a"), end="")
    print(0, flush=True)
'
    cp "$BOX/seen" "$BOX/out"
    json '[sorted(o) for o in all] == [["attempt", "item_base64", "lease"], ["attempt", "item", "lease"]]'
    json '__import__("base64").b64decode(all[0]["item_base64"]) == b"a\nb\0\0\377\""'
    json 'all[1]["item"] == "übel" and all[1]["attempt"] == 1 and "." in all[1]["lease"]'
    grep -q '"event":"completed"' "$BOX/err"
}

@test "an item that no line can hold is a failed attempt, and the others are done" {
    once
    printf 'two\nlines\0apple\0' | wq-push -q --null job
    printf 'a\0b' | wq-push -q --whole job
    feed -- sh -c "$(loop true)"
    complains "*failed: the item contains a NUL: only --json can take it*"
    is "$(dead)" "$(printf '%s\t%s\n' 'the item contains a NUL: only --json can take it' 'a\x00b' \
        'the item contains a newline: only --null or --json can take it' 'two\nlines')"
    is "$(r hget job:stats completed)" 1
    printf 'a\0b' | wq-push -q --whole job
    feed -0 -- sh -c 'exit 1'
    is "$(wq-stat job | grep -c "^dead${TAB}3$")" 1
}

@test "a large item, and a command that reads it slowly" {
    head -c 3000000 /dev/zero | tr '\0' x >"$BOX/large"
    wq-push -q --whole job <"$BOX/large"
    feed -- python3 -c 'import sys, time
for item in sys.stdin: print(0 if len(item) == 3000001 else item[:9], flush=True)'
    is "$(r hget job:stats completed)" 1
}

@test "the job log has a line for each item" {
    once
    wq-push -q job 0 3 143 nonsense quit
    feed --joblog "$BOX/log" -- sh -c 'while IFS= read -r item; do [ "$item" != quit ] || exit 0; echo "$item"; done'
    is "$(cut -f 3-5,7,10 "$BOX/log" | sed 1d | sort -k 5)" "$(printf '1\t%s\t%s\t1\t%s\n' \
        0 0 0 143 0 143 3 0 3 143 15 nonsense - 0 quit)"
}

@test "--reason-from-stderr: the last line about the item itself, unless the answer has a reason" {
    once
    wq-push -q job quiet loud both last
    feed --reason-from-stderr -- sh -c 'while IFS= read -r item; do
        case $item in
            quiet) echo 1 ;;
            loud) echo why >&2; echo 1 ;;
            both) echo why >&2; echo 1 because ;;
            last) echo the end >&2; exit 4 ;;
        esac; done'
    is "$(dead)" "$(printf 'sh: status %s\t%s\n' '1: because' both '4 in place of an answer: the end' last \
        '1: why' loud 1 quiet)"
}

@test "what makes no sense with --feed is a usage error" {
    for option in --stdin --tag --group --dry-run; do
        refuses wq-work --feed $option job true
        complains "*--feed and $option exclude each other*"
    done
    refuses wq-work --null job true
    complains '*--null is for --feed*'
    refuses wq-work --feed --null --json job true
    refuses wq-work --feed job grep {}
    complains '*on standard input: COMMAND must have no {}*'
    # In a program they mean something else.
    wq-push -q job apple
    feed -- perl -ne 'BEGIN { $| = 1; %seen = {} } print "0\n"'
}

@test "--max-items, --until-idle and --forever" {
    seq 50 | wq-push -q job
    answers 1 wq-work --max-items 7 --feed job -- sh -c "$(loop true)"
    is "$(r hget job:stats completed),$(r llen job),$(r zcard job:leased)" 7,43,0
    wq-config job open=yes
    answers 1 wq-work --until-idle 100ms --feed job -- sh -c "$(loop true)"
    is "$(r hget job:stats completed)" 50
    spawn work wq-work --forever --feed job -- sh -c "$(loop 'echo "$item"')"
    eventually 5 blocked 1
    wq-push -q job late
    told() { grep -q late "$BOX/work.err"; }
    eventually 5 told
    kill "$PID"
    ends 143 "$PID"
}

@test "what is leased ahead is given back when an item takes long" {
    seq 200 | wq-push -q job
    wq-push -q job long
    seq 200 | wq-push -q job
    spawn work wq-work --feed job -- sh -c 'while IFS= read -r item; do
        [ "$item" != long ] || until [ -e "$BOX/go" ]; do sleep 0.01; done; echo 0; done'
    long() { [ "$(r hget job:stats completed)" = 200 ]; }
    eventually 10 long
    alone() { [ "$(r zcard job:leased),$(r llen job)" = 1,200 ]; }
    eventually 5 alone
    is "$(items job | head -n 3)" $'1\n2\n3'
    : >"$BOX/go"
    ends 0 "$PID"
    is "$(r hget job:stats completed)" 401
    is "$(r exists job:attempts)" 0
}

@test "at a terminal, messages of commands never mix with the line of status" {
    seq 5 | wq-push -q job
    shows 80 "wq-work --feed job -- sh -c 'while read -r item; do printf \"begin %s \" \$item >&2; sleep 0.3
        echo \"end \$item\" >&2; echo 0; done'"
    screen 80 >"$BOX/seen"
    is "$(grep -v '^wq-work: 5 done' "$BOX/seen" | head -n 5)" "$(seq 5 | sed 's/.*/begin & end &/')"
    states | grep -q '%  [0-9]/5 done'
}

@test "messages that nobody reads are no fault of the items: 74, and they are as they were" {
    wq-config job max-attempts=1
    for worker in 'while read -r item; do echo "$item" >&2; echo 0; done' \
        'while read -r item; do sh -c "echo $item" >&2; echo $?; done'; do
        seq 1000 | wq-push -q job
        { wq-work --feed job -- sh -c "$worker" 2>&1 || echo "status $?" >"$BOX/status"; } | head -n 3 >"$BOX/out"
        is "$(<"$BOX/status")" 'status 74'
        is "$(r exists job:attempts job:dead job:leased job:delayed)" 0
        is "$(($(r llen job) + $(r hget job:stats completed)))" 1000
        r del job job:stats
    done
}
