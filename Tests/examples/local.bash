# Loaded by the tests of bin/wq-local: where it runs, and what must be gone afterwards.
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034 # what is in single quotes is for the shell inside; the tests use LOCAL

# A folder to be in, and one for what is temporary.
enter_box() {
    make_box
    LOCAL=$REPO/bin/wq-local
    export TMPDIR=$BOX/tmp
    mkdir "$TMPDIR"
    cd "$BOX" || return
}

setup() {
    enter_box
    export REDIS_URL=redis://elsewhere.example
}

# Every test's end: no server is left, and nothing in the temporary folder.
teardown() {
    cd /
    local left=0
    eventually 10 cleared || left=1
    [ ! -s server ] || slay "$(<server)"
    end_all
    return $left
}

cleared() {
    [ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "unixsocket:$TMPDIR" >&2
}

# The command of many tests: tells the server's and its own process, and goes on.
stays() {
    cat <<'END'
        redis-cli -s "${WQ_URL#unix://}" info server | sed -n 's/^process_id:\([0-9]*\).*/\1/p' >server
        echo $$ >process
END
}
