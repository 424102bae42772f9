#!/usr/bin/env bats
# examples/demo, which `make demo` shows.

load ../shell/helper

# A whole demo takes nine seconds, most of them waited. So three begin at once, and their tests come last.
setup_file() {
    export DEMOS=$BATS_FILE_TMPDIR
    begin_demo plain "$REPO/examples/demo"
    begin_demo terminal script -qec "$REPO/examples/demo" /dev/null
    NO_COLOR=1 begin_demo uncolored script -qec "$REPO/examples/demo" /dev/null
}

# begin_demo NAME COMMAND...: with a Redis of its own; NAME.out, NAME.err, and at its end NAME.status
begin_demo() {
    local files=$DEMOS/$1
    shift
    {
        seen=0
        timeout 60 "$REPO/bin/wq-local" "$@" </dev/null >"$files.out" 2>"$files.err" || seen=$?
        echo $seen >"$files.status"
    } 3>&- &
}

# ended NAME: it ended, and well; what it wrote is in out and err.
ended() {
    eventually 60 test -s "$DEMOS/$1.status"
    is "$(<"$DEMOS/$1.status")" 0
    cp "$DEMOS/$1.out" out
    cp "$DEMOS/$1.err" err
}

setup() {
    make_box
    cd "$BOX" || return
    FRUITS='apple banana cherry date fig grape lemon melon orange'
}

@test "the demo leaves a queue alone that has work" {
    start_redis
    wq-push -q job2 mine
    answers 1 "$REPO/examples/demo"
    says
    complains 'demo: there is work in the queue job2; *'
    is "$(held job2)" mine
}

@test "the demo without a Redis is 69" {
    WQ_CONNECT_TIMEOUT=100ms answers 69 "$REPO/examples/demo"
    says
}

@test "the demo is ended by SIGTERM, and its workers with it" {
    start_redis
    spawn demo "$REPO/examples/demo"
    begun() { grep -q 'worker 2  Working on ' demo.out; }
    eventually 10 begun
    pgrep -P "$PID" -f kubernetes/worker.sh >workers
    is "$(wc -l <workers)" 2
    kill -TERM "$PID"
    ends 143 "$PID"
    for worker in $(<workers); do gone "$worker"; done
}

@test "the demo: filled, two workers, one killed in mid-item, the item comes back, drained" {
    ended plain
    complains ''
    # shellcheck disable=SC2086 # words
    grep -qx "\$ wq-push job2 $FRUITS" out
    killed=$(sed -n 's/.*kill -9 worker 1, in the middle of: \([a-z]*\) .*/\1/p' out)
    matches " $FRUITS " "* $killed *"
    # Each was begun once, the killed worker's once by each.
    for fruit in $FRUITS; do
        times=1
        [ "$fruit" != "$killed" ] || times=2
        is "$(grep -c "worker [12]  Working on $fruit\$" out)" $times
    done
    is "$(grep -c "worker 1  Working on $killed\$" out)" 1
    is "$(grep -c 'worker [12]  Queue empty, exiting$' out)" 1
    grep -qx "  $killed  *worker 1, killed; then worker 2" out
    grep -qx 'Worker 2 exited with status 0. Who worked on what:' out
    is "$(tail -n 1 out)" "All nine are done. Only $killed, which the killed worker left, was begun twice."
    is "$(grep -c $'\e' out)" 0
}

@test "the demo has colours on a terminal, and none with NO_COLOR" {
    ended terminal
    grep -q $'\e\\[1;31mkill -9 worker 1' out
    ended uncolored
    is "$(grep -c $'\e' out)" 0
}
