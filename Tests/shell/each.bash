# Loaded by helper.bash: how each program is called in an ordinary way, for tests of what all of them have in common.
# shellcheck shell=bash

# The programs that work on a queue, from the one list. wq-tls only passes bytes on.
PROGRAMS=$("$REPO/Tests/programs" | grep -vx wq-tls)

# arguments PROGRAM QUEUE: sets ARGUMENTS to those of a call that needs nothing but a server. A program that this table
# does not know fails the test.
arguments() {
    case $1 in
        wq-push) ARGUMENTS=("$2" apple) ;;
        wq-complete | wq-renew | wq-release) ARGUMENTS=("$2" 1.0123456789ab) ;;
        wq-retry) ARGUMENTS=(--all "$2") ;;
        wq-drop) ARGUMENTS=(--dead "$2") ;;
        wq-work) ARGUMENTS=(--until-idle 100ms "$2" true) ;; # it would wait for what others have leased
        wq-lease | wq-empty | wq-reap | wq-config | wq-list | wq-purge | wq-stat | wq-doctor) ARGUMENTS=("$2") ;;
        *) fail "Tests/shell/each.bash does not know how to call $1" ;;
    esac
}

# each COMMAND...: runs it with every program of $PROGRAMS and the arguments that this needs for the queue $QUEUE, else
# job. The doctor, which can do without, is asked about the server alone.
each() {
    local program
    for program in $PROGRAMS; do
        if [ "$program" = wq-doctor ]; then
            ARGUMENTS=()
        else
            arguments "$program" "${QUEUE:-job}"
        fi
        "$@" "$program" "${ARGUMENTS[@]}"
    done
}
