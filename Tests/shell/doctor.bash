# Loaded after more by the tests of wq-doctor.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

setup() {
    make_box
}

# A server and a queue with which nothing is wrong.
start_sound() {
    start_redis --appendonly yes --appendfsync everysec --maxmemory-policy noeviction "$@"
    wq-push -q job apple
}

# sound [QUEUE|OPTION...]: nothing is found.
sound() {
    answers 0 wq-doctor "$@"
    complains ''
    is "$(tail -n 1 "$BOX/out")" sound
    is "$(grep -c ^finding "$BOX/out")" 0
}

# finds SUBJECT PATTERN [OPERAND...]: this is found, and nothing else.
finds() {
    answers 1 wq-doctor "${@:3}"
    complains ''
    is "$(grep ^finding "$BOX/out" | cut -f2 | sort -u)" "$1"
    matches "$(grep ^finding "$BOX/out" | cut -f3)" "$2"
}

# The commands that were printed, each on a line of its own.
commands() {
    sed -n 's/^    //p' "$BOX/out"
}
