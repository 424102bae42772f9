#!/usr/bin/env bats
# wq-doctor on servers: the commands that mend them, the user default by whose rights a restart reads the append-only file,
# and commands that a provider took away.

load helper
load more
load doctor

# For a test whose server has other users than those of docs/acl.md.
has_own_users() {
    [ -z "${WQ_TEST_ACL-}" ] || skip 'its server has users of its own'
}

# mended: after the printed commands, which speak to Redis as ADMIN if that is set, nothing is found any more.
mended() {
    commands >"$BOX/commands"
    [ -s "$BOX/commands" ] || fail 'no command is printed'
    sed -i "s/^redis-cli/redis-cli ${ADMIN-}/" "$BOX/commands"
    bash -e "$BOX/commands" >"$BOX/done" 2>&1
    eventually 10 is_sound
}

is_sound() {
    wq-doctor none >"$BOX/out" && [ "$(tail -n 1 "$BOX/out")" = sound ]
}

@test "each command for the server mends what was found" {
    start_redis
    finds persistence '*nothing is kept*' none
    mended
    r config set appendfsync no
    finds fsync '*' none
    mended
    r config set maxmemory-policy allkeys-lru
    finds eviction '*' none
    mended
    r config set maxmemory 1
    finds memory '*' none
    mended
    r config set maxmemory 0
    mkdir "$BOX/dump.rdb"
    r bgsave
    eventually 5 failed
    finds disk '*rdb_last_bgsave_status*' none
    rmdir "$BOX/dump.rdb"
    mended
}

failed() {
    r info persistence | grep -q rdb_last_bgsave_status:err
}

@test "settings are written to the server's file, where it has one" {
    has_own_users
    printf 'appendonly yes\nappendfsync no\nport 0\nunixsocket %s\ndir %s\nsave ""\n' "$SOCKET" "$BOX" >"$BOX/conf"
    "$SERVER" "$BOX/conf" >/dev/null 2>&1 3>&- &
    STARTED+=("$!")
    eventually 10 redis_replies
    finds fsync '*' none
    is "$(commands | wc -l)" 2
    mended
    grep -q 'appendfsync everysec' "$BOX/conf"
}

@test "a replica's primary is named, in a command" {
    has_own_users
    PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    start_redis --appendonly yes --bind 127.0.0.1 --port "$PORT"
    mkdir "$BOX/replica"
    spawn replica "$SERVER" --port 0 --unixsocket "$BOX/replica/s" --dir "$BOX/replica" --replicaof 127.0.0.1 "$PORT" \
        --appendonly yes
    WQ_URL=unix://$BOX/replica/s eventually 10 wq-stat none
    WQ_URL=unix://$BOX/replica/s finds role "*its primary, redis://127.0.0.1:$PORT" none
    is "$(commands)" "wq-doctor -u redis://127.0.0.1:$PORT"
    answers 0 bash -c "$(commands)"
    # Whoever wants to write there is told, too.
    WQ_URL=unix://$BOX/replica/s answers 75 wq-push job apple
    complains "wq-push: *replica*it is at redis://127.0.0.1:$PORT"
    WQ_URL=unix://$BOX/replica/s answers 75 wq-config job paused=yes
    complains "wq-config: *replica*it is at redis://127.0.0.1:$PORT"
    WQ_URL=unix://$BOX/replica/s spawn worker wq-work job true
    eventually 10 grep -q "^wq-work: .*replica.*it is at redis://127.0.0.1:$PORT" "$BOX/worker.err"
    is "$(grep -c 'it is at' "$BOX/worker.err")" 1
}

@test "settings are asked for by name, so that no password goes over the wire" {
    # It keeps each command, those of an administrator, too.
    start_redis --appendonly yes --slowlog-log-slower-than 0
    answers 0 wq-doctor none
    r slowlog get 200 | grep -A 2 -x CONFIG >"$BOX/asked"
    grep -qx appendfsync "$BOX/asked"
    is "$(grep -ci '[*?]\|pass\|auth' "$BOX/asked")" 0
}

## The user default.

# With a file of users in which default has these rights, and an administrator.
start_with_default() {
    has_own_users
    printf 'user default %s\nuser admin on >secret ~* &* +@all\n' "$1" >"$BOX/users"
    start_with_users
    export WQ_USER=admin WQ_PASSWORD=secret
    ADMIN='--user admin --pass secret'
}

start_with_users() {
    launch_redis --appendonly yes --appendfsync always --aclfile "$BOX/users"
    eventually 10 admin_is_answered
}

