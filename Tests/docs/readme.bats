#!/usr/bin/env bats
# The README as a reader follows it: what is typed there, in one shell, is answered as it says.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    cd "$BOX" || return
}

# section HEADING: its blocks of code, without their indentation
section() {
    sed -n "/^## $1\$/,/^## /s/^    //p" "$REPO/README.md"
}

# alike: what differs from run to run is levelled: IDs, times, and which worker had which item, in which order.
alike() {
    expand -t 8 | sed -E 's/  *#.*//
        s/^(lost +)?([0-9]+)\.[0-9a-f]{12} +/\1\2.ID /
        s/^lost +([0-9]+)\.[0-9a-f]{12}$/lost \1.ID/
        s/worker-[12]/worker-N/g; s/sessionID: worker-N\.[0-9a-f]{8}/sessionID: worker-N.ID/
        /Waiting for work/d; /^$/d
        s/(Start Time|Completed At):.*/\1:/; s/(Duration: *|  )[0-9]+s/\1Ns/; s/  Ns +/  Ns /' |
        awk '/^\$ / { close("sort"); print; fflush(); next } /worker-N|run-locally/ { print | "sort"; next }
            { close("sort"); print; fflush() }'
}

@test "the story of the job, typed into one shell, is answered as it says" {
    section 'The job' >story
    # A shell shows what is typed: so does this one, in front of what it does.
    sed -n 's/^\$ //p' story | sed 's/  *# .*//; s/-l 20s/-l 2s/' >typed
    head -n 1 typed | grep -qx 'bin/wq-local sh'
    sed 1d typed | while IFS= read -r line; do
        printf "cat <<'LINE'\n\$ %s\nLINE\n%s\n" "$line" "$line"
    done >script
    (cd "$REPO" && timeout 60 bin/wq-local sh "$BOX/script" >"$BOX/seen" 2>&1)
    [ "$(grep -c '^\$ ' seen)" -ge 10 ]
    sed '1d; s/-l 20s/-l 2s/' story | alike >expected
    alike <seen | diff expected -
}

@test "following the README leaves nothing in the checkout" {
    ! section 'The job' | grep -nE '> *[A-Za-z.]' || false
}

@test "a worker in one line: the pictures of a folder, whatever their names" {
    start_redis
    for name in ./-resize.jpg './two words.jpg' ./plain.jpg; do gm convert -size 1600x10 xc:red JPEG:"$name"; done
    section 'A worker in one line' | sed -n 's/^\$ //p' >script
    answers 0 sh script
    says 3
    for name in ./*.jpg; do is "$(gm identify -format %w "$name")" 800; done
    answers 0 wq-empty --strict photos
}

@test "reading an item with eval, as it says" {
    start_redis
    section Items | grep '^if record' >script
    cat >>script <<'LINE'
printf '%s\n' "${WQ_ITEM-none}"
LINE
    answers 0 sh script
    says none
    wq-push -q job2 "it's"
    answers 0 sh script
    says "it's"
}
