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
