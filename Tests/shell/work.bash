# Loaded after more by tests of wq-work.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

setup() {
    make_box
    start_redis
    export BOX SOCKET
}