admin_is_answered() {
    [ "$(admin ping 2>&1)" = PONG ]
}

admin() {
    redis-cli -s "$SOCKET" --user admin --pass secret --no-auth-warning "$@"
}

# Whether Redis' restart takes users' rights into account when it reads its file.
minds_rights() {
    "$SERVER" --version | grep -q 'Redis.*v=[7-9]'
}

concerned() {
    minds_rights || skip 'this server reads its file whatever default may do'
}

@test "a user default who may do too little is found, mended, and a restart keeps all" {
    concerned
    for rights in off 'off +@all' 'off ~* +multi +exec' 'on nopass ~* &* +@read' reset; do
        start_with_default "$rights"
        wq-push -q job apple banana
        wq-doctor job >"$BOX/out" && fail "$rights"
        grep -q "^finding${TAB}default${TAB}" "$BOX/out" || fail "$rights"
        mended
        is "$(commands | wc -l)" 0
        slay "$REDIS"
        start_with_users
        is "$(wq-stat job | head -n 1)" "ready${TAB}2"
        # Whoever gives no name can do nothing.
        [ "$(r get x 2>&1)" != '' ]
        wq-purge job
        slay "$REDIS"
        rm -rf "$BOX/appendonlydir"
    done
}

@test "a user default who is off and keeps his rights is no finding" {
    start_with_default 'on nopass ~* &* +@all'
    wq-push -q job apple
    admin acl setuser default off
    answers 0 wq-doctor job
    admin acl setuser default -@dangerous
    answers 0 wq-doctor job
    # Only the keys of queues matter.
    admin acl setuser default resetkeys '~job*'
    answers 0 wq-doctor job
    wq-push -q other pear
    if minds_rights; then finds default '*other*' job other; else answers 0 wq-doctor job other; fi
}

@test "without an append-only file the user default is no matter" {
    has_own_users
    printf 'user default off\nuser admin on >secret ~* &* +@all\n' >"$BOX/users"
    launch_redis --aclfile "$BOX/users"
    eventually 10 admin_is_answered
    export WQ_USER=admin WQ_PASSWORD=secret
    finds persistence '*' none
}

@test "a restart that left something out is found" {
    concerned
    start_with_default 'off ~* &* +@all'
    wq-push -q job apple banana
    lease job
    admin acl setuser default reset
    admin acl save
    slay "$REDIS"
    start_with_users
    answers 1 wq-doctor
    is "$(grep ^finding "$BOX/out" | cut -f2 | paste -sd' ')" 'replay default'
    matches "$(grep "${TAB}replay" "$BOX/out")" '*At 3 a.m.*'
    is "$(commands | grep -c auto-aof-rewrite-percentage)" 1
}

@test "who may not ask about default says so" {
    concerned
    has_own_users
    start_redis --appendonly yes
    r acl setuser default -acl
    answers 0 wq-doctor none
    is "$(grep ^unseen "$BOX/out" | cut -f2)" default
    is "$(tail -n 1 "$BOX/out")" 'no findings'
}

## What a provider took away.

@test "commands that a provider took away are said, and no error" {
    for command in INFO CONFIG ACL SCAN CLUSTER TYPE EVAL GET ZRANGE HMGET; do
        [ "$command" != ACL ] || minds_rights || continue
        start_redis --appendonly yes --rename-command "$command" ''
        # The scripts need some of them themselves.
        wq-push -q job apple 2>"$BOX/err" || is $? 77
        for operand in '' job; do
            # shellcheck disable=SC2086 # none or one
            answers 0 wq-doctor $operand
            complains ''
        done
        [ "$command" = CLUSTER ] || [ "$command" = TYPE ] || grep -q ^unseen "$BOX/out" || fail "$command"
        [ "$command" = CLUSTER ] || [ "$command" = TYPE ] || is "$(tail -n 1 "$BOX/out")" 'no findings'
        slay "$REDIS"
        rm -rf "$BOX/appendonlydir"
    done
}

@test "what is seen all the same is found, though INFO is not there" {
    start_redis --appendonly no --rename-command INFO ''
    wq-config job paused=yes
    answers 1 wq-doctor job
    is "$(grep ^unseen "$BOX/out" | cut -f2)" version
    is "$(grep ^finding "$BOX/out" | cut -f2 | paste -sd' ')" 'persistence paused'
    matches "$(head -n 1 "$BOX/out")" '*Redis of unknown version'
}
