# Loaded by ../shell/helper if WQ_TEST_ACL is set: each program runs as the user that docs/acl.md has for it, and may
# do no more; what a test itself asks Redis, with r, is not restricted.
# shellcheck shell=bash

ACL=$REPO/docs/acl.md

# The users, as options of a server. The tests' queues have any names; for other databases, and to name a key of a
# wrong type, or for the line of status, the notes there say what is added; and wq-doctor is the reader's, who may look at
# settings and rights here.
USERS=()
while read -r _ _ user _ rules; do
    read -r -a rules <<<"$rules"
    USERS+=(--user "$user" "${rules[@]/#\~job2\*/\~*}" +select +type)
    [ "$user" != worker ] || USERS+=(+hgetall +zcard +zcount)
    [ "$user" != reader ] || USERS+=('+config|get' '+acl|dryrun' '+acl|log')
done < <(grep '^ACL SETUSER' "$ACL")

# Programs that are the real ones as these users.
if [ ! -d "$BATS_RUN_TMPDIR/as-users" ]; then
    mkdir "$BATS_RUN_TMPDIR/as-users.$$"
    while read -r _ user _ programs; do
        for program in ${programs//[,|]/}; do
            cat >"$BATS_RUN_TMPDIR/as-users.$$/$program" <<END
#!/bin/sh
WQ_USER=$user WQ_PASSWORD=$user-password exec '$WQ_BIN/$program' "\$@"
END
        done
    done < <(tr -d '`' <"$ACL" | grep '^| [a-z]* | wq-')
    chmod +x "$BATS_RUN_TMPDIR/as-users.$$"/*
    mv "$BATS_RUN_TMPDIR/as-users.$$" "$BATS_RUN_TMPDIR/as-users"
fi
PATH=$BATS_RUN_TMPDIR/as-users:$PATH

# Called before each test.
spare() {
    case $BATS_TEST_DESCRIPTION in
        'a server that is loading is 75'*) skip 'a password takes so long that it has loaded' ;;
        'an answer of another kind than was asked for '* | 'a user who may not '* | 'who may do nothing '* | \
            'without the right to count'* | \
            'a server that wants a password '* | 'without CONFIG '* | 'without INFO'*)
            skip 'it is about the default user'
            ;;
    esac
}
