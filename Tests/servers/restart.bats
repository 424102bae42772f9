#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
# What a restart of Redis keeps, if the user default may do little, or the end of the file is torn: docs/acl.md and
# "At 3 a.m." in docs/protocol.md say so.

load ../shell/helper

setup() {
    make_box
    mkdir "$BOX/data"
}

# with_default [LINE]: a server with an append-only file and this line in its ACL file; wq is another user.
with_default() {
    printf '%s\n' 'user wq on >secret ~* &* +@all' "$@" >"$BOX/users"
    export WQ_USER=wq WQ_PASSWORD=secret
    launch_redis --dir "$BOX/data" --appendonly yes --appendfsync always --aclfile "$BOX/users"
    eventually 10 up
}

up() {
    [ "$(r ping 2>&1)" = PONG ]
}

r() {
    redis-cli -s "$SOCKET" --user wq --pass secret --no-auth-warning "$@"
}

restart_with() {
    r shutdown nosave
    ends 0 "$REDIS"
    with_default "$@"
}

# An item that is ready, one that is leased, and some that were pushed in a transaction of their own.
fill_queues() {
    wq-push -q q a b
    wq-lease q >/dev/null
    seq 2000 | wq-push -q many
}

# counts QUEUE: ready, leased
counts() {
    wq-stat "$1" | sed -n 's/^\(ready\|leased\)\t//p' | xargs
}

# said ANSWER: the lines of the table in docs/acl.md with this answer, NONE for no line
said() {
    sed -n "s/^| \(no line\|\`\(user default [^\`]*\)\`\).* | \(\*\*\)\{0,1\}$1 all.* |\$/\2 /p" "$REPO/docs/acl.md"
}

@test "the lines for default that docs/acl.md calls safe keep everything over a restart" {
    said keeps >"$BOX/lines"
    [ "$(wc -l <"$BOX/lines")" -ge 5 ]
    while IFS= read -r line; do
        rm -rf "$BOX/data" && mkdir "$BOX/data"
        with_default "$line"
        fill_queues
        restart_with "$line"
        is "$(counts q), $(counts many)" '1 1, 2000 0'
        r shutdown nosave
        ends 0 "$REDIS"
    done <"$BOX/lines"
}

# only_7_0: the server is a Redis 7.0
only_7_0() {
    r info server | tr -d '\r' | grep -q '^redis_version:7\.0\.' || skip 'other servers are not concerned'
}

@test "the lines for default that docs/acl.md calls dangerous lose it in Redis 7.0, which logs why" {
    said loses >"$BOX/lines"
    [ "$(wc -l <"$BOX/lines")" -ge 5 ]
    while IFS= read -r line; do
        rm -rf "$BOX/data" && mkdir "$BOX/data"
        with_default "$line"
        only_7_0
        fill_queues
        restart_with "$line"
        is "$line: $(counts q)" "$line: 0 0"
        grep -qF "sending an error to its AOF-loading-client: '-NOPERM ACLs rules changed" "$BOX/redis.log"
        rm "$BOX/redis.log"
        r shutdown nosave
        ends 0 "$REDIS"
    done <"$BOX/lines"
}

@test "ACL SETUSER default off, saved, is safe" {
    with_default
    fill_queues
    r acl setuser default off
    r acl save
    grep -q '^user default off .*~\*.*+@all' "$BOX/users"
    mapfile -t lines < <(grep '^user default' "$BOX/users")
    restart_with "${lines[@]}"
    is "$(counts q), $(counts many)" '1 1, 2000 0'
}

@test "what a restart left out is back after the line was corrected" {
    with_default 'user default off'
    fill_queues
    restart_with 'user default off'
    restart_with 'user default off ~* &* +@all'
    is "$(counts q), $(counts many)" '1 1, 2000 0'
    answers 0 wq-stat --audit q many
}

# A file whose last transaction, the lease of X, lacks its end; Y is behind it.
torn_file() {
    export WQ_USER='' WQ_PASSWORD=''
    unset -f r
    eval "r() { redis-cli -s '$SOCKET' \"\$@\"; }"
    durable
    wq-push -q q X Y
    wq-lease q >/dev/null
    r shutdown nosave
    ends 0 "$REDIS"
    file=$(find "$BOX/data" -name '*.incr.aof' -o -name appendonly.aof -type f)
    truncate -s -4 "$file"
}

durable() {
    launch_redis --dir "$BOX/data" --appendonly yes --appendfsync always
    eventually 10 up
}

finished() {
    lease=$(wq-lease q) && wq-complete q "${lease%%"$TAB"*}"
    r shutdown nosave
    ends 0 "$REDIS"
    durable
    is "$(wq-list q | cut -f 2,7)" "ready${TAB}Y"
}

rewritten() {
    r info persistence | tr -d '\r' | grep -c -e aof_rewrite_in_progress:0 -e aof_rewrite_scheduled:0 \
        -e aof_last_bgrewrite_status:ok | grep -qx 3
}

@test "a torn file that is written anew at once loses nothing in the next restart" {
    torn_file
    durable
    grep -qE 'short read while loading|Unexpected end of file' "$BOX/redis.log"
    r bgrewriteaof
    eventually 10 rewritten
    finished
}

@test "a torn file that redis-check-aof has mended loses nothing in the next restart" {
    torn_file
    # The tool of this server, which is the server under another name.
    ln -s "$(command -v "$SERVER")" "$BOX/redis-check-aof"
    echo y | "$BOX/redis-check-aof" --fix "$file"
    durable
    finished
}

@test "a torn file that was written to before it was mended is told by redis-check-aof" {
    torn_file
    durable
    ! grep -q 'Revert incomplete MULTI' "$BOX/redis.log" || skip 'this server takes back what is not whole'
    wq-push -q other Z
    r shutdown nosave
    ends 0 "$REDIS"
    ln -s "$(command -v "$SERVER")" "$BOX/redis-check-aof"
    answers 1 "$BOX/redis-check-aof" "$file"
    grep -aq 'Unexpected MULTI' "$BOX/out" "$BOX/err"
}
