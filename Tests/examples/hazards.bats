#!/usr/bin/env bats
# What the examples do with items that programs take for something else, and with a shell around them.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    export WORKER=$REPO/examples/worker.sh
}

# x N: so many x
x() {
    head -c "$1" /dev/zero | tr '\0' x
}

# sized N...: an item of each size
sized() {
    for size; do x "$size" | wq-push -q --whole job; done
}

@test "worker.sh: an item that is too long for an argument is dead, and the next ones are worked on" {
    sized 131063 131064 131071 131072 2000000
    wq-push -q job apple
    answers 0 "$WORKER" job sh -c 'echo "${#1} ${#WQ_ITEM}"' sh
    says '131063 131063' '5 5'
    complains 'worker.sh: the item of lease 2.* is too long to be an argument*'
    is "$(wq-list --dead job | cut -f 2,3,6 | sort | uniq -c | xargs)" '4 dead 1 too long to be an argument'
    # In characters it is within the limit.
    python -c 'print("\u20ac" * 50000, end="")' | wq-push -q --whole job
    LC_ALL=C.UTF-8 answers 0 "$WORKER" job echo
    says
    is "$(r zcard job:dead)" 5
}

@test "worker.sh: an item nearly as long is given back when its command fails" {
    sized 131063
    wq-config job max-attempts=1
    answers 0 "$WORKER" job false
    is "$(wq-list --dead job | cut -f 6)" 'false: status 1'
}

@test "worker.sh run by another worker hides nothing of its own items" {
    wq-push -q outer begin
    sized 131063
    wq-push -q job apple
    answers 0 wq-work outer sh -c '"$WORKER" job sh -c "echo \${#WQ_ITEM} \$WQ_ATTEMPT" sh' sh
    says '131063 1' '5 1'
}

@test "worker.sh: the command's standard input is empty, the caller's stays" {
    wq-push -q one apple
    wq-push -q two banana
    printf '%s\n' one two >queues
    while read -r queue; do "$WORKER" "$queue" sh -c 'echo "$1"; cat' sh; done <queues >out
    is "$(<out)" $'apple\nbanana'
}

# crontab with a file replaces all of a user's lines: what the file says to do keeps them.
@test "crontab: installing it as it says keeps what is there" {
    mkdir bin
    printf '%s\n' '#!/bin/sh' 'case $1 in -l) cat "$TABLE" ;; -) cat >"$TABLE.new" && mv "$TABLE.new" "$TABLE" ;;' \
        '*) cat "$1" >"$TABLE" ;; esac' >bin/crontab
    chmod +x bin/crontab
    export TABLE=$BOX/table PATH=$BOX/bin:$PATH
    echo '1 2 * * * mine' >table
    how=$(sed -n '/crontab -$/s/.*  *\((crontab.*\)/\1/p' "$REPO/examples/crontab")
    (cd "$REPO" && sh -c "$how")
    head -n 1 table | grep -qx '1 2 \* \* \* mine'
    tail -n +2 table | cmp - "$REPO/examples/crontab"
}

nightly() {
    answers 0 sh -c "$(sed -En "/^0 +3/{s/^([^ ]+ +){5}//; s,/srv/incoming,$BOX/incoming,p}" "$REPO/examples/crontab")"
    silent
}

@test "crontab: the second night works on what is new, and on nothing twice" {
    mkdir incoming
    touch incoming/apple incoming/-banana incoming/'$(touch hit)'
    nightly
    is "$(cd incoming && echo ./*)" './$(touch hit).gz ./-banana.gz ./apple.gz'
    nightly
    touch incoming/cherry
    nightly
    is "$(r hget nightly:stats pushed)" 4
    is "$(find incoming -name '*.gz.gz' -o ! -name '*.gz' -type f)" ''
    # Killed after its work, before it was completed; and killed in the middle, with half a result.
    touch incoming/date incoming/date.gz
    wq-push -q nightly "$BOX/incoming/cherry" "$BOX/incoming/date"
    nightly
    is "$(wq-list nightly)" ''
    is "$(cd incoming && echo d*)" date.gz
    [ ! -e hit ]
}

@test "crontab: what last night left is not pushed again" {
    mkdir incoming
    touch incoming/apple
    wq-push -q nightly "$BOX/incoming/apple"
    nightly
    is "$(r hget nightly:stats pushed)" 1
    is "$(ls incoming)" apple.gz
}

@test "resize.sh: names that look like options or formats are pictures" {
    gm convert -size 20x10 xc:red PNG:red.png
    for name in -odd.png gif:x.png; do cp -- red.png "./$name"; done
    SIZE=10x10 answers 0 "$REPO/examples/resize.sh" -odd.png gif:x.png red.png
    for name in -odd.png gif:x.png red.png; do
        is "$(gm identify -format %wx%h "PNG:./small/$name")" 10x5
    done
}
