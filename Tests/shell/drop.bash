# Loaded after helper by the tests of wq-drop.
# shellcheck shell=bash

# sound QUEUE: it adds up, and holds nothing that does not belong to it.
sound() {
    answers 0 wq-stat --audit "$1"
}

# delayed QUEUE ITEM...
delayed() {
    wq-push -q --delay 1h "$@"
}

# count_of QUEUE: how many items were dropped.
count_of() {
    r hget "$1:stats" dropped
}
