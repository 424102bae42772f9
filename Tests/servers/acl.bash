# Loaded after servers by the tests of the users of docs/acl.md.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

setup() {
    make_box
    start_redis
    grep '^ACL SETUSER' "$REPO/docs/acl.md" >"$BOX/lines"
    is "$(r <"$BOX/lines" | sort | uniq -c | xargs)" '5 OK'
    : >"$BOX/used"
}

run_as() {
    WQ_USER=$1 WQ_PASSWORD=$1-password "${@:2}"
}

# may USER: the commands of its line.
may() {
    grep "^ACL SETUSER $1 " "$BOX/lines" | grep -o ' +[^ ]*' | tr -d ' +' | sort
}
