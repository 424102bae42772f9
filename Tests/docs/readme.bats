#!/usr/bin/env bats
# The README as a reader follows it: what is typed there, in one shell, is answered as it says.

# shellcheck disable=SC2016 # what is in single quotes is for the shell inside

load ../shell/helper

setup() {
    make_box
    cd "$BOX" || return
}

# section HEADING [FILE]: its blocks of code, without their indentation
section() {
    sed -n "/^##* $1\$/,/^##* /s/^    //p" "$REPO/${2-README.md}"
}

# typed SCRIPT: the lines that are typed in a story on standard input become a script. A shell shows what is typed: so does
# this one, in front of what it does.
typed() {
    sed -n 's/^\$ //p' | sed 's/  *# .*//' | while IFS= read -r line; do
        printf "cat <<'LINE'\n\$ %s\nLINE\n%s\n" "$line" "$line"
    done >"$1"
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
    head -n 1 story | grep -q '^\$ bin/wq-local sh'
    sed '1d; s/-l 20s/-l 2s/' story | typed script
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
    section 'A worker in one line' | sed -n 's/^\$ //p' | sed '/^seq/,$d' >script
    answers 0 sh script
    says 3
    for name in ./*.jpg; do is "$(gm identify -format %w "$name")" 800; done
    answers 0 wq-empty --strict photos
}

@test "many items at once, with fewer of them" {
    start_redis
    section 'A worker in one line' | sed -n 's/100000/1000/; s/^\$ //p' | sed -n '/^seq/,$p' >script
    answers 0 sh script
    says 1000 500500
    complains 'wq-work: 1000 done, 0 failed, 0 dead in *'
}

@test "a worker that lives, with fewer items" {
    start_redis
    section 'A worker that lives' | sed 's/100000/1000/' >story
    typed script <story
    answers 0 sh script
    says '$ seq 1000 | wq-push sums' 1000 "$(grep '^\$ wq-work' story)"
    complains 'wq-work: 1000 done, 0 failed, 0 dead in *'
}

@test "reading an item with eval, as it says" {
    start_redis
    wq-push -q job2 "it's"
    section Items | sed -n '/^\$ wq-lease/,/^WQ_/p' >story
    typed script <story
    answers 0 sh script
    is "$(sed -E "s/'[0-9]+\.[0-9a-f]{12}'/ID/" story)" "$(sed -E "s/'[0-9]+\.[0-9a-f]{12}'/ID/" out)"
    wq-purge --force job2
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

# in_examples STORY: types it where the examples and the programs are, and nothing else; what is seen is in the file seen.
in_examples() {
    ln -s "$REPO/examples" examples
    start_redis
    typed script <"$1"
    timeout 60 sh script >seen 2>&1
}

@test "examples/README.md: the first steps and the worker, typed into one shell" {
    { section Examples examples/README.md && section 'A worker' examples/README.md; } |
        sed '/^\$ PATH=/d; /^\$ wq-local sh/d; /run-locally/d' >story
    [ "$(grep -c '^\$ ' story)" -ge 5 ]
    in_examples story
    diff story seen
}

@test "examples/README.md: what fails is tried again, and given up" {
    section Failures examples/README.md | sed '/^\$ examples/,$d; s/^\$ wq-local /$ /; s/examples.retry.sh/& retry 10ms/' >story
    # What is tried at the same time may come in any order.
    level() { alike | sed -E 's/^[0-9:]{8} +//; s/lease [0-9]+\.[0-9a-f]{12}/lease ID/; s/^[0-9]+\.ID/ID/; s/ +/ /g
        s/(dead 4 vm) [0-9]+/\1 MS/' | sort; }
    WQ_OWNER=vm in_examples story
    level <story | diff - <(level <seen)
}

@test "examples/README.md: dead letters, counted, saved and tried again" {
    section Failures examples/README.md | sed -n '/^\$ examples/,$p' >story
    [ "$(grep -c '^\$ ' story)" -eq 3 ]
    ln -s "$REPO/examples" examples
    start_redis
    for reason in 'gzip: status 1' 'gzip: status 1' 'gzip: status 1' 'lease expired'; do
        wq-push -q job2 apple
        wq-lease job2 | wq-release --dead --reason "$reason" job2 -
    done
    typed script <story
    answers 0 sh script
    diff story out
    is "$(wc -l <dead.jsonl)" 4
}
