#!/usr/bin/env bats
# The examples around wq-work: resize.sh, ladder.sh, heartbeat.sh.

load ../shell/helper

setup() {
    make_box
    start_redis
    cd "$BOX" || return
    EXAMPLES=$REPO/examples
}

# picture FILE WIDTHxHEIGHT
picture() {
    gm convert -size "$2" 'xc:rgb(200,30,40)' "$1"
}

sizes() {
    gm identify -format '%f %wx%h\n' "$@" | grep .
}

@test "resize.sh: a copy of each picture, no larger than asked, and the originals as they were" {
    mkdir photos
    picture photos/wide.png 1600x400
    picture 'photos/a b.jpg' 900x900
    picture photos/small.gif 40x20
    answers 0 "$EXAMPLES/resize.sh" photos/*
    complains 'wq-work: 3 done, 0 failed, 0 dead in *'
    says
    is "$(sizes small/* | sort)" $'a b.jpg 800x800\nsmall.gif 40x20\nwide.png 800x200'
    is "$(sizes photos/wide.png)" 'wide.png 1600x400'
    is "$(find small -name '.*')" ''
}

@test "resize.sh: what is no picture is dead at once, with what gm said; the others are done" {
    echo text >bad.png
    picture good.png 100x100
    SIZE=50x50 OUT=smaller answers 0 "$EXAMPLES/resize.sh" bad.png good.png
    is "$(sizes smaller/*)" 'good.png 50x50'
    wq-list resize --dead | cut -f3,6,7 >"$BOX/out"
    matches "$(<"$BOX/out")" "1${TAB}sh: status 65: gm convert: *${TAB}bad.png"
}

@test "ladder.sh: tried again later each time, then given up, shown, and kept" {
    wq-push -q job apple banana
    # shellcheck disable=SC2016 # for the shell inside
    FIRST=20ms LAST=30ms STEPS=3 answers 4 "$EXAMPLES/ladder.sh" job \
        sh -c 'echo "$1 $WQ_ATTEMPT" >>tried; echo why >&2; [ "$1" = apple ] && [ "$WQ_ATTEMPT" = 2 ]' x
    is "$(sort tried)" "$(printf '%s\n' 'apple 1' 'apple 2' 'banana 1' 'banana 2' 'banana 3')"
    is "$(cut -f2,3,6,7 "$BOX/out")" "dead${TAB}3${TAB}sh: status 1: why${TAB}banana"
    is "$(wq-config job | sed 3q)" "$(printf '%s\t%s\n' max-attempts 3 retry-delay 20ms retry-delay-max 30ms)"
    wq-retry -q job --all
    answers 0 "$EXAMPLES/ladder.sh" job true
    answers 64 "$EXAMPLES/ladder.sh" job
    wq-push -q job apple
    answers 78 "$EXAMPLES/ladder.sh" job wq-no-such-program
}

@test "heartbeat.sh: alive, hanging, not there" {
    spawn work wq-work --forever --heartbeat-file "$BOX/alive" job true
    eventually 5 "$EXAMPLES/heartbeat.sh" "$BOX/alive"
    kill -STOP "$PID"
    touch -d '20 seconds ago' alive
    answers 1 "$EXAMPLES/heartbeat.sh" "$BOX/alive"
    answers 0 "$EXAMPLES/heartbeat.sh" "$BOX/alive" 60
    # busybox, as in the image.
    answers 1 busybox sh "$EXAMPLES/heartbeat.sh" "$BOX/alive"
    kill -CONT "$PID"
    eventually 5 busybox sh "$EXAMPLES/heartbeat.sh" "$BOX/alive"
    answers 1 "$EXAMPLES/heartbeat.sh" "$BOX/none"
    kill "$PID"
    ends 143 "$PID"
}
