#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# wq-tls, the helper that speaks TLS for the programs: it is there as long as it is needed.

# shellcheck disable=SC2153,SC2154 # tls.bash sets what is used here

load ../shell/helper
load servers
load tls

@test "without wq-tls rediss:// is 78, and nothing else needs it" {
    mkdir "$BOX/alone"
    cp "$WQ_BIN/wq-empty" "$BOX/alone"
    PATH=/usr/bin:/bin fails 78 'needs the program wq-tls*' "$BOX/alone/wq-empty" -u "$url" job
    start_redis
    PATH=/usr/bin:/bin answers 0 "$BOX/alone/wq-empty" job
    # In PATH it is found as well.
    PATH=$WQ_BIN:/usr/bin:/bin fails 69 'Connection refused' "$BOX/alone/wq-empty" -u "$url" job
}

@test "no helper outlives its program, however that ends" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    for signal in TERM KILL; do
        spawn wait wq-lease -w job
        eventually 5 blocked 1
        if no_helper; then fail 'no helper is there'; fi
        kill "-$signal" "$PID"
        wait "$PID" || true
        eventually 5 no_helper
        eventually 5 blocked 0
    done
    # Neither does it stay behind as a zombie of the shell's.
    python -c 'import subprocess, sys
subprocess.run(["wq-empty", "job"])
print(open("/proc/self/task/%d/children" % __import__("os").getpid()).read())' >"$BOX/children"
    is "$(xargs <"$BOX/children")" ''
}

@test "a helper that dies is as a connection that breaks" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    spawn wait wq-lease -w job
    eventually 5 blocked 1
    pkill -KILL -P "$PID" -x wq-tls
    eventually 5 blocked 1
    wq-push -q job apple
    ends 0 "$PID"
    is "$(cut -f2 "$BOX/wait.out")" apple
}

@test "a server that dies and comes back is found again" {
    serve server --appendonly yes --appendfsync always
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    seq 200 | wq-push -q job
    spawn work wq-work -j 2 --tag job sh -c 'sleep 0.01; echo done'
    eventually 10 written_lines 20
    slay "$REDIS"
    serve server --appendonly yes --appendfsync always
    ends 0 "$PID" 30
    is "$(cut -f1 "$BOX/work.out" | sort -un | wc -l)" 200
    wq-empty job
    eventually 5 no_helper
}

written_lines() {
    [ "$(wc -l <"$BOX/work.out")" -ge "$1" ]
}

@test "whatever is pushed comes out again, however large" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    head -c 20000000 /dev/urandom >"$BOX/large"
    answers 0 wq-push --whole -f "$BOX/large" job
    wq-lease --json job | python -c 'import base64, json, sys
sys.stdout.buffer.write(base64.b64decode(json.load(sys.stdin)["item_base64"]))' | cmp - "$BOX/large"
    seq 200000 >"$BOX/many"
    answers 0 wq-push -f "$BOX/many" lines
    says 200000
    wq-lease -n 200000 lines | tee "$BOX/leases" | cut -f2 | cmp - "$BOX/many"
    answers 0 wq-complete lines - <"$BOX/leases"
    answers 0 wq-empty lines
}

@test "a group of processes that is told to end leaves the helper to its program" {
    serve server
    export WQ_URL=$url WQ_TLS_CACERT=$CERTS/ca.pem
    wq-push -q job apple
    spawn work setsid wq-work job sh -c 'trap "" TERM; echo begun; sleep 0.5; echo done'
    eventually 5 written work.out
    pkill -TERM -s "$PID"
    ends 143 "$PID"
    is "$(tail -n 1 "$BOX/work.out")" 'done'
    answers 0 wq-empty job
}

@test "wq-tls by hand is a way to say anything to the server" {
    serve server
    export WQ_TLS_CACERT=$CERTS/ca.pem
    printf 'PING\r\nECHO hello\r\n' | answers 0 wq-tls -u "$url"
    is "$(tr -d '\r' <"$BOX/out")" $'+PONG\n$5\nhello'
    WQ_URL=$url answers 0 wq-tls -V
    grep -qx "Redis at $url" "$BOX/out"
    fails 78 'has no TLS*' wq-tls -u "redis://localhost:$PORT"
    answers 64 wq-tls job
    WQ_TLS_CACERT=$CERTS/other.pem fails 78 'cannot be trusted' wq-tls -u "$url"
    answers 74 into_dead_pipe wq-tls -u "$url" <<<PING
}
