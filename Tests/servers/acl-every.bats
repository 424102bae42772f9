#!/usr/bin/env bats
# The users of docs/acl.md may run what their lines name, and of all other commands that the server has none.

load ../shell/helper

USERS_OF_DOCS='producer worker reaper reader operator'

setup() {
    make_box
    start_redis
    ! older 7.0 || skip 'there is no ACL DRYRUN'
    grep '^ACL SETUSER' "$REPO/docs/acl.md" >"$BOX/lines"
    r <"$BOX/lines"
}

permitted() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/permitted.py" "$SOCKET" "$@"
}

# line USER: the commands that its line names, and those that everybody may run.
line() {
    {
        grep "^ACL SETUSER $1 " "$BOX/lines" | grep -o ' +[^ ]*' | tr -d ' +'
        printf '%s\n' auth hello quit reset
    } | sort
}

@test "each user may run what its line names, and nothing else that the server has" {
    r command count >"$BOX/count"
    [ "$(<"$BOX/count")" -gt 200 ]
    for user in $USERS_OF_DOCS; do
        permitted "$user" job2 | cut -f1 | sort >"$BOX/$user"
        # QUIT is a command since 7.2.
        line "$user" | grep -vxF "$(r command info quit | grep -q quit || echo quit)" | diff - "$BOX/$user" ||
            fail "$user: < is in its line, > is permitted"
    done
}

@test "with the keys of another queue each may run nothing that takes keys" {
    for user in $USERS_OF_DOCS; do
        permitted "$user" other >"$BOX/other"
        ! grep keys "$BOX/other" || fail "$user"
        permitted "$user" job2 >"$BOX/own"
        grep -q keys "$BOX/own"
        matches "$(r acl dryrun "$user" eval 'return 1' 1 other)" '*key*'
        is "$(r acl dryrun "$user" eval 'return 1' 1 job2:items)" OK
    done
}

# Whoever changes a line so that it gives more of these, must say so here.
@test "of what Redis calls dangerous or administration, there is little" {
    r acl cat dangerous >"$BOX/dangerous"
    r acl cat admin >>"$BOX/dangerous"
    for user in $USERS_OF_DOCS; do
        case $user in
            worker) expected='client|unblock info' ;;
            reader) expected=info ;;
            operator) expected='config|get info' ;;
            *) expected='' ;;
        esac
        is "$(permitted "$user" job2 | cut -f1 | grep -xF -f "$BOX/dangerous" | sort | xargs)" "$expected"
    done
}

@test "nobody but the operator learns a password of the server, and nobody changes who may do what" {
    r config set requirepass sesam
    for user in $USERS_OF_DOCS; do
        for command in 'acl list' 'acl getuser default' 'acl setuser x on' 'config set requirepass x' 'config rewrite' \
            'debug sleep 0' 'module list' 'monitor' 'save' 'shutdown' 'flushall' 'keys x' 'client list' 'client kill x'; do
            # shellcheck disable=SC2086 # words
            matches "$(r -a sesam --no-auth-warning acl dryrun "$user" $command)" '*no permissions to run*'
        done
        [ "$user" = operator ] ||
            matches "$(r -a sesam --no-auth-warning acl dryrun "$user" config get requirepass)" '*no permissions to run*'
    done
}
